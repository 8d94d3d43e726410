#pragma once

#include <cxxopts.hpp>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/block.hpp"
#include "util/result.hpp"

/// What the command lines of the programs have in common. It includes cxxopts: only for the files
/// that read a command line.
namespace everai::cli {

/// Takes the values off the flags, until the first one that is wrong.
class Reader {
 public:
  explicit Reader(const cxxopts::ParseResult& flags) : flags_(flags) {}

  /// Whether a flag was given.
  [[nodiscard]] bool has(const char* flag) const { return flags_.count(flag) != 0; }

  /// Whether a flag that is either on or off is on; `--flag=false` is off.
  [[nodiscard]] bool is_on(const char* flag) const { return flags_[flag].as<bool>(); }

  /// Reads the value of a flag that has a default.
  template <typename T>
  void read(const char* flag, T& into, Result<T> (*parse)(std::string_view)) {
    take(flag, into, parse(flags_[flag].as<std::string>()));
  }

  /// Reads a flag that stands for itself only if it was given.
  template <typename T>
  void read_given(const char* flag, std::optional<config::Value<T>>& into,
                  Result<T> (*parse)(std::string_view)) {
    if (has(flag)) {
      into.emplace().origin = origin_of(flag);
      take(flag, into->value, parse(flags_[flag].as<std::string>()));
    }
  }

  /// Calls `read_one(text)`, which returns a Result, for each value of a flag that can be repeated.
  template <typename ReadOne>
  void read_each(const char* flag, ReadOne read_one) {
    if (!has(flag) && !flags_[flag].has_default()) {
      return;
    }
    for (const std::string& text : flags_[flag].as<std::vector<std::string>>()) {
      if (const Result<void> good = read_one(text); !good) {
        refuse(origin_of(flag), good.error());
      }
    }
  }

  void refuse(std::string_view origin, const Error& error) {
    if (result_) {
      result_ = fail(ErrorCode::kUsage, fmt::format("{}: {}", origin, error.message));
    }
  }

  [[nodiscard]] static std::string origin_of(const char* flag) { return fmt::format("--{}", flag); }

  [[nodiscard]] const Result<void>& result() const { return result_; }

 private:
  template <typename T>
  void take(const char* flag, T& into, Result<T> value) {
    if (value) {
      into = std::move(*value);
    } else {
      refuse(origin_of(flag), value.error());
    }
  }

  const cxxopts::ParseResult& flags_;
  Result<void> result_;
};

}  // namespace everai::cli
