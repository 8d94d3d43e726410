#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/catalogue.hpp"
#include "metrics/family.hpp"
#include "state/snapshot.hpp"

/// Prometheus' text format 0.0.4:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
namespace everai::exposition {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Appends a label value's text: backslash, quote and newline escaped, bytes that are no UTF-8
/// replaced.
void append_label_value(std::string& out, std::string_view value);

/// Appends a sample's value in its shortest form that reads back as the same double.
void append_value(std::string& out, double value);

/// Renders pages. It keeps each series' name and labels as text from page to page, so that a page
/// costs little more than copying. Not thread-safe.
class TextRenderer {
 public:
  /// Renders the page of all apps and of the exporter itself.
  /// @param snapshots  one for each app, none null; the same snapshots give the same bytes.
  /// @param now        fleets that are not fresh any more are left out.
  /// @param out        replaced by the page; its memory is used again.
  void render(std::span<const std::shared_ptr<const state::AppSnapshot>> snapshots,
              std::span<const metrics::OwnFamily> own, SteadyTime now, std::string& out);

 private:
  /// A series' text up to its value, and the labels it was made of.
  struct Series {
    std::string prefix;
    std::string_view suffix = {};
    std::vector<std::string> label_values = {};
  };
  struct AppCache {
    api::AppRef app;
    std::string labels;                         ///< `app_namespace="...",app="..."`
    std::vector<std::vector<Series>> families;  ///< by catalogue row, then by sample
  };

  static void renew(AppCache& cache, const api::AppRef& app);
  static const std::string& prefix_of(AppCache& cache, std::size_t family, std::size_t index,
                                      const metrics::Sample& sample);

  std::vector<AppCache> apps_;
  metrics::Samples samples_;
};

}  // namespace everai::exposition
