#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/proxy.hpp"
#include "api/types.hpp"
#include "config/settings.hpp"
#include "util/secret.hpp"

/// What the places that configure the exporter say, before it is put together.
namespace everai::config {

/// A value, and where it was written, for messages: `FILE:LINE:COLUMN`, `--scrape.timeout`,
/// `EVERAI_TOKEN`.
template <typename T>
struct Value {
  T value;
  std::string origin;
};

/// One of the two is not empty.
struct Authorization {
  Secret credentials;            ///< the token itself
  std::string credentials_file;  ///< the file that holds it
};

struct TlsFiles {
  std::optional<Value<std::string>> ca_file;    ///< nothing: the system's authorities
  std::optional<Value<std::string>> cert_file;  ///< there if and only if `key_file` is
  std::optional<Value<std::string>> key_file;
};

/// What one place says: nothing where it is silent. Each value has been checked by itself.
struct Block {
  std::optional<Value<std::string>> endpoint;
  std::optional<Value<std::chrono::milliseconds>> scrape_interval;
  std::optional<Value<std::chrono::milliseconds>> scrape_timeout;
  std::optional<Value<unsigned>> recent_days;
  std::optional<Value<std::chrono::milliseconds>> staleness;
  std::optional<Value<double>> requests_per_second;
  std::optional<Value<Authorization>> authorization;
  std::optional<Value<TlsFiles>> tls;
  std::optional<Value<api::Proxy>> proxy_url;
  std::optional<Value<double>> slo_objective;
  std::optional<Value<std::uint64_t>> queue_backlog_threshold;
  std::optional<Value<std::vector<GpuPrice>>> gpu_prices;  ///< each model once
};

}  // namespace everai::config
