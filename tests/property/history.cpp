#include "property/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "property/answer_flags.hpp"
#include "simulator/random.hpp"

namespace everai::property {
namespace {

using namespace std::chrono_literals;

/// What may happen in a history at all: not everything in each, or none would be without loss.
struct Traits {
  bool relaunches = false;
  bool stale_reads = false;
  bool omissions = false;
  bool hiding = false;
  bool crashes = false;
  bool lost_state = false;
  bool failing_history = false;
  bool missing_dates = false;
  bool no_dates = false;
  bool wrong_dates = false;
  bool our_steps = false;
  bool platform_steps = false;
  bool longer_memory = false;
  bool returning_ids = false;
  bool moves = false;
  bool timeless = false;  ///< neither launch nor serving is told; resets are possible
};

struct Weight {
  EventKind kind;
  std::uint64_t weight;
};

std::vector<Weight> weights_of(const Traits& traits) {
  const auto weight_if = [](bool possible, std::uint64_t weight) { return possible ? weight : 0; };
  return {{EventKind::kCreate, 8},
          {EventKind::kLaunch, 4},
          {EventKind::kServe, 40},
          {EventKind::kRelaunch, weight_if(traits.relaunches, 10)},
          {EventKind::kError, 2},
          {EventKind::kDelete, 4},
          {EventKind::kRecreate, weight_if(traits.returning_ids, 4)},
          {EventKind::kReset, weight_if(traits.timeless, 8)},
          {EventKind::kHide, weight_if(traits.hiding, 3)},
          {EventKind::kVanish, weight_if(traits.hiding, 3)},
          {EventKind::kShow, weight_if(traits.hiding, 5)},
          {EventKind::kPass, 8},
          {EventKind::kStepPlatformClock, weight_if(traits.platform_steps, 3)},
          {EventKind::kStepOurClock, weight_if(traits.our_steps, 3)},
          {EventKind::kSetMemory, weight_if(traits.longer_memory, 3)},
          {EventKind::kPoll, 30},
          {EventKind::kFailedPoll, 3},
          {EventKind::kTakeOut, weight_if(traits.moves, 3)},
          {EventKind::kPutBack, weight_if(traits.moves, 9)},
          {EventKind::kMove, weight_if(traits.moves, 3)},
          {EventKind::kRestart, 4},
          {EventKind::kCrash, weight_if(traits.crashes, 4)},
          {EventKind::kLoseState, weight_if(traits.lost_state, 2)}};
}

class Author {
 public:
  explicit Author(std::uint64_t seed) : random_(seed, 0) {
    traits_ = {.relaunches = random_.chance(0.6),
               .stale_reads = random_.chance(0.4),
               .omissions = random_.chance(0.4),
               .hiding = random_.chance(0.3),
               .crashes = random_.chance(0.4),
               .lost_state = random_.chance(0.2),
               .failing_history = random_.chance(0.3),
               .missing_dates = random_.chance(0.1),
               .no_dates = random_.chance(0.1),
               .wrong_dates = random_.chance(0.2),
               .our_steps = random_.chance(0.3),
               .platform_steps = random_.chance(0.15),
               .longer_memory = random_.chance(0.2),
               .returning_ids = random_.chance(0.3),
               .moves = random_.chance(0.2),
               .timeless = random_.chance(0.1)};
    if (traits_.platform_steps) {
      // Nothing would tell which of two launches was the later one.
      traits_.stale_reads = false;
    }
    if (traits_.timeless) {
      traits_.relaunches = false;
      traits_.stale_reads = false;
    }
    weights_ = weights_of(traits_);
  }

  History write() {
    History history;
    if (random_.chance(0.3)) {
      history.our_lead = std::chrono::seconds{random_.below(7200)} - 1h;
    }
    history.timeless = traits_.timeless;
    const std::uint64_t length = 8 + random_.below(60);
    while (history.events.size() < length) {
      const Event event = make_event();
      // Otherwise hardly a relaunch would come without loss.
      if (event.kind == EventKind::kRelaunch && random_.chance(0.7)) {
        history.events.push_back({.kind = EventKind::kPoll});
      }
      history.events.push_back(event);
      if (event.kind == EventKind::kCreate && random_.chance(0.8)) {
        history.events.push_back({.kind = EventKind::kLaunch, .worker = event.worker});
      }
    }
    return history;
  }

