#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "util/unique_fd.hpp"

namespace everai {

/// Writes lines to a descriptor, whole and in order. At first the caller of `write` waits until its
/// line is written, as with any stream. From `run_in_background` on nobody waits: a thread writes,
/// and the lines wait in a queue of limited size. When that is full, further lines are dropped
/// until it is empty; a line says then how many. The descriptor may be shared with other processes:
/// its flags are left as they are. Thread-safe, unless a function says otherwise.
class LineWriter {
 public:
  struct Options {
    std::size_t limit_bytes = 1UL << 20U;  ///< of the queue
    /// Makes the line that says how many lines are missing at this place.
    std::function<std::string(std::uint64_t dropped)> render_gap;
  };

  /// @param fd  must stay open for as long as this lives.
  LineWriter(int fd, Options options);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  LineWriter(LineWriter&&) = delete;
  LineWriter& operator=(LineWriter&&) = delete;
  /// Waits for the thread, but not for the lines: see `finish`.
  ~LineWriter() = default;

  /// Starts the thread; to be called once, and by one thread. Throws `std::system_error` if there
  /// can be no more threads or descriptors.
  void run_in_background();

  /// Takes a line, which ends with a newline.
  void write(std::string line) noexcept;

  /// Ends the thread, once all lines are written or `longest` has passed; what is not written by
  /// then is lost, as is what comes later. To be called once, and by one thread.
  /// @return false if the thread hangs in the kernel: this object must not be destroyed then, so
  ///         the process can only end with `_Exit`.
  [[nodiscard]] bool finish(std::chrono::milliseconds longest);

  /// How many lines were dropped so far: there was no room, or the descriptor could not be written.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Piece {
    std::string text;
    std::uint64_t lines = 0;  ///< in the text, without those that are put before them
    std::uint64_t gap = 0;    ///< how many are missing before them, of which a line is to tell
    std::uint64_t extra_newlines = 0;  ///< in what is put before them
  };

  void run(const std::stop_token& stop);
  [[nodiscard]] bool take(const std::stop_token& stop, Piece& piece);
  void complete(Piece& piece) const;
  void settle(const Piece& piece, std::size_t written);
  [[nodiscard]] std::size_t send(std::string_view text, const std::stop_token& stop) const;
  [[nodiscard]] bool has_work() const;

  const int fd_;
  const Options options_;
  UniqueFd wake_;  ///< readable when the thread is to end

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::condition_variable settled_;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t unsaid_ = 0;  ///< of them, those of which no line has told
  bool background_ = false;   ///< the thread writes
  bool overflows_ = false;    ///< lines are dropped until the queue is empty
  bool writing_ = false;      ///< the thread has a piece
  bool failed_ = false;       ///< the last piece could not be written
  bool torn_ = false;         ///< what was written last ends in the middle of a line; the thread's
  bool ended_ = false;        ///< the thread has nothing more to do

  std::jthread thread_;
};

}  // namespace everai
