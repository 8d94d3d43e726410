#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "state/saved_state.hpp"
#include "state/state_place.hpp"
#include "util/result.hpp"
#include "util/time.hpp"
#include "util/unique_fd.hpp"

namespace everai::state {

/// A larger file than this is none of ours.
inline constexpr std::size_t kMaxStateBytes = std::size_t{1} << 30U;

/// The file that keeps the state from one run to the next.
///
/// Whatever ends the process or the machine, the file is as one save or the next left it: a save
/// writes a new file beside it (`<path>.tmp`), syncs that, renames it, and syncs the directory.
///
/// It has one user at a time, by a lock on `<path>.lock`, a file that stays. Each save makes sure
/// that the path still leads to the folder and the lock that are held: if one of them was removed
/// or replaced, another process can have the file by now. That save fails, and the next one tries
/// to take the lock where the path leads then.
///
/// What this process has neither read nor written is never overwritten: a file that is damaged, or
/// none of ours, is kept under another name by the first save; one that cannot be read, or not be
/// kept so, or that another process saved while the lock was lost, stays as it is, and saves fail
/// until it is gone. As long as nothing is saved, nothing is changed.
///
/// Not thread-safe; owned by the state writer's thread once that runs. Movable.
class StateFile {
 public:
  /// Takes the lock. Creates nothing but `<path>.lock`.
  /// @return kSystem if there can be no state file, see `find_state_place`, or another process has
  ///         the lock.
  [[nodiscard]] static Result<StateFile> open(const std::string& path);

  /// Reads the file. @param now  goes into the new name of a file that is damaged.
  /// @return nothing if there is none; what could be read of one that is damaged in parts. kPayload
  ///         if it is no state file, is damaged as a whole or of a newer version; kSystem if it
  ///         cannot be read.
  [[nodiscard]] Result<std::optional<SavedState>> load(Timestamp now);

  /// Puts `text` in the place of what the file held. If that was damaged, it gets another name.
  /// @return kSystem with the reason; the file is then as it was, unless only the last step failed,
  ///         the sync of the directory. Nothing is left beside it.
  [[nodiscard]] Result<void> save(std::string_view text);

  /// The name, in the same directory, that a save gave to the damaged file; empty: it gave none.
  [[nodiscard]] const std::string& damaged_name() const { return damaged_name_; }

  /// As it was opened, with symbolic links resolved.
  [[nodiscard]] const std::string& path() const { return place_.path; }

 private:
  StateFile(std::string given, StatePlace place);

  [[nodiscard]] Result<void> lock();
  [[nodiscard]] Result<void> check_held();
  [[nodiscard]] Result<void> set_aside();
  [[nodiscard]] Result<void> replace(std::string_view text);
  void remember(std::string_view text);
  [[nodiscard]] bool holds_remembered() const;

  std::string given_;  ///< absolute
  StatePlace place_;
  UniqueFd lock_;
  bool replaceable_ = false;          ///< nothing is lost when the file is overwritten or set aside
  std::optional<Timestamp> damaged_;  ///< the file is to be set aside; when that was found
  std::string damaged_name_;
  bool lost_ = false;  ///< the lock was lost once: another process may have saved
  /// Of the text that was last read or saved: its size, and what tells it from others of this size.
  std::optional<std::pair<std::size_t, std::size_t>> remembered_;
};

}  // namespace everai::state
