#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/program.hpp"
#include "workers/cli.hpp"
#include "workers/report.hpp"
#include "workers/wait.hpp"

namespace everai::workers {

/// A change of an app on its way from what was asked for to what was seen. At each step it keeps
/// what is known of it, so that the program tells the truth even if it is cut short. Steps that can
/// end it return whether it goes on; if not, what is left is `finish`. Not thread-safe.
class Change {
 public:
  /// @param report  what is asked for.
  Change(Session session, const Manner& manner, Report report);

  /// Whether a person can be asked, or need not be.
  [[nodiscard]] bool can_be_confirmed() const;
  /// Ends it because nobody can be asked. @param what  the question, or what would have one.
  void refuse_unconfirmed(std::string_view what);

  /// Looks at the app once. @return nothing if that failed.
  [[nodiscard]] std::optional<Look> look();
  [[nodiscard]] std::optional<Look> look_live();

  /// Looks three times, and keeps the look with which the change is smallest: an answer may be late
  /// or lack workers.
  /// @param up  whether workers are to be added.
  /// @return nothing if a look failed, or if it is in doubt how many workers there are: some cannot
  ///         be read, or the looks do not agree on whether the goal is reached.
  [[nodiscard]] std::optional<Look> look_for_goal(bool up);

  /// Shows the app and the workers that are meant, and what a look does not tell of them.
  void show(const Look& look, const std::string& workers = {});

  /// Ends a dry run, with what would be done.
  [[nodiscard]] bool is_dry(const std::string& would);

  /// Asks, if nobody has confirmed it.
  [[nodiscard]] bool is_confirmed(const std::string& question);

  /// Sends it, by `call`. @return whether the platform accepted it.
  [[nodiscard]] bool send(const std::function<ChangeAnswer(Platform&)>& call);

  /// Waits until it is seen, if that is wanted.
  /// @param meaning  what is done: `serve`, `gone`.
  void wait(std::string_view meaning, const std::function<Progress(const Look&)>& see);

  /// Ends it before it was sent, for this.
  void refuse(const Error& error);
  /// Ends it because there is nothing to do.
  void leave(const std::string& why);
  /// Notes that what the platform did is not what was asked for.
  void note(const std::string& what);

  /// Tells what became of it, where that is not told yet. To be called once, at the end.
  [[nodiscard]] ExitCode finish();

  [[nodiscard]] Report& report() { return report_; }
  /// Its name, as people are shown it.
  [[nodiscard]] std::string app() const;

 private:
  [[nodiscard]] std::optional<Look> take(Result<Look> look);
  void say(ExitCode code, const std::string& message);
  void tell_acceptance();
  /// @param ids  lines that standard output does not have yet.
  void prepare_last_words(ExitCode code, const std::string& message, const std::string& ids = {});

  Session session_;
  const Manner& manner_;
  Report report_;
  std::string shown_;  ///< on standard error, before a question
  LastWords prepared_;
};

}  // namespace everai::workers
