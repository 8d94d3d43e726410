#include "metrics/state_metrics.hpp"

#include "util/time.hpp"

namespace everai::metrics {
namespace {

OwnFamily family(const char* name, const char* help, Type type, double value) {
  OwnFamily result{.name = name, .help = help, .type = type, .samples = {}};
  result.samples.push_back({.labels = {}, .value = value});
  return result;
}

}  // namespace

std::vector<OwnFamily> state_metrics(const state::StateStatus& status) {
  std::vector<OwnFamily> families;
  families.push_back(family("everai_exporter_state_last_write_successful",
                            "1 if the state file was last written successfully.", Type::kGauge,
                            status.last_write_successful ? 1 : 0));
  if (status.last_write_success) {
    families.push_back(family("everai_exporter_state_last_write_success_timestamp_seconds",
                              "When the state file was last written successfully.", Type::kGauge,
                              unix_seconds(*status.last_write_success)));
    families.push_back(family("everai_exporter_state_size_bytes",
                              "Size of the state file as it was last written.", Type::kGauge,
                              static_cast<double>(status.size_bytes)));
  }
  families.push_back(family("everai_exporter_state_write_failures_total",
                            "Times that the state file could not be written.", Type::kCounter,
                            static_cast<double>(status.write_failures)));
  return families;
}

}  // namespace everai::metrics
