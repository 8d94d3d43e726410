#include <algorithm>
#include <utility>

#include "property/answer_flags.hpp"
#include "property/trial.hpp"

namespace everai::property {
namespace {

using namespace std::chrono_literals;

class Shrinker {
 public:
  Shrinker(History history, const std::function<bool(const History&)>& fails)
      : best_(std::move(history)), fails_(fails) {}

  History run() {
    do {
      changed_ = false;
      for (std::size_t length = best_.events.size(); length > 0; length /= 2) {
        leave_out(length);
      }
      for (std::size_t i = 0; i < best_.events.size(); ++i) {
        simplify(i);
      }
      edit([](History& history) { return std::exchange(history.our_lead, 0s) != 0s; });
    } while (changed_);
    return std::move(best_);
  }

 private:
  /// Leaves out stretches of that many events wherever it still fails without them.
  void leave_out(std::size_t length) {
    for (std::size_t begin = 0; begin + length <= best_.events.size();) {
      const bool gone = edit([begin, length](History& history) {
        const auto first = history.events.begin() + static_cast<std::ptrdiff_t>(begin);
        history.events.erase(first, first + static_cast<std::ptrdiff_t>(length));
        return true;
      });
      begin += gone ? 0 : 1;
    }
  }

  void simplify(std::size_t i) {
    const auto lower = [&](auto Event::*member) {
      for (const int divisor : {0, 2}) {
        edit([=](History& history) {
          auto& value = history.events[i].*member;
          const auto old = value;
          value = divisor == 0 ? decltype(old){} : old / divisor;
          return value != old;
        });
      }
    };
    lower(&Event::seconds);
    const auto lower_count = [&](std::uint64_t Event::*member) {
      for (const std::uint64_t simple : {0U, 1U}) {
        edit([=](History& history) {
          std::uint64_t& value = history.events[i].*member;
          return std::exchange(value, std::min(value, simple)) > simple;
        });
      }
      edit([=](History& history) {
        std::uint64_t& value = history.events[i].*member;
        return value > 1 && std::exchange(value, value / 2) > 1;
      });
    };
    lower_count(&Event::success);
    lower_count(&Event::failed);
    edit([i](History& history) { return std::exchange(history.events[i].unsaved, false); });
    for (const auto age : {&Answer::live_age, &Answer::history_age}) {
      edit([=](History& history) { return std::exchange(history.events[i].answer.*age, 0) > 0; });
      edit([=](History& history) {
        std::uint64_t& value = history.events[i].answer.*age;
        return value > 1 && std::exchange(value, value - 1) > 1;
      });
    }
    const auto clear_flags = [&](const auto& flags) {
      for (const AnswerFlag& flag : flags) {
        edit([i, flag](History& history) {
          return std::exchange(history.events[i].answer.*flag.member, false);
        });
      }
    };
    clear_flags(kHarmless);
    clear_flags(kOmissions);
  }

  /// Keeps what `change` makes of the history if it changes it and it still fails.
  template <typename Change>
  bool edit(Change change) {
    History candidate = best_;
    if (!change(candidate) || !fails_(candidate)) {
      return false;
    }
    best_ = std::move(candidate);
    changed_ = true;
    return true;
  }

  History best_;
  const std::function<bool(const History&)>& fails_;
  bool changed_ = false;
};

}  // namespace

History shrink(History history, const std::function<bool(const History&)>& fails) {
  return Shrinker(std::move(history), fails).run();
}

}  // namespace everai::property
