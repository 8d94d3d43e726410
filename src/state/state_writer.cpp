#include "state/state_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <utility>

#include "util/log.hpp"

namespace everai::state {

StateWriter::StateWriter(StateFile file, const Clock& clock, StateText initial,
                         StateWriterOptions options)
    : file_(std::move(file)),
      path_(file_.path()),
      clock_(clock),
      options_(std::move(options)),
      lines_(initial.app_lines, clock.steady_now()),
      device_errors_(std::move(initial.device_errors)) {}

void StateWriter::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, options_.start_patience, [this] { return begun_; });
  begun_ = true;
}

void StateWriter::finish() {
  thread_ = {};
}

StateWriter::Ticket StateWriter::update(const AppKey& app, std::shared_ptr<const std::string> text,
                                        bool urgent) {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    text = lines_.update(app, std::move(text));
    unsaved_ = true;
    urgent_ = urgent_ || urgent;
    ticket = ++latest_;
  }
  changed_.notify_one();
  return ticket;
}

StateWriter::Ticket StateWriter::update_devices(DeviceErrors device_errors) {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    std::swap(device_errors_, device_errors);
    unsaved_ = true;
    ticket = ++latest_;
  }
  changed_.notify_one();
  return ticket;
}

AppLines StateWriter::configure(const std::set<AppKey>& apps) {
  AppLines back;
  {
    const std::lock_guard lock(mutex_);
    back = lines_.configure(apps, clock_.steady_now());
    unsaved_ = true;
  }
  changed_.notify_one();
  return back;
}

StateWriter::Ticket StateWriter::settled() const {
  const std::lock_guard lock(mutex_);
  return hangs() ? latest_ : settled_;
}

std::optional<StateStatus> StateWriter::status() const {
  const std::lock_guard lock(mutex_);
  if (!begun_) {
    return std::nullopt;
  }
  StateStatus status = status_;
  if (hangs()) {
    status.last_write_successful = false;
    ++status.write_failures;
  }
  return status;
}

bool StateWriter::hangs() const {
  return writing_since_ && clock_.steady_now() - *writing_since_ > options_.patience;
}

void StateWriter::run(const std::stop_token& stop) {
  write();
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
  }
  changed_.notify_all();
  bool last = false;
  while (!last) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return unsaved_; });
      changed_.wait_for(lock, stop, written_at_ + options_.interval - clock_.steady_now(),
                        [this] { return urgent_; });
      last = stop.stop_requested();
      // The time that an app was not configured is up to date in the last write.
      if (!unsaved_ && !lines_.any_unconfigured()) {
        return;
      }
    }
    write();
  }
}

void StateWriter::write() {
  StateText text;
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    text = {.app_lines = lines_.at(clock_.steady_now()), .device_errors = device_errors_};
    ticket = latest_;
    unsaved_ = false;
    urgent_ = false;
    writing_since_ = clock_.steady_now();
  }
  const std::string rendered = render_saved_state(text.app_lines, text.device_errors);
  const Result<void> result = save(rendered);
  const SteadyTime now = clock_.steady_now();
  const Timestamp when = clock_.system_now();
  {
    const std::lock_guard lock(mutex_);
    status_.last_write_successful = result.has_value();
    // One that hung has been counted, and a counter must not fall.
    if (!result || hangs()) {
      ++status_.write_failures;
    }
    if (result) {
      status_.last_write_success = when;
      status_.size_bytes = rendered.size();
    } else {
      unsaved_ = true;
    }
    settled_ = ticket;
    written_at_ = now;
    writing_since_.reset();
  }
  log_damaged_name();
  log_outcome(result, now);
  options_.on_settled();
}

Result<void> StateWriter::save(const std::string& rendered) {
  const Watchdog::Watch watch =
      watchdog_.watch(options_.patience, options_.reminder, [this] { log_hang(); });
  return file_.save(rendered);
}

void StateWriter::log_hang() {
  log_failure(fmt::format("state file {}: the disk does not answer, a write takes over {:%Q} s",
                          path_, std::chrono::floor<std::chrono::seconds>(options_.patience)),
              clock_.steady_now());
  options_.on_settled();
}

void StateWriter::log_damaged_name() {
  if (!logged_damaged_name_ && !file_.damaged_name().empty()) {
    log::warn("the damaged state file is set aside",
              {{"file", file_.path()}, {"as", file_.damaged_name()}});
    logged_damaged_name_ = true;
  }
}

void StateWriter::log_outcome(const Result<void>& result, SteadyTime now) {
  if (!result) {
    const std::string& message = result.error().message;
    if (logged_failure_ != message || now - logged_at_ >= options_.reminder) {
      log_failure(message, now);
    }
  } else if (logged_failure_) {
    log::info("the state is saved again", {{"file", file_.path()}});
    logged_failure_.reset();
  }
}

void StateWriter::log_failure(const std::string& message, SteadyTime now) {
  log::error("the state cannot be saved; counters will not survive a restart",
             {{"error", message}});
  logged_failure_ = message;
  logged_at_ = now;
}

}  // namespace everai::state
