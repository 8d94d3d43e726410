#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.hpp"
#include "config/settings.hpp"
#include "util/result.hpp"

/// Single values of the configuration, wherever they are written: all return kUsage with a message
/// that says what was expected. All pure and thread-safe.
namespace everai::config {

/// Reads a name of an app, a namespace or a GPU model: valid UTF-8, 1 to 253 bytes, without control
/// characters and without spaces that one does not see.
[[nodiscard]] Result<std::string> parse_name(std::string_view text);

/// Reads a name that can stand in `NAMESPACE/NAME`: as parse_name, without a slash.
[[nodiscard]] Result<std::string> parse_app_name(std::string_view text);

/// Reads `NAMESPACE/NAME`.
[[nodiscard]] Result<api::AppRef> parse_app(std::string_view text);

/// Reads the path of a file: not empty, no control characters, at most 4,096 bytes.
[[nodiscard]] Result<std::string> parse_path(std::string_view text);

/// Reads the time between two polls: 1s to 1d.
[[nodiscard]] Result<std::chrono::milliseconds> parse_interval(std::string_view text);

/// Reads the longest time of a poll: 1ms to 1d.
[[nodiscard]] Result<std::chrono::milliseconds> parse_timeout(std::string_view text);

/// Reads how long gauges outlive the last good poll: 1s to 30d.
[[nodiscard]] Result<std::chrono::milliseconds> parse_staleness(std::string_view text);

/// Reads a number of days, 1 to 30.
[[nodiscard]] Result<unsigned> parse_days(std::string_view text);

/// Reads a number of requests in a second, 0.001 to 10,000.
[[nodiscard]] Result<double> parse_rate(std::string_view text);

/// Reads a share above 0 and below 1, such as `0.99`.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);

/// Reads a whole number from 0 to 2^53.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);

/// Reads a price, from 0 to less than 10^9.
[[nodiscard]] Result<double> parse_price(std::string_view text);

/// Reads a currency: as parse_name, without a space.
[[nodiscard]] Result<std::string> parse_currency(std::string_view text);

/// Reads a model's price for an hour, `NVIDIA A100=1.99 USD`; without a currency: USD.
[[nodiscard]] Result<GpuPrice> parse_gpu_price(std::string_view text);

/// Adds a price to a list in which each model stands once.
[[nodiscard]] Result<void> add_price(std::vector<GpuPrice>& prices, GpuPrice price);

/// Reads the number of a shard, 0 to 999.
[[nodiscard]] Result<unsigned> parse_shard_number(std::string_view text);

/// Reads how many shards there are, 1 to 1000.
[[nodiscard]] Result<unsigned> parse_total_shards(std::string_view text);

}  // namespace everai::config
