#include "property/trial.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "property/witness.hpp"
#include "state/saved_state.hpp"

namespace everai::property {
namespace {

using state::AppCounters;
using state::AppMemory;

/// The name of a counter that is lower than it was; nothing if none is.
std::optional<std::string> fallen(const AppCounters& before, const AppCounters& after) {
  struct Counter {
    std::uint64_t AppCounters::*member;
    std::string_view name;
  };
  constexpr std::array<Counter, 8> kCounters = {{
      {&AppCounters::requests, "requests"},
      {&AppCounters::failed, "failed"},
      {&AppCounters::regressions, "regressions"},
      {&AppCounters::created, "created"},
      {&AppCounters::deleted, "deleted"},
      {&AppCounters::replaced, "replaced"},
      {&AppCounters::never_served, "never_served"},
      {&AppCounters::worker_errors, "worker_errors"},
  }};
  for (const Counter& counter : kCounters) {
    if (after.*counter.member < before.*counter.member) {
      return fmt::format("{} fell from {} to {}", counter.name, before.*counter.member,
                         after.*counter.member);
    }
  }
  return std::nullopt;
}

std::string save(const AppMemory& memory) {
  const state::AppKey app{"https://api", {"default", "sd"}};
  return state::render_saved_state(
      {{app, {std::make_shared<const std::string>(state::render_saved_app(app, memory))}}}, {});
}

/// A rule that waits for polls in a row waits for no more.
constexpr int kPollsToSettle = 8;

class Trial {
 public:
  Trial(const History& history, const Reduce& reduce) : history_(history), reduce_(reduce) {}

  Verdict run() {
    for (std::size_t i = 0; i < history_.events.size() && !broken_; ++i) {
      happen(history_.events[i]);
      if (broken_) {
        broken_ = fmt::format("after event {}: {}", i + 1, *broken_);
      }
    }
    Verdict verdict;
    if (!broken_) {
      settle();
      verdict.exact = witness_.knows_all(platform_.now());
      verdict.lives_exact =
          is_without_faults(history_) && witness_.knows_all_lives(platform_.now());
      check_end(verdict);
      check_that_nothing_is_frozen();
      if (broken_) {
        broken_ = fmt::format("at the last poll: {}", *broken_);
      }
    }
    verdict.broken = std::move(broken_);
    verdict.requests = memory_.counters.requests;
    return verdict;
  }

 private:
  /// Polls with nothing odd about them, as many as the slowest rule waits for.
  void settle() {
    for (int i = 0; i < kPollsToSettle && !broken_; ++i) {
      happen({.kind = EventKind::kPass, .seconds = std::chrono::seconds{29}});
      happen(usual_poll_);
    }
  }

  /// Whatever happened, what is served from now on counts.
  void check_that_nothing_is_frozen() {
    // Counts that fell as times went back are told from stale ones once they are higher than
    // before.
    const std::uint64_t each = steps_platform_clock(history_) ? 1000 : 1;
    for (int i = 0; i < kPollsToSettle; ++i) {
      serve_everywhere(each);
      happen(usual_poll_);
    }
    const std::uint64_t before = memory_.counters.requests;
    const std::uint64_t served = serve_everywhere(7);
    happen(usual_poll_);
    expect_equal("what is counted of the last requests", memory_.counters.requests - before,
                 served);
  }

  /// @return how many requests were served by workers that are listed.
  std::uint64_t serve_everywhere(std::uint64_t each) {
    std::vector<std::uint64_t> serving;
    for (const auto& [number, worker] : platform_.now().workers) {
      if (worker.launch_at && !worker.in_error && !worker.deleted_at && worker.in_live_listing) {
        serving.push_back(number);
      }
    }
    for (const std::uint64_t number : serving) {
      happen({.kind = EventKind::kServe, .worker = number, .success = each});
    }
    return serving.size() * each;
  }

  void happen(const Event& event) {
    platform_.apply(event);
    our_lead_ += event.kind == EventKind::kStepOurClock ? event.seconds : std::chrono::seconds{0};
    if (event.kind == EventKind::kPoll) {
      poll(event);
    } else if (event.kind == EventKind::kAwayAndBack) {
      load(save(memory_));
      is_first_poll_ = true;
    } else if (event.kind == EventKind::kRestart) {
      if (memory_.watch_began) {
        write_file();
      }
      start();
    } else if (event.kind == EventKind::kCrash) {
      start();
    } else if (event.kind == EventKind::kLoseState) {
      saved_text_.clear();
      exposed_ = {};
      start();
    }
    witness_.see_event(event);
  }

