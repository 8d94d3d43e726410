#include "util/line_writer.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include "util/write_all.hpp"

namespace everai {
namespace {

/// A pipe that poll(2) says is writable takes this much without waiting, and does not mix it with
/// what other processes write.
constexpr std::size_t kPieceBytes = PIPE_BUF;
/// Of that, for what is put before the lines.
constexpr std::size_t kGapBytes = 256;
/// How long the thread may take to end when it does not wait for the descriptor.
constexpr std::chrono::milliseconds kEndTime{200};
/// Before a descriptor that says it is writable, and is not, is asked again.
constexpr int kRetryMilliseconds = 10;

std::uint64_t count_newlines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

LineWriter::LineWriter(int fd, Options options) : fd_(fd), options_(std::move(options)) {}

void LineWriter::run_in_background() {
  wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!wake_) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  const std::lock_guard lock(mutex_);
  background_ = true;
}

void LineWriter::write(std::string line) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!background_) {
      static_cast<void>(write_all(fd_, line));
      return;
    }
    const std::size_t size = line.size();
    overflows_ = !queue_.empty() && (overflows_ || queued_bytes_ + size > options_.limit_bytes);
    bool taken = false;
    if (!overflows_) {
      try {
        queue_.push_back(std::move(line));
        queued_bytes_ += size;
        taken = true;
      } catch (const std::bad_alloc&) {
        // Who logs is not to fail for want of memory.
      }
    }
    if (!taken) {
      ++dropped_;
      ++unsaid_;
    }
  }
  changed_.notify_one();
}

bool LineWriter::finish(std::chrono::milliseconds longest) {
  if (!thread_.joinable()) {
    return true;
  }
  {
    std::unique_lock lock(mutex_);
    settled_.wait_for(lock, longest, [this] { return !has_work() && !writing_; });
  }
  thread_.request_stop();
  {
    std::unique_lock lock(mutex_);
    if (!settled_.wait_for(lock, kEndTime, [this] { return ended_; })) {
      return false;
    }
  }
  thread_.join();
  return true;
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

bool LineWriter::has_work() const {
  // A gap is told when a line comes that may be written again, not over and over until then.
  return !queue_.empty() || (unsaid_ > 0 && !failed_);
}

void LineWriter::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { ::eventfd_write(wake_.get(), 1); });
  Piece piece;
  piece.text.reserve(kPieceBytes);
  while (take(stop, piece)) {
    complete(piece);
    settle(piece, send(piece.text, stop));
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  settled_.notify_all();
}

/// Waits for lines and takes as many as go into a piece. @return false if the thread is to end.
bool LineWriter::take(const std::stop_token& stop, Piece& piece) {
  piece.text.clear();
  piece.lines = 0;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return has_work(); });
  if (stop.stop_requested()) {
    return false;
  }
  // Lines that did not fit into the queue are missing behind it, lines that could not be written
  // before it.
  piece.gap = queue_.empty() || !overflows_ ? unsaid_ : 0;
  while (!queue_.empty() && (piece.lines == 0 || piece.text.size() + queue_.front().size() <=
                                                     kPieceBytes - kGapBytes)) {
    queued_bytes_ -= queue_.front().size();
    piece.text += queue_.front();
    ++piece.lines;
    queue_.pop_front();
  }
  writing_ = true;
  return true;
}

/// Puts before the lines what has to be there.
void LineWriter::complete(Piece& piece) const {
  std::string before;
  if (torn_) {
    before = "\n";
  }
  if (piece.gap > 0) {
    before += options_.render_gap(piece.gap);
  }
  piece.extra_newlines = count_newlines(before);
  piece.text.insert(0, before);
}

/// @param written  how many bytes of the text; less than all if it could not be written.
void LineWriter::settle(const Piece& piece, std::size_t written) {
  const std::string_view done = std::string_view(piece.text).substr(0, written);
  const std::uint64_t newlines = count_newlines(done);
  torn_ = done.empty() ? torn_ : done.back() != '\n';
  const std::lock_guard lock(mutex_);
  failed_ = written < piece.text.size();
  if (newlines >= piece.extra_newlines) {
    unsaid_ -= piece.gap;
  }
  const std::uint64_t lines = newlines - std::min(newlines, piece.extra_newlines);
  const std::uint64_t lost = piece.lines - std::min(piece.lines, failed_ ? lines : piece.lines);
  dropped_ += lost;
  unsaid_ += lost;
  writing_ = false;
  settled_.notify_all();
}

/// Writes a text, and waits for that until the thread is to end. @return how many bytes were
/// written.
std::size_t LineWriter::send(std::string_view text, const std::stop_token& stop) const {
  std::size_t written = 0;
  while (written < text.size()) {
    std::array<pollfd, 2> waits{{{.fd = fd_, .events = POLLOUT, .revents = 0},
                                 {.fd = wake_.get(), .events = POLLIN, .revents = 0}}};
    const int ready = ::poll(waits.data(), waits.size(), -1);
    if (stop.stop_requested()) {
      break;
    }
    if (ready <= 0 || waits[0].revents == 0) {
      continue;
    }
    const std::string_view rest = text.substr(written, kPieceBytes);
    const ssize_t size = ::write(fd_, rest.data(), rest.size());
    if (size > 0) {
      written += static_cast<std::size_t>(size);
    } else if (size < 0 && errno == EAGAIN) {
      ::poll(&waits[1], 1, kRetryMilliseconds);
    } else if (size == 0 || errno != EINTR) {
      break;
    }
  }
  return written;
}

}  // namespace everai
