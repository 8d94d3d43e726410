#include "property/trial.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "property/kept_state.hpp"
#include "property/witness.hpp"

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

/// A platform with an app of the same name, and what an exporter could know of it.
struct Side {
  state::AppKey key;
  PlatformModel platform{};
  Witness witness;
  Witness saved_witness = witness;  ///< as of the state file
  AppCounters exposed{};
};

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
      verdict.exact = side_->witness.knows_all(side_->platform.now());
      verdict.lives_exact =
          is_without_faults(history_) && side_->witness.knows_all_lives(side_->platform.now());
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
    happen({.kind = EventKind::kPutBack});
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
    for (const auto& [number, worker] : side_->platform.now().workers) {
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
    Side& before = *side_;
    for (Side& each : sides_) {
      each.platform.apply(&each == side_ ? event : time_of(event));
    }
    our_lead_ += event.kind == EventKind::kStepOurClock ? event.seconds : std::chrono::seconds{0};
    switch (event.kind) {
      case EventKind::kPoll:
        poll(event);
        break;
      case EventKind::kTakeOut:
        configure(*side_, false);
        break;
      case EventKind::kPutBack:
        configure(*side_, true);
        break;
      case EventKind::kMove:
        configure(side_ == sides_.data() ? sides_[1] : sides_[0], is_configured_);
        break;
      case EventKind::kRestart:
        write_file();
        start();
        break;
      case EventKind::kLoseState:
        kept_.lose();
        sides_[0].exposed = {};
        sides_[1].exposed = {};
        start();
        break;
      case EventKind::kCrash:
        start();
        break;
      default:
        break;
    }
    before.witness.see_event(event);
  }

  /// What an event of one platform is to the other one.
  static Event time_of(const Event& event) {
    return {.kind = EventKind::kPass,
            .seconds = event.kind == EventKind::kPass ? event.seconds : std::chrono::seconds{1}};
  }

  void poll(const Event& event) {
    if (!is_configured_) {
      return;
    }
    const Answers answers = side_->platform.answer(event.answer);
    const Timestamp now = side_->platform.now().at;
    const AppCounters before = memory_.counters;
    side_->witness.see_clock(event, our_lead_, std::exchange(is_first_poll_, false));
    memory_ =
        reduce_(std::move(memory_),
                state::merge_listings(answers.live, answers.history ? &*answers.history : nullptr),
                {.date = date_of(event.answer),
                 .ours = now + our_lead_,
                 .steady = SteadyTime{now.time_since_epoch()}},
                {.memory_time = memory_time()})
            .memory;
    side_->witness.see(answers, side_->platform.now());
    const Counts truth = side_->witness.truth(side_->platform.now());
    expect_at_most("requests", memory_.counters.requests, truth.requests());
    expect_at_most("failed", memory_.counters.failed, truth.failed);
    if (memory_.counters.failed > memory_.counters.requests) {
      say(fmt::format("{} requests, and {} of them failed", memory_.counters.requests,
                      memory_.counters.failed));
    }
    if (const auto what = fallen(before, memory_.counters)) {
      say(*what);
    }
    kept_.keep(side_->key, memory_);
    if (!event.unsaved) {
      write_file();
    }
  }

  [[nodiscard]] std::optional<Timestamp> date_of(const Answer& answer) const {
    return answer.no_date ? std::nullopt
                          : std::optional<Timestamp>(std::chrono::floor<std::chrono::seconds>(
                                side_->platform.now().clock() + answer.date_error));
  }

  [[nodiscard]] std::chrono::hours memory_time() const {
    return std::chrono::floor<std::chrono::hours>(side_->platform.now().recent) +
           std::chrono::days{1};
  }

  /// The counters are exposed once they are kept.
  void write_file() {
    if (const auto what = fallen(side_->exposed, memory_.counters); is_configured_ && what) {
      say(fmt::format("exposed {}", *what));
    }
    kept_.write(steady_now());
    for (Side& each : sides_) {
      each.saved_witness = each.witness;
    }
    if (is_configured_) {
      side_->exposed = memory_.counters;
    }
  }

  void configure(Side& side, bool is_configured) {
    if (&side == side_ && is_configured == is_configured_) {
      return;
    }
    side_ = &side;
    is_configured_ = is_configured;
    memory_ = kept_.configure(configured(), steady_now());
    begin();
  }

  void start() {
    for (Side& each : sides_) {
      each.witness = each.saved_witness;
    }
    memory_ = kept_.start(configured(), steady_now());
    begin();
  }

  /// What is not remembered begins anew.
  void begin() {
    is_first_poll_ = true;
    if (is_configured_ && !memory_.watch_began) {
      side_->witness = Witness(steps_platform_clock(history_));
      side_->exposed = {};
    }
  }

  [[nodiscard]] std::optional<state::AppKey> configured() const {
    return is_configured_ ? std::optional(side_->key) : std::nullopt;
  }

  [[nodiscard]] SteadyTime steady_now() const {
    return SteadyTime{side_->platform.now().at.time_since_epoch()};
  }

  void check_end(const Verdict& verdict) {
    const ModelState& now = side_->platform.now();
    const Counts truth = side_->witness.truth(now);
    const AppCounters& counters = memory_.counters;
    if (verdict.exact) {
      expect_equal("requests", counters.requests, truth.requests());
      expect_equal("failed", counters.failed, truth.failed);
    }
    if (verdict.lives_exact) {
      expect_equal("created", counters.created, side_->witness.created(now));
      expect_equal("deleted", counters.deleted, side_->witness.deleted(now));
      if (side_->witness.knows_all_errors(now)) {
        expect_equal("worker_errors", counters.worker_errors, side_->witness.errors(now));
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
  std::array<Side, 2> sides_ = {{
      {.key = {"https://a", {"default", "sd"}}, .witness = Witness(steps_platform_clock(history_))},
      {.key = {"https://b", {"default", "sd"}}, .witness = Witness(steps_platform_clock(history_))},
  }};
  Side* side_ = sides_.data();  ///< whose app is polled, if any is
  bool is_configured_ = true;
  KeptState kept_;
  std::chrono::seconds our_lead_ = history_.our_lead;
  bool is_first_poll_ = true;
  AppMemory memory_;
  std::optional<std::string> broken_;
};

}  // namespace

Verdict try_history(const History& history, const Reduce& reduce) {
  return Trial(history, reduce).run();
}

}  // namespace everai::property
