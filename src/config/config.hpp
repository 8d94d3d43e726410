#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/account.hpp"
#include "api/types.hpp"
#include "config/settings.hpp"
#include "util/log.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

/// What the exporter is told to do, as plain values, checked.
namespace everai::config {

inline constexpr std::string_view kDefaultEndpoint = "https://everai.expvent.com";

struct ListenAddress {
  std::string host;  ///< empty: every address, IPv4 and IPv6
  int port = 10880;  ///< 0 to 65535; 0: any free one
};

/// When and how an app is polled.
struct PollSettings {
  std::chrono::milliseconds scrape_interval{30000};  ///< between two polls; at least a second
  std::chrono::milliseconds scrape_timeout{10000};   ///< of a poll; at most the interval
  std::chrono::milliseconds staleness{90000};        ///< how long gauges outlive the last good poll
  unsigned recent_days = 1;                          ///< how far back the history listing reaches

  bool operator==(const PollSettings&) const = default;
};

/// An app to watch, with all that holds for it.
struct AppConfig {
  api::AppRef app;
  std::shared_ptr<const api::Account> account;  ///< never null; apps of one account share it
  PollSettings poll;
  /// Most requests to the API in a second, for this app alone; nothing: it shares the common limit.
  std::optional<double> requests_per_second;
  AppSettings settings;

  /// Accounts are compared by what is in them.
  bool operator==(const AppConfig& other) const;
};

/// What can be changed by a reload. Immutable once it is in use.
struct Config {
  std::vector<AppConfig> apps;  ///< at least one, each app once
  double requests_per_second =
      100;  ///< to the API, of all apps without a limit of their own; above 0

  bool operator==(const Config&) const = default;
};

/// Reads `NAMESPACE/NAME`; both must be there, valid UTF-8, at most 253 bytes, without control
/// characters. @return kUsage otherwise. Pure.
[[nodiscard]] Result<api::AppRef> parse_app(std::string_view text);

/// Reads the address of an API: `http://` or `https://`, a host, maybe a port and a path; no
/// credentials, query or fragment. A final slash is dropped. @return kUsage otherwise. Pure.
[[nodiscard]] Result<std::string> parse_endpoint(std::string_view text);

/// Reads `:10880`, `127.0.0.1:10880`, `[::1]:10880` or `localhost:10880`. @return kUsage otherwise.
/// Pure.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

/// Reads a share above 0 and below 1, such as `0.99`. @return kUsage otherwise. Pure.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);

/// Reads a whole number from 0 to 2^53. @return kUsage otherwise. Pure.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);

/// Reads a model's price for an hour, `NVIDIA A100=1.99 USD`; without a currency: USD.
/// @return kUsage otherwise. Pure.
[[nodiscard]] Result<GpuPrice> parse_gpu_price(std::string_view text);

/// Checks what the parts must be to each other: some app, none twice, no GPU model priced twice,
/// 0 < timeout <= interval.
/// @return kUsage with what is wrong. Pure.
[[nodiscard]] Result<void> validate(const Config& config);

}  // namespace everai::config
