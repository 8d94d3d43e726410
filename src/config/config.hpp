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

/// What the exporter is told to do, as plain values, checked.
namespace everai::config {

inline constexpr std::string_view kDefaultEndpoint = "https://everai.expvent.com";

struct ListenAddress {
  std::string host;  ///< an address or a name; empty: every address, IPv4 and IPv6
  int port = 10880;  ///< 0 to 65535; 0: any free one

  bool operator==(const ListenAddress&) const = default;
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
  std::shared_ptr<const api::Account> account = {};  ///< never null; apps of one account share it
  PollSettings poll = {};
  /// Most requests to the API in a second, for this app alone; nothing: it shares the common limit.
  std::optional<double> requests_per_second = {};
  AppSettings settings = {};

  /// Accounts are compared by what is in them.
  bool operator==(const AppConfig& other) const;
};

/// What can be changed by a reload. Immutable once it is in use.
struct Config {
  std::vector<AppConfig> apps;  ///< each once; none only in a shard that has none
  double requests_per_second =
      100;  ///< to the API, of all apps without a limit of their own; above 0

  bool operator==(const Config&) const = default;
};

}  // namespace everai::config
