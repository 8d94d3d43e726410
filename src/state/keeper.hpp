#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "state/app_key.hpp"
#include "state/reduce.hpp"
#include "state/saved_state.hpp"
#include "state/state_file.hpp"
#include "state/state_writer.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::state {

/// What an earlier run left.
struct OpenedState {
  std::optional<StateFile> file;  ///< none: there is no path
  SavedState saved;
};

/// Opens the state file and reads what is in it, and changes nothing. What is wrong with it is
/// logged; what is lost is not in the state. @param path  if empty, there is no file.
/// @return kSystem if another process uses the file.
[[nodiscard]] Result<OpenedState> open_state(const std::string& path, const Clock& clock);

/// Keeps what polls leave: the errors by device, and, with a file, all of it beyond the process,
/// and that of apps that are no longer configured for a day. Owned by the poller's thread, but for
/// `status`, which is thread-safe. No call waits for the disk but `start`, for a moment, and
/// `finish` and the destructor, for as long as it takes.
class Keeper {
 public:
  /// Goes on from `saved`.
  /// @param file     none: nothing outlives the process.
  /// @param clock    must outlive the keeper.
  /// @param on_kept  called in another thread whenever `kept` has grown.
  Keeper(std::optional<StateFile> file, SavedState saved, const Clock& clock,
         std::function<void()> on_kept);

  /// Writes the file, and begins to keep it up to date. To be called once it is known that the
  /// process serves: the file is another's until then.
  void start();

  /// Writes the file a last time, if it was started; nothing is kept after that. To be called once
  /// the poller has ended.
  void finish();

  /// Keeps what a good poll of an app left. @param urgent  write it at once.
  /// @return the number of this keeping, 0 without a file.
  [[nodiscard]] StateWriter::Ticket keep(const AppKey& app, const Reduced& reduced, bool urgent);

  /// Takes over which apps are configured.
  /// @return what is known of those that were not before, without a file nothing.
  [[nodiscard]] AppMemories configure(const std::set<AppKey>& apps);

  /// The latest keeping that is done: written, or failed, which holds nothing up.
  [[nodiscard]] StateWriter::Ticket kept() const;

  [[nodiscard]] const DeviceErrors& device_errors() const { return device_errors_; }

  /// How the writing goes; nothing without a file, and before the first write. Thread-safe.
  [[nodiscard]] std::optional<StateStatus> status() const;

 private:
  DeviceErrors device_errors_;
  AppMemories memories_;  ///< of an earlier run; until `configure` takes them
  std::optional<StateWriter> writer_;
};

}  // namespace everai::state
