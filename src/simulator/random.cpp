#include "simulator/random.hpp"

#include <string_view>

namespace everai::simulator {
namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kIdLength = 22;

/// SplitMix64's mixing step: neighbouring seeds and streams end up far apart.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) : engine_(mix(mix(seed) + stream)) {}

std::uint64_t Random::below(std::uint64_t bound) {
  // The bias of the remainder is far below what a simulation can show: bounds are small.
  return engine_() % bound;
}

double Random::uniform() {
  constexpr unsigned kMantissaBits = 53;
  return static_cast<double>(engine_() >> (64 - kMantissaBits)) * 0x1.0p-53;
}

std::chrono::microseconds Random::between(Range range) {
  const auto low = std::chrono::microseconds{range.min}.count();
  const auto width = std::chrono::microseconds{range.max}.count() - low;
  return std::chrono::microseconds{
      low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(width) + 1))};
}

std::string Random::id() {
  std::string text(kIdLength, '\0');
  for (char& character : text) {
    character = kBase58[below(kBase58.size())];
  }
  return text;
}

std::string Random::uuid() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  for (char& character : text) {
    if (character == 'x') {
      character = kHex[below(kHex.size())];
    } else if (character == 'y') {
      character = kHex[8 + below(4)];
    }
  }
  return text;
}

}  // namespace everai::simulator