 private:
  EventKind draw_kind() {
    std::uint64_t sum = 0;
    for (const Weight& each : weights_) {
      sum += each.weight;
    }
    std::uint64_t drawn = random_.below(sum);
    for (const Weight& each : weights_) {
      if (drawn < each.weight) {
        return each.kind;
      }
      drawn -= each.weight;
    }
    return EventKind::kPoll;
  }

  Event make_event() {
    Event event{.kind = draw_kind()};
    if (event.kind == EventKind::kCreate) {
      event.worker = ++workers_;
      event.seconds = std::chrono::seconds{random_.chance(0.5) ? random_.below(41) : 20} - 20s;
    } else if (event.kind < EventKind::kPass) {
      // Mostly one of the latest three, which are likely to be there.
      const std::uint64_t back = random_.below(random_.chance(0.8) ? 3 : 8);
      event.worker = workers_ > back ? workers_ - back : 1;
    }
    if (event.kind == EventKind::kServe) {
      event.success = random_.below(20);
      event.failed = random_.chance(0.3) ? 1 + random_.below(5) : 0;
    } else if (event.kind == EventKind::kPass) {
      event.seconds = draw_time();
    } else if (event.kind == EventKind::kStepOurClock ||
               event.kind == EventKind::kStepPlatformClock) {
      event.seconds = draw_step();
    } else if (event.kind == EventKind::kSetMemory) {
      event.seconds = std::chrono::days{1 + random_.below(7)};
    } else if (event.kind == EventKind::kPoll) {
      event.unsaved = random_.chance(0.3);
      event.answer = make_answer();
    }
    return event;
  }

  std::chrono::seconds draw_time() {
    const double kind = random_.uniform();
    const std::uint64_t longest = kind < 0.8 ? 120 : kind < 0.97 ? 6 * 3600 : 60 * 3600;
    return std::chrono::seconds{1 + random_.below(longest)};
  }

  /// Of a clock, either way.
  std::chrono::seconds draw_step() {
    const double kind = random_.uniform();
    const std::uint64_t longest = kind < 0.3 ? 100 : kind < 0.8 ? 4UL * 86400 : 300UL * 86400;
    const auto step = std::chrono::seconds{1 + random_.below(longest)};
    return random_.chance(0.5) ? step : -step;
  }

  Answer make_answer() {
    Answer answer;
    if (traits_.stale_reads && random_.chance(0.5)) {
      answer.live_age = random_.below(10);
      answer.history_age = random_.below(10);
    }
    answer.shuffled = random_.chance(0.3);
    answer.duplicated = random_.chance(0.1);
    if (traits_.omissions) {
      for (const AnswerFlag& flag : kOmissions) {
        const bool possible = flag.member != &Answer::no_launch || !traits_.relaunches;
        answer.*flag.member = possible && random_.chance(0.2);
      }
    }
    answer.no_launch = answer.no_launch || traits_.timeless;
    answer.no_last_serve = answer.no_last_serve || traits_.timeless;
    // Marks without a time do not tell a stale record from a reset, or from another worker's.
    has_marks_without_times_ = has_marks_without_times_ ||
                               (answer.no_launch && answer.no_last_serve) ||
                               (answer.no_created && traits_.returning_ids);
    if (has_marks_without_times_) {
      answer.live_age = 0;
      answer.history_age = 0;
    }
    answer.cut_digits = random_.chance(0.3);
    answer.no_history = traits_.failing_history && random_.chance(0.5);
    answer.no_date = traits_.no_dates || (traits_.missing_dates && random_.chance(0.5));
    if (traits_.wrong_dates && random_.chance(0.2)) {
      // Less than the tolerance would only shift what is tolerated.
      answer.date_error = draw_step();
      answer.date_error = answer.date_error > 0s
                              ? answer.date_error + 61s
                              : std::max(answer.date_error - 61s, std::chrono::seconds{-23h});
    }
    return answer;
  }

