#include "exposition/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "util/text.hpp"

namespace everai::exposition {
namespace {

void append_header(std::string& out, std::string_view name, std::string_view help,
                   metrics::Type type) {
  out.append("# HELP ").append(name).append(" ");
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out.append("\n# TYPE ").append(name).append(" ").append(to_string(type)).append("\n");
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=\"");
  append_label_value(out, value);
  out += '"';
}

void append_own_family(std::string& out, const metrics::OwnFamily& family) {
  append_header(out, family.name, family.help, family.type);
  for (const auto& sample : family.samples) {
    out.append(family.name).append(sample.suffix);
    char separator = '{';
    for (const auto& [name, value] : sample.labels) {
      out += separator;
      append_label(out, name, value);
      separator = ',';
    }
    out += sample.labels.empty() ? " " : "} ";
    append_value(out, sample.value);
    out += '\n';
  }
}

bool same_labels(const std::vector<std::string>& values, const metrics::Sample& sample) {
  // A row names its labels alike for all its samples: the values tell them apart.
  return std::ranges::equal(sample.used_labels(), values, {}, &metrics::Label::value);
}

}  // namespace

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : valid_utf8(value)) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  // Whole numbers, nearly all there are, are faster as integers and never need an exponent.
  constexpr double kExactIntegers = 9007199254740992.0;
  std::array<char, 32> digits{};
  const bool whole = std::abs(value) < kExactIntegers && value == std::trunc(value);
  const auto end = whole ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                         static_cast<std::int64_t>(value))
                         : std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

void TextRenderer::renew(AppCache& cache, const api::AppRef& app) {
  cache.app = app;
  cache.labels.clear();
  append_label(cache.labels, "app_namespace", app.app_namespace);
  cache.labels += ',';
  append_label(cache.labels, "app", app.name);
  cache.families.assign(metrics::app_families().size(), {});
}

const std::string& TextRenderer::prefix_of(AppCache& cache, std::size_t family, std::size_t index,
                                           const metrics::Sample& sample) {
  std::vector<Series>& series = cache.families[family];
  if (index >= series.size()) {
    series.resize(index + 1);
  }
  Series& one = series[index];
  if (one.prefix.empty() || one.suffix != sample.suffix || !same_labels(one.label_values, sample)) {
    one.label_values.clear();
    one.suffix = sample.suffix;
    one.prefix.assign(metrics::app_families()[family].name)
        .append(sample.suffix)
        .append("{")
        .append(cache.labels);
    for (const metrics::Label& label : sample.used_labels()) {
      one.prefix += ',';
      append_label(one.prefix, label.name, label.value);
      one.label_values.emplace_back(label.value);
    }
    one.prefix += "} ";
  }
  return one.prefix;
}

void TextRenderer::render(std::span<const std::shared_ptr<const state::AppSnapshot>> snapshots,
                          std::span<const metrics::OwnFamily> own, SteadyTime now,
                          std::string& out) {
  out.clear();
  apps_.resize(snapshots.size());
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    if (apps_[i].families.empty() || apps_[i].app != snapshots[i]->app) {
      renew(apps_[i], snapshots[i]->app);
    }
  }
  const auto families = metrics::app_families();
  for (std::size_t f = 0; f < families.size(); ++f) {
    bool headed = false;
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
      const state::AppSnapshot& snapshot = *snapshots[i];
      samples_.clear();
      families[f].collect({snapshot, state::fresh_fleet(snapshot, now)}, samples_);
      std::size_t index = 0;
      for (const metrics::Sample& sample : samples_.all()) {
        if (!headed) {
          append_header(out, families[f].name, families[f].help, families[f].type);
          headed = true;
        }
        out += prefix_of(apps_[i], f, index++, sample);
        append_value(out, sample.value);
        out += '\n';
      }
    }
  }
  for (const metrics::OwnFamily& family : own) {
    append_own_family(out, family);
  }
}

}  // namespace everai::exposition
