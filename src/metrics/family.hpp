#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is exposed: families, their samples, and where their values come from.
namespace everai::metrics {

enum class Type : std::uint8_t { kGauge, kCounter, kHistogram };

[[nodiscard]] constexpr std::string_view to_string(Type type) {
  switch (type) {
    case Type::kGauge:
      return "gauge";
    case Type::kCounter:
      return "counter";
    case Type::kHistogram:
      return "histogram";
  }
  return "";
}

/// A label whose texts outlive the sample.
struct Label {
  std::string_view name;
  std::string_view value;
};

/// The most labels that a row of the catalogue adds to those of its app.
inline constexpr std::size_t kMaxRowLabels = 4;

/// One value of an app's family, with the labels besides `app_namespace` and `app`.
struct Sample {
  std::array<Label, kMaxRowLabels> labels{};
  std::uint8_t label_count = 0;
  std::string_view suffix;  ///< of the family's name: `_bucket`, `_sum`, `_count` of a histogram
  double value = 0;

  [[nodiscard]] std::span<const Label> used_labels() const { return {labels.data(), label_count}; }
};

/// Takes the samples of one app and one family. Reused from app to app.
class Samples {
 public:
  void add(double value) { add({}, value); }
  /// @param labels  at most `kMaxRowLabels`.
  void add(std::initializer_list<Label> labels, double value, std::string_view suffix = {}) {
    Sample& sample = samples_.emplace_back();
    std::copy(labels.begin(), labels.end(), sample.labels.begin());
    sample.label_count = static_cast<std::uint8_t>(labels.size());
    sample.suffix = suffix;
    sample.value = value;
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
    std::string suffix = {};  ///< as in Sample
  };

  std::string name;
  std::string help;
  Type type = Type::kGauge;
  std::vector<OwnSample> samples = {};
};

}  // namespace everai::metrics
