#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct Config {
  std::vector<api::AppRef> apps;           ///< at least one, each once
  std::string endpoint{kDefaultEndpoint};  ///< no final slash
  Secret token;                            ///< empty: none
  std::string token_file;                  ///< empty: none; wins over `token`
  std::chrono::milliseconds scrape_interval{30000};
  std::chrono::milliseconds scrape_timeout{10000};
  bool collect_workers = false;  ///< a series for each worker, too
  AppSettings app_settings;
  std::vector<GpuPrice> gpu_prices;  ///< each model once
  std::string state_file;            ///< empty: nothing outlives the process
  ListenAddress listen;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kLogfmt;
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
