// docs/configuration.md says what the program knows: no key, flag or default more or less.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "app/cli.hpp"
#include "config/file_text.hpp"
#include "config/load.hpp"
#include "config/render.hpp"
#include "support/files.hpp"

namespace everai {
namespace {

const std::string& document() {
  static const std::string text = test::read_file(EVERAI_DOCS "/configuration.md");
  return text;
}

/// The text under a heading, up to the next one.
std::string section(const std::string& heading) {
  const std::size_t begin = document().find(heading + "\n");
  EXPECT_NE(begin, std::string::npos) << heading;
  const std::size_t end = document().find("\n#", begin + 1);
  return document().substr(begin, end - begin);
}

/// All that the first group of a pattern matches.
std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

/// The first column of a section's table, and what stands in code in its third.
std::map<std::string, std::string> defaults_of(const std::string& heading) {
  const std::string text = section(heading);
  const std::regex row("\\n\\| `([^`]*)` \\| [^|]*\\| (?:`([^`]*)`)?");
  std::map<std::string, std::string> defaults;
  for (std::sregex_iterator match(text.begin(), text.end(), row), end; match != end; ++match) {
    defaults[(*match)[1]] = (*match)[2];
  }
  return defaults;
}

std::vector<std::string> keys_of(const std::string& heading) {
  return matches(section(heading), "\\n\\| `([^`]*)`");
}

/// The keys that the program knows in a map, off its complaint about one that it does not know.
std::vector<std::string> known_keys(const std::string& text) {
  const auto file = config::parse_file_text(text, "f");
  EXPECT_FALSE(file.has_value()) << text;
  const std::string message = file ? "" : file.error().message;
  const std::size_t begin = message.find("expected one of ");
  EXPECT_NE(begin, std::string::npos) << message;
  return matches(message.substr(begin + 15), "[ ]([a-z_]+)");
}

TEST(ConfigurationDoc, HasEveryKey) {
  EXPECT_EQ(keys_of("### The top"), known_keys("none: x\n"));
  EXPECT_EQ(keys_of("### `global`, and every app"), known_keys("global: {none: x}\n"));
  EXPECT_EQ(keys_of("### `authorization`"), known_keys("global: {authorization: {none: x}}\n"));
  EXPECT_EQ(keys_of("### `tls_config`"), known_keys("global: {tls_config: {none: x}}\n"));
  EXPECT_EQ(keys_of("### `gpu_prices`"), known_keys("global: {gpu_prices: [{none: x}]}\n"));
  std::vector<std::string> app = keys_of("### An app");
  const std::vector<std::string> both = keys_of("### `global`, and every app");
  app.insert(app.end(), both.begin(), both.end());
  EXPECT_EQ(app, known_keys("apps: [{none: x}]\n"));
}

TEST(ConfigurationDoc, HasTheDefaultsOfTheKeys) {
  config::Source source;
  source.apps = {{{"default", "sd"}, "--app"}};
  const auto loaded = config::load(source);
  ASSERT_TRUE(loaded.has_value());
  const std::string rendered = config::render(loaded->config);
  int compared = 0;
  for (const auto& [key, value] : defaults_of("### `global`, and every app")) {
    if (value.empty() || key == "proxy_url") {
      continue;
    }
    ++compared;
    const std::regex line("\\n +" + key + ": \"?([^\"\\n]*)");
    std::smatch match;
    ASSERT_TRUE(std::regex_search(rendered, match, line)) << key;
    EXPECT_EQ(match[1], value) << key;
  }
  EXPECT_EQ(compared, 7);
}

TEST(ConfigurationDoc, HasEveryFlagWithItsDefault) {
  const char* const argv[] = {"everai_exporter", "--help"};
  const std::string help = std::get<app::ShowText>(app::parse_command_line(2, argv).value()).text;
  // An entry begins with its flag and goes on up to the next.
  const std::string flat = std::regex_replace(help, std::regex("\\s+"), " ");
  std::map<std::string, std::string> flags;
  std::vector<std::string> names = matches(help, "\\n(?:      |  -h, )--([a-z.-]+)");
  for (const std::string& name : names) {
    const std::size_t begin = flat.find(" --" + name + " ");
    ASSERT_NE(begin, std::string::npos) << name;
    std::size_t end = flat.size();
    for (const std::string& other : names) {
      end = std::min(end, flat.find(" --" + other + " ", begin + 1));
    }
    const auto given = matches(flat.substr(begin, end - begin), "\\(default: ([^)]*)\\)");
    flags["--" + name] = given.empty() ? "" : given[0];
  }
  EXPECT_GE(flags.size(), 20U);
  EXPECT_EQ(defaults_of("## Flags"), flags);
}

TEST(ConfigurationDoc, HasExamplesThatLoad) {
  const std::vector<std::string> examples = matches(document(), "\\n```yaml\\n([^`]*)\\n```");
  ASSERT_EQ(examples.size(), 4U);
  for (const std::string& example : examples) {
    const auto file = config::parse_file_text(example, "everai.yml");
    ASSERT_TRUE(file.has_value()) << file.error().message << "\n" << example;
    EXPECT_FALSE(file->apps.empty());
  }
}

}  // namespace
}  // namespace everai
