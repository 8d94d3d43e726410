#include "web/worker_bar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "web/status_text.hpp"

namespace everai::web {
namespace {

using state::kWorkerStateCount;

constexpr std::uint64_t kShortestSegment = 30;

state::WorkerState state_at(std::size_t index) {
  return static_cast<state::WorkerState>(index);
}

}  // namespace

std::string state_text(state::WorkerState state) {
  std::string text{to_string(state)};
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::array<std::uint64_t, kWorkerStateCount> bar_segments(const WorkersStatus& workers) {
  std::array<std::uint64_t, kWorkerStateCount> segments{};
  const std::uint64_t whole = std::max({workers.total, workers.max.value_or(0), std::uint64_t{1}});
  for (std::size_t i = 0; i < kWorkerStateCount; ++i) {
    const std::uint64_t count = workers.by_state.at(i);
    if (count > 0) {
      const double share = static_cast<double>(count) / static_cast<double>(whole);
      segments.at(i) =
          std::max(static_cast<std::uint64_t>(share * double{kBarLength}), kShortestSegment);
    }
  }
  const std::uint64_t sum = std::accumulate(segments.begin(), segments.end(), std::uint64_t{0});
  if (sum > kBarLength) {
    *std::max_element(segments.begin(), segments.end()) -= sum - kBarLength;
  }
  return segments;
}

std::string render_workers(const WorkersStatus& workers) {
  std::string words;
  std::string parts;
  std::string rects;
  const auto segments = bar_segments(workers);
  std::uint64_t x = 0;
  for (std::size_t i = 0; i < kWorkerStateCount; ++i) {
    if (const std::uint64_t count = workers.by_state.at(i); count > 0) {
      const std::string text =
          fmt::format("{} {}", short_count_text(count), state_text(state_at(i)));
      words += (words.empty() ? "" : ", ") + text;
      parts += fmt::format(R"(<span><i class="s{}"></i>{}</span>)", i, text);
      rects +=
          fmt::format(R"(<rect class="s{}" x="{}" width="{}" height="10"/>)", i, x, segments.at(i));
      x += segments.at(i);
    }
  }
  if (!workers.errors_known) {
    words += words.empty() ? "errors unknown" : ", errors unknown";
    parts += R"(<span class="soft">errors unknown</span>)";
  }
  const std::string limit =
      workers.max ? fmt::format("<small> / {}</small>", short_count_text(*workers.max)) : "";
  return fmt::format(
      R"(<div class="fleet"><span>{}{}</span>)"
      R"(<svg class="bar" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img">)"
      R"(<title>{}</title>{}</svg><span class="parts">{}</span></div>)",
      short_count_text(workers.total), limit, kBarLength, words.empty() ? "no workers" : words,
      rects, parts.empty() ? R"(<span class="soft">none: scaled to zero or paused</span>)" : parts);
}

std::string render_legend() {
  std::string items;
  for (std::size_t i = 0; i < kWorkerStateCount; ++i) {
    items += fmt::format(R"(<li><i class="s{}"></i>{}</li>)", i, state_text(state_at(i)));
  }
  return fmt::format(R"(<ul class="legend" aria-label="States of workers">{}</ul>)", items);
}

}  // namespace everai::web
