#include "config/shard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/sha256.hpp"

namespace everai::config {

unsigned shard_of(const api::AppRef& app, unsigned total) {
  const std::string name = api::to_string(app);
  unsigned best = 0;
  Sha256 greatest{};
  // Neither a namespace nor a name has a slash in it, so no two apps hash the same text.
  for (unsigned number = 0; number < total; ++number) {
    const Sha256 digest = sha256(fmt::format("{}/{}", number, name));
    if (digest > greatest) {
      greatest = digest;
      best = number;
    }
  }
  return best;
}

void keep_shard(const Shard& shard, Config& config) {
  std::erase_if(config.apps, [&shard](const AppConfig& app) {
    return shard_of(app.app, shard.total) != shard.number;
  });
}

}  // namespace everai::config
