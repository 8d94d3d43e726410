#include "simulator/traffic.hpp"

#include <cmath>

namespace everai::simulator {

Traffic::Traffic(const Load& load, std::chrono::milliseconds day_length, Random& random)
    : load_(load), day_length_(day_length), burst_begin_(random.between(load.burst_gap)) {}

double Traffic::rate_per_second(std::chrono::microseconds elapsed) const {
  const double days =
      static_cast<double>(elapsed.count()) / static_cast<double>(day_length_.count()) +
      load_.day_offset;
  const double phase = days - std::floor(days);
  // A smooth hill made of products alone: a sine may differ in its last bit between libraries.
  const double slope = 1 - std::abs(2 * phase - 1);
  const double hill = slope * slope * (3 - 2 * slope);
  const double rate = load_.low_per_second + (load_.peak_per_second - load_.low_per_second) * hill;
  return elapsed >= burst_begin_ ? rate * load_.burst_factor : rate;
}

std::uint64_t Traffic::arrivals(std::chrono::microseconds elapsed, std::chrono::microseconds tick,
                                Random& random) {
  if (elapsed >= burst_begin_ + load_.burst_length) {
    burst_begin_ = elapsed + random.between(load_.burst_gap);
  }
  if (stopped_) {
    return 0;
  }
  // A few draws with a small chance each come close to Poisson's law.
  constexpr int kDraws = 8;
  const double expected = rate_per_second(elapsed) * std::chrono::duration<double>(tick).count();
  std::uint64_t count = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    count += random.chance(expected / kDraws) ? 1U : 0U;
  }
  return count;
}

}  // namespace everai::simulator
