#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "state/saved_state.hpp"
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
/// It has one user at a time, by a lock on `<path>.lock`, a file that stays. A path that cannot be
/// locked or written, since its directory is missing or read-only, is no reason not to run: then
/// each save fails and says so, and tries anew.
///
/// What could not be read is never overwritten: a file that is damaged, or none of ours, is set
/// aside under another name; one that cannot be read, or not be set aside, stays as it is, and
/// saves fail until it is gone.
///
/// Not thread-safe; owned by the state writer's thread once that runs. Movable.
class StateFile {
 public:
  /// Takes the lock.
  /// @return kSystem if another process has it. Any other trouble is left to the saves.
  [[nodiscard]] static Result<StateFile> open(const std::string& path);

  /// Reads the file. @param now  goes into the name of a file that is set aside.
  /// @return nothing if there is none. kPayload if it is no state file, is damaged or of a newer
  ///         version; kSystem if it cannot be read. The message also says what became of it.
  [[nodiscard]] Result<std::optional<SavedState>> load(Timestamp now);

  /// Puts `text` in the place of what the file held.
  /// @return kSystem with the reason; the file is then as it was, unless only the last step failed,
  ///         the sync of the directory. Nothing is left beside it.
  [[nodiscard]] Result<void> save(std::string_view text);

  /// As given, with symbolic links resolved.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit StateFile(std::string path);

  /// @return false if another process has the lock.
  [[nodiscard]] Result<bool> lock();
  /// @return its new name, in the same directory.
  [[nodiscard]] Result<std::string> set_aside(Timestamp now) const;
  [[nodiscard]] Result<void> write_beside(const std::string& beside, std::string_view text) const;
  [[nodiscard]] Result<void> sync_directory() const;

  std::string path_;
  UniqueFd lock_;
  bool replaceable_ = false;  ///< nothing is lost when the file is overwritten
};

}  // namespace everai::state
