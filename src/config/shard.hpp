#pragma once

#include "api/types.hpp"
#include "config/config.hpp"

namespace everai::config {

/// Most exporters that may share the apps of one configuration.
inline constexpr unsigned kMostShards = 1000;

/// One of the exporters that share the apps of one configuration; by default the only one.
struct Shard {
  unsigned number = 0;  ///< less than `total`
  unsigned total = 1;   ///< 1 to kMostShards

  bool operator==(const Shard&) const = default;
};

/// The shard that an app belongs to, by rendezvous hashing: of all SHA-256("SHARD/NAMESPACE/NAME"),
/// SHARD in decimal, the shard with the greatest digest has the app. So one shard more takes apps
/// from all others and moves none between those. The same in every version and on every machine:
/// what runs elsewhere relies on it, see docs/scaling.md.
/// @param total  1 to kMostShards. @return 0 up to total. Pure. Thread-safe.
[[nodiscard]] unsigned shard_of(const api::AppRef& app, unsigned total);

/// Leaves a configuration only the apps of one shard, in their order; there may be none. Pure.
void keep_shard(const Shard& shard, Config& config);

}  // namespace everai::config
