#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "metrics/family.hpp"
#include "state/snapshot.hpp"

namespace everai::metrics {

enum class Stability : std::uint8_t {
  kStable,        ///< name, labels and meaning stay
  kExperimental,  ///< may change with a minor version
};

/// What a row may look at.
struct AppView {
  const state::AppSnapshot& snapshot;
  const state::FleetView* fleet;  ///< null while nothing fresh is known
};

/// A row of the catalogue: a family of series that every app has.
struct AppFamily {
  std::string_view name;
  std::string_view labels;  ///< besides `app_namespace` and `app`; comma-separated
  std::string_view help;
  Type type;
  std::string_view unit;    ///< base unit, or empty
  std::string_view source;  ///< what of the platform's API, or else, it is made from
  Stability stability;
  void (*collect)(const AppView& app, Samples& samples);
};

/// The families of an app, in the order in which they are exposed.
[[nodiscard]] std::span<const AppFamily> app_families();

}  // namespace everai::metrics