  void poll(const Event& event) {
    const Answers answers = platform_.answer(event.answer);
    const Timestamp now = platform_.now().at;
    const AppCounters before = memory_.counters;
    witness_.see_clock(event, our_lead_, std::exchange(is_first_poll_, false));
    memory_ =
        reduce_(std::move(memory_),
                state::merge_listings(answers.live, answers.history ? &*answers.history : nullptr),
                {.date = date_of(event.answer),
                 .ours = now + our_lead_,
                 .steady = SteadyTime{now.time_since_epoch()}},
                {.memory_time = memory_time()})
            .memory;
    witness_.see(answers, platform_.now());
    const Counts truth = witness_.truth(platform_.now());
    expect_at_most("requests", memory_.counters.requests, truth.requests());
    expect_at_most("failed", memory_.counters.failed, truth.failed);
    if (memory_.counters.failed > memory_.counters.requests) {
      say(fmt::format("{} requests, and {} of them failed", memory_.counters.requests,
                      memory_.counters.failed));
    }
    if (const auto what = fallen(before, memory_.counters)) {
      say(*what);
    }
    if (!event.unsaved) {
      write_file();
    }
  }

  [[nodiscard]] std::optional<Timestamp> date_of(const Answer& answer) const {
    return answer.no_date ? std::nullopt
                          : std::optional<Timestamp>(std::chrono::floor<std::chrono::seconds>(
                                platform_.now().clock() + answer.date_error));
  }

  [[nodiscard]] std::chrono::hours memory_time() const {
    return std::chrono::floor<std::chrono::hours>(platform_.now().recent) + std::chrono::days{1};
  }

  /// The counters are exposed once they are kept.
  void write_file() {
    if (const auto what = fallen(exposed_, memory_.counters)) {
      say(fmt::format("exposed {}", *what));
    }
    saved_text_ = save(memory_);
    saved_witness_ = witness_;
    exposed_ = memory_.counters;
  }

  void start() {
    is_first_poll_ = true;
    if (saved_text_.empty()) {
      memory_ = {};
      witness_ = Witness(steps_platform_clock(history_));
    } else {
      load(saved_text_);
      witness_ = saved_witness_;
    }
  }

  void load(const std::string& text) {
    Result<state::SavedState> saved = state::parse_saved_state(text);
    if (!saved) {
      say(saved.error().message);
      return;
    }
    memory_ = std::move(saved->apps.at(0).memory);
  }

  void check_end(const Verdict& verdict) {
    const ModelState& now = platform_.now();
    const Counts truth = witness_.truth(now);
    const AppCounters& counters = memory_.counters;
    if (verdict.exact) {
      expect_equal("requests", counters.requests, truth.requests());
      expect_equal("failed", counters.failed, truth.failed);
    }
    if (verdict.lives_exact) {
      expect_equal("created", counters.created, witness_.created(now));
      expect_equal("deleted", counters.deleted, witness_.deleted(now));
      if (witness_.knows_all_errors(now)) {
        expect_equal("worker_errors", counters.worker_errors, witness_.errors(now));
      }
    }
  }

  void expect_at_most(std::string_view name, std::uint64_t counted, std::uint64_t truth) {
    if (counted > truth) {
      say(fmt::format("{} is {}, more than the truth, {}", name, counted, truth));
    }
  }

  void expect_equal(std::string_view name, std::uint64_t counted, std::uint64_t truth) {
    if (counted != truth) {
      say(fmt::format("{} is {} and the truth {}, though all could be known", name, counted,
                      truth));
    }
  }

  void say(std::string what) {
    if (!broken_) {
      broken_ = std::move(what);
    }
  }

  const History& history_;
  const Event usual_poll_{
      .kind = EventKind::kPoll,
      .answer = {.no_last_serve = history_.timeless, .no_launch = history_.timeless}};
  const Reduce& reduce_;
  PlatformModel platform_;
  std::chrono::seconds our_lead_ = history_.our_lead;
  bool is_first_poll_ = true;
  AppMemory memory_;
  Witness witness_{steps_platform_clock(history_)};
  std::string saved_text_;  ///< empty: there is no state file
  Witness saved_witness_ = witness_;
  AppCounters exposed_;
  std::optional<std::string> broken_;
};

}  // namespace

Verdict try_history(const History& history, const Reduce& reduce) {
  return Trial(history, reduce).run();
}

}  // namespace everai::property