  simulator::Random random_;
  Traits traits_;
  std::vector<Weight> weights_;
  std::uint64_t workers_ = 0;
  bool has_marks_without_times_ = false;
};

std::string render_poll(const Event& event) {
  std::string text = "poll";
  const Answer& answer = event.answer;
  if (answer.live_age > 0) {
    text += fmt::format(", live listing from {} events ago", answer.live_age);
  }
  if (answer.history_age > 0) {
    text += fmt::format(", history listing from {} events ago", answer.history_age);
  }
  const auto add_flags = [&](const auto& flags) {
    for (const AnswerFlag& flag : flags) {
      if (answer.*flag.member) {
        text += fmt::format(", {}", flag.words);
      }
    }
  };
  add_flags(kHarmless);
  add_flags(kOmissions);
  add_flags(kMissing);
  if (answer.date_error != 0s) {
    text += fmt::format(", with a Date {:+} s off", answer.date_error.count());
  }
  return text + (event.unsaved ? ", state file not written" : "");
}

std::string render_event(const Event& event) {
  switch (event.kind) {
    case EventKind::kCreate:
      return fmt::format("worker {} is created, says {:+} s", event.worker, event.seconds.count());
    case EventKind::kLaunch:
      return fmt::format("worker {} is launched", event.worker);
    case EventKind::kServe:
      return fmt::format("worker {} serves {}, fails {}", event.worker, event.success,
                         event.failed);
    case EventKind::kRelaunch:
      return fmt::format("worker {} is relaunched", event.worker);
    case EventKind::kError:
      return fmt::format("worker {} enters STATUS_ERROR", event.worker);
    case EventKind::kDelete:
      return fmt::format("worker {} is deleted", event.worker);
    case EventKind::kRecreate:
      return fmt::format("worker {} is gone, and another has its id", event.worker);
    case EventKind::kReset:
      return fmt::format("worker {} counts from 0 again", event.worker);
    case EventKind::kHide:
      return fmt::format("worker {} is left out of the live listing", event.worker);
    case EventKind::kVanish:
      return fmt::format("worker {} is left out of both listings", event.worker);
    case EventKind::kShow:
      return fmt::format("worker {} is listed again", event.worker);
    case EventKind::kPass:
      return fmt::format("{} s pass", event.seconds.count());
    case EventKind::kStepPlatformClock:
      return fmt::format("the platform's clock steps {:+} s", event.seconds.count());
    case EventKind::kStepOurClock:
      return fmt::format("our clock steps {:+} s", event.seconds.count());
    case EventKind::kSetMemory:
      return fmt::format("the deleted of {} s are asked for", event.seconds.count());
    case EventKind::kPoll:
      return render_poll(event);
    case EventKind::kFailedPoll:
      return "a poll fails";
    case EventKind::kTakeOut:
      return "the app is taken out of the configuration";
    case EventKind::kPutBack:
      return "the app is put back";
    case EventKind::kMove:
      return "the other platform is polled from now on";
    case EventKind::kRestart:
      return "the exporter is restarted";
    case EventKind::kCrash:
      return "the exporter is killed and started anew";
    case EventKind::kLoseState:
      return "the exporter is started anew without a state file";
  }
  return "";
}

}  // namespace

History make_history(std::uint64_t seed) {
  return Author(seed).write();
}

bool is_without_faults(const History& history) {
  return std::none_of(history.events.begin(), history.events.end(), [](const Event& event) {
    const Answer& answer = event.answer;
    return event.kind == EventKind::kHide || event.kind == EventKind::kVanish ||
           event.kind == EventKind::kLoseState || event.kind == EventKind::kReset ||
           event.kind == EventKind::kRecreate || event.kind == EventKind::kStepPlatformClock ||
           answer.no_history || answer.no_date || answer.date_error != 0s || answer.live_age > 0 ||
           answer.history_age > 0 ||
           std::any_of(kOmissions.begin(), kOmissions.end(),
                       [&](const AnswerFlag& flag) { return answer.*flag.member; });
  });
}

bool steps_platform_clock(const History& history) {
  return std::any_of(history.events.begin(), history.events.end(), [](const Event& event) {
    return event.kind == EventKind::kStepPlatformClock;
  });
}

std::string render_history(const History& history) {
  std::string text;
  if (history.our_lead != 0s) {
    text += fmt::format("     our clock is {:+} s off\n", history.our_lead.count());
  }
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    text += fmt::format("{:3}. {}\n", i + 1, render_event(history.events[i]));
  }
  return text;
}

}  // namespace everai::property
