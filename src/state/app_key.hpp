#pragma once

#include <compare>
#include <map>
#include <string>

#include "api/types.hpp"
#include "state/app_memory.hpp"

namespace everai::state {

/// What counters belong to: an app of a platform. On another platform, an app of the same name is
/// another one.
struct AppKey {
  std::string endpoint;  ///< as the configuration has it; empty: it is not known
  api::AppRef app;

  auto operator<=>(const AppKey&) const = default;  // NOLINT(modernize-use-nullptr): its own 0
};

using AppMemories = std::map<AppKey, AppMemory>;

}  // namespace everai::state
