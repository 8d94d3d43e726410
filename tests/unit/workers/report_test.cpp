#include "workers/report.hpp"

#include <gtest/gtest.h>

namespace everai::workers {
namespace {

TEST(RenderReport, TellsThatNothingWasSent) {
  EXPECT_EQ(render_report({.command = "scale-up",
                           .app = {"e2e", "app"},
                           .to = 5,
                           .count = 2,
                           .dry_run = true,
                           .message = "would add"}),
            R"({
  "command": "scale-up",
  "namespace": "e2e",
  "name": "app",
  "asked": {
    "to": 5,
    "count": 2
  },
  "dryRun": true,
  "sent": false,
  "answer": "none",
  "workerIds": [],
  "seen": null,
  "message": "would add",
  "exitCode": 0
}
)");
}

TEST(RenderReport, TellsWhatWasSentAnsweredAndSeen) {
  EXPECT_EQ(render_report({.command = "scale-down",
                           .app = {"e2e", "app"},
                           .asked_ids = {"a", "b\xFF\xE4\xBD\xA0"},
                           .outcome = Outcome::kAccepted,
                           .new_ids = {},
                           .seen = Progress{.wanted = 2,
                                            .done = 1,
                                            .failed = 0,
                                            .workers = {{"a", "gone"}, {"b", "removing"}}},
                           .code = ExitCode::kNotSeen}),
            R"({
  "command": "scale-down",
  "namespace": "e2e",
  "name": "app",
  "asked": {
    "workerIds": [
      "a",
      "b\ufffd\u4f60"
    ]
  },
  "dryRun": false,
  "sent": true,
  "answer": "accepted",
  "workerIds": [],
  "seen": {
    "wanted": 2,
    "done": 1,
    "failed": 0,
    "workers": [
      {
        "id": "a",
        "state": "gone"
      },
      {
        "id": "b",
        "state": "removing"
      }
    ]
  },
  "message": null,
  "exitCode": 6
}
)");
}

TEST(RenderReport, TellsAnAnswerThatWasNone) {
  const auto answer_in = [](Outcome outcome) {
    const std::string text = render_report({.command = "scale-up", .outcome = outcome});
    const auto at = text.find("\"sent\"");
    return text.substr(at, text.find("\"workerIds\"") - at);
  };
  EXPECT_EQ(answer_in(Outcome::kUnknown), "\"sent\": true,\n  \"answer\": \"unknown\",\n  ");
  EXPECT_EQ(answer_in(Outcome::kRefused), "\"sent\": true,\n  \"answer\": \"refused\",\n  ");
}

}  // namespace
}  // namespace everai::workers
