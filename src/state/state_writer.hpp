#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "state/device_errors.hpp"
#include "state/saved_lines.hpp"
#include "state/saved_state.hpp"
#include "state/state_file.hpp"
#include "util/clock.hpp"
#include "util/watchdog.hpp"

namespace everai::state {

/// How the saving goes.
struct StateStatus {
  bool last_write_successful = false;
  std::optional<Timestamp> last_write_success;
  std::uint64_t write_failures = 0;
  std::uint64_t size_bytes = 0;  ///< of the last good write
};

/// What is to be saved.
struct StateText {
  AppLines app_lines;
  DeviceErrors device_errors;
};

struct StateWriterOptions {
  std::chrono::milliseconds interval{15000};    ///< least time between two writes that can wait
  std::chrono::milliseconds reminder{3600000};  ///< how often a failure that goes on is logged
  std::chrono::milliseconds patience{10000};    ///< after which a write that hangs counts as failed
  std::chrono::milliseconds start_patience{2000};  ///< how long `start` waits for the disk
  /// Called in a thread of the writer's when `settled` has grown. Must not call the writer back.
  std::function<void()> on_settled = [] {};
};

/// Keeps the state file up to date, in a thread of its own: it writes when something changed, an
/// interval after the last write at the earliest, but at once what is urgent; and a last time when
/// it ends. A failure is logged when it begins, changes and ends, and now and then between; a write
/// that hangs is one. A writer that was never started writes nothing.
/// Thread-safe; no call waits for the disk but `start`, for a moment, and `finish` and the
/// destructor, for as long as it takes.
class StateWriter {
 public:
  /// Number of an update; they grow.
  using Ticket = std::uint64_t;

  /// Goes on from `initial`, of which no app is configured yet. `clock` must outlive the writer.
  StateWriter(StateFile file, const Clock& clock, StateText initial, StateWriterOptions options);
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;
  StateWriter(StateWriter&&) = delete;
  StateWriter& operator=(StateWriter&&) = delete;
  ~StateWriter() = default;

  /// Begins: writes at once, so that a place that cannot be written is known from the start. To be
  /// called once.
  void start();

  /// Writes a last time what is not saved, and ends; what is updated later is not saved. The other
  /// calls can still be made, this one by one thread only.
  void finish();

  /// Takes the new text of an app that is configured, made by `render_saved_app`.
  Ticket update(const AppKey& app, std::shared_ptr<const std::string> text, bool urgent);
  /// Takes the errors by device.
  Ticket update_devices(DeviceErrors device_errors);
  /// Takes over which apps are configured; see `SavedLines`.
  /// @return the lines of those that were not configured before.
  [[nodiscard]] AppLines configure(const std::set<AppKey>& apps);

  /// The latest update of which it is decided whether it outlives a crash: it and all before it
  /// were written, or the write failed.
  [[nodiscard]] Ticket settled() const;

  /// Nothing before `start` has ended, or the first write has.
  [[nodiscard]] std::optional<StateStatus> status() const;

 private:
  void run(const std::stop_token& stop);
  void write();
  [[nodiscard]] Result<void> save(const std::string& rendered);
  [[nodiscard]] bool hangs() const;
  void log_outcome(const Result<void>& result, SteadyTime now);
  void log_hang();
  void log_failure(const std::string& message, SteadyTime now);
  void log_damaged_name();

  StateFile file_;          ///< the thread's
  const std::string path_;  ///< of `file_` as it was opened
  const Clock& clock_;
  const StateWriterOptions options_;
  std::optional<std::string> logged_failure_;  ///< the thread's, the watchdog's during a write
  SteadyTime logged_at_;                       ///< likewise
  bool logged_damaged_name_ = false;           ///< the thread's

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  SavedLines lines_;
  DeviceErrors device_errors_;
  Ticket latest_ = 0;
  Ticket settled_ = 0;
  bool unsaved_ = true;  ///< there is more than the file has
  bool urgent_ = false;
  bool begun_ = false;  ///< the first write is over, or no longer waited for
  SteadyTime written_at_;
  std::optional<SteadyTime> writing_since_;
  StateStatus status_;

  Watchdog watchdog_;
  std::jthread thread_;
};

}  // namespace everai::state
