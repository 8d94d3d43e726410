#include "metrics/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "util/read_file.hpp"

namespace everai::metrics {
namespace {

constexpr std::size_t kMaxProcBytes = 1024UL * 1024;

/// The text of a file of /proc; empty if there is none.
std::string read_proc(const char* path) {
  Result<FileContents> contents = read_file(path, kMaxProcBytes);
  return contents ? std::move(contents->text) : std::string();
}

/// The fields of /proc/self/stat that follow the command's name; [0] is field 3, `state`: proc(5).
class ProcessStat {
 public:
  ProcessStat() : text_(read_proc("/proc/self/stat")) {
    // The name is in brackets and may hold anything, brackets too.
    const std::size_t name_end = text_.rfind(')');
    rest_ = name_end == std::string::npos ? std::string_view{}
                                          : std::string_view(text_).substr(name_end + 2);
  }

  /// @param number  as proc(5) counts, from 1.
  [[nodiscard]] std::optional<double> field(int number) const {
    std::string_view rest = rest_;
    for (int i = 3; i < number; ++i) {
      const std::size_t space = rest.find(' ');
      if (space == std::string_view::npos) {
        return std::nullopt;
      }
      rest.remove_prefix(space + 1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    return error == std::errc{} && end != rest.data() ? std::optional(value) : std::nullopt;
  }

 private:
  std::string text_;
  std::string_view rest_;
};

constexpr int kUserTime = 14;
constexpr int kSystemTime = 15;
constexpr int kStartTime = 22;
constexpr int kVirtualSize = 23;
constexpr int kResidentPages = 24;

std::optional<double> limit(decltype(RLIMIT_NOFILE) resource) {
  rlimit value{};
  if (getrlimit(resource, &value) != 0) {
    return std::nullopt;
  }
  return value.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                         : static_cast<double>(value.rlim_cur);
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) {
    return std::nullopt;
  }
  // One of them is the directory that is being read.
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

/// When the machine was started, in Unix seconds.
std::optional<double> boot_time() {
  constexpr std::string_view kKey = "\nbtime ";
  const std::string text = read_proc("/proc/stat");
  const std::size_t at = text.find(kKey);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  double value = 0;
  const char* begin = text.data() + at + kKey.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  return error == std::errc{} && end != begin ? std::optional(value) : std::nullopt;
}

std::optional<double> divided(std::optional<double> value, double by) {
  return value ? std::optional(*value / by) : std::nullopt;
}

std::optional<double> sum(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

}  // namespace

std::vector<OwnFamily> process_metrics() {
  const ProcessStat stat;
  static const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  static const std::optional<double> booted = boot_time();
  struct Row {
    const char* name;
    const char* help;
    Type type;
    std::optional<double> value;
  };
  const std::array rows{
      Row{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
          Type::kCounter,
          divided(sum(stat.field(kUserTime), stat.field(kSystemTime)), ticks_per_second)},
      Row{"process_max_fds", "Maximum number of open file descriptors.", Type::kGauge,
          limit(RLIMIT_NOFILE)},
      Row{"process_open_fds", "Number of open file descriptors.", Type::kGauge, open_files()},
      Row{"process_resident_memory_bytes", "Resident memory size in bytes.", Type::kGauge,
          divided(stat.field(kResidentPages), 1 / page_bytes)},
      Row{"process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
          Type::kGauge, sum(divided(stat.field(kStartTime), ticks_per_second), booted)},
      Row{"process_virtual_memory_bytes", "Virtual memory size in bytes.", Type::kGauge,
          stat.field(kVirtualSize)},
      Row{"process_virtual_memory_max_bytes",
          "Maximum amount of virtual memory available in bytes.", Type::kGauge, limit(RLIMIT_AS)},
  };
  std::vector<OwnFamily> families;
  for (const Row& row : rows) {
    if (row.value) {
      families.push_back({row.name, row.help, row.type, {{{}, *row.value}}});
    }
  }
  return families;
}

}  // namespace everai::metrics
