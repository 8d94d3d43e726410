#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is exposed: families, their samples, and where their values come from.
namespace everai::metrics {

enum class Type : std::uint8_t { kGauge, kCounter };

[[nodiscard]] constexpr std::string_view to_string(Type type) {
  switch (type) {
    case Type::kGauge:
      return "gauge";
    case Type::kCounter:
      return "counter";
  }
  return "";
}

/// A label whose texts outlive the sample.
struct Label {
  std::string_view name;
  std::string_view value;
};

/// The most labels that a row of the catalogue adds to those of its app.
inline constexpr std::size_t kMaxRowLabels = 2;

/// One value of an app's family, with the labels besides `app_namespace` and `app`.
struct Sample {
  std::array<Label, kMaxRowLabels> labels{};
  std::uint8_t label_count = 0;
  double value = 0;

  [[nodiscard]] std::span<const Label> used_labels() const { return {labels.data(), label_count}; }
};

/// Takes the samples of one app and one family. Reused from app to app.
class Samples {
 public:
  void add(double value) { samples_.push_back({.value = value}); }
  void add(Label label, double value) {
    samples_.push_back({.labels = {label}, .label_count = 1, .value = value});
  }
  void add(Label first, Label second, double value) {
    samples_.push_back({.labels = {first, second}, .label_count = 2, .value = value});
  }

  void clear() { samples_.clear(); }
  [[nodiscard]] std::span<const Sample> all() const { return samples_; }

 private:
  std::vector<Sample> samples_;
};

/// A family of the exporter's own, ready to be written: it owns its texts.
struct OwnFamily {
  struct OwnSample {
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
  };

  std::string name;
  std::string help;
  Type type = Type::kGauge;
  std::vector<OwnSample> samples;
};

}  // namespace everai::metrics
