#include "config/yaml_tree.h"

#include <gtest/gtest.h>

#include "config/config.h"
#include "unit/config/parse_errors.h"

namespace cellsweep::config {
namespace {

TEST(YamlTest, TakesCoreTags) {
  const Config config = parse_config(
      "name: !!str 12\n"
      "train: !!map {epochs: !!int \"3\", optimizer: {learning_rate: !!float 1, clipnorm: !!null ''}}\n"
      "data: {shuffle: !!bool no}\n"
      "sweep: {method: random, run_cap: 2, parameters: {train.batch_size: {values: !!seq [!!int 4]},\n"
      "  model.dropout: {min: !!float 0, max: 0.5}}}\n",
      "f");
  EXPECT_EQ(config.name, "12");
  EXPECT_EQ(config.train.epochs, 3);
  EXPECT_EQ(config.train.optimizer.learning_rate, 1.0);
  EXPECT_FALSE(config.train.optimizer.clipnorm);
  EXPECT_FALSE(config.data.shuffle);
  EXPECT_EQ(config.sweep->parameters.at("train.batch_size").values, sweep::Values{"4"});
  EXPECT_EQ(config.sweep->parameters.at("model.dropout").distribution, sweep::Distribution::uniform);
  EXPECT_TRUE(contains(errors_of("train: {epochs: !!int 3.5}"), "f.yaml:1:17: !!int: '3.5' is none"));
  EXPECT_TRUE(contains(errors_of("train: {epochs: !!float 3}"), "expected an integer"));
  EXPECT_TRUE(contains(errors_of("name: !!python/name:os.system x"),
                       "f.yaml:1:7: the tag '!!python/name:os.system'"));
  EXPECT_TRUE(contains(errors_of("name: !include x"), "the tag '!include' is not permitted"));
}

TEST(YamlTest, TakesAnchorsAliasesAndMergeKeys) {
  const Config config = parse_config(
      "model: &m {cell: gru, hidden_size: &size 7}\n"
      "train: {batch_size: *size}\n"
      "sweep:\n"
      "  method: random\n"
      "  run_cap: 2\n"
      "  parameters:\n"
      "    train.optimizer.beta_1: &range {distribution: uniform, min: 0.5, max: 0.9}\n"
      "    train.optimizer.beta_2: {<<: *range, max: 0.99}\n"
      "    model.dropout: {<<: [{max: 0.75}, *range]}\n",
      "f");
  EXPECT_EQ(config.train.batch_size, 7);
  EXPECT_EQ(config.sweep->parameters.at("train.optimizer.beta_2").max, 0.99);
  EXPECT_EQ(config.sweep->parameters.at("train.optimizer.beta_2").min, 0.5);
  EXPECT_EQ(config.sweep->parameters.at("model.dropout").max, 0.75);
}

TEST(YamlTest, AliasesAreBound) {
  EXPECT_TRUE(contains(errors_of("a: &a [*a]"), "f.yaml:1:8: an alias (*name) inside of what it names"));
  EXPECT_TRUE(contains(errors_of("name: *nothing"), "f.yaml:1:7: not YAML"));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += alias + (k < 9 ? ", " : "]\n");
  }
  EXPECT_TRUE(contains(errors_of(bomb), "repeat more than 100000 values or 1 MiB of text"));
  std::string long_text = "a: &a " + std::string(100'000, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) long_text += "*a, ";
  EXPECT_TRUE(contains(errors_of(long_text + "]"), "repeat more than 100000 values or 1 MiB of text"));
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i)
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_TRUE(contains(errors_of(deep), "nested more than 64 deep"));
  std::string nested;
  for (int i = 0; i < 60; ++i) nested += "&b" + std::to_string(i) + " [";
  for (int i = 0; i < 50'000; ++i) nested += "1,";
  EXPECT_TRUE(
      contains(errors_of("a: " + nested + std::string(60, ']')), "anchors (&name) inside of anchors"));
}

TEST(YamlTest, AMistakeThatAnAliasRepeatsIsReportedOnce) {
  const std::string message =
      errors_of("sweep: {parameters: {train.optimizer.beta_1: &b {values: [2]}, model.dropout: {<<: *b}}}");
  EXPECT_TRUE(contains(message, "train.optimizer.beta_1: expected"));
  EXPECT_TRUE(contains(message, "model.dropout: expected"));
  EXPECT_TRUE(contains(errors_of("model: {<<: 3}"), "f.yaml:1:13: a merge key (<<) takes a map"));
}

TEST(YamlTest, ReportsTabsAndForeignEncodingsAtTheirLocation) {
  EXPECT_EQ(errors_of("train:\n\tepochs: 1\n"),
            "f.yaml:2:1: not YAML: a tab in the indentation; YAML is indented with spaces");
  EXPECT_EQ(errors_of("train:\n  epochs: 1\n  \tbatch_size: [\n"),
            "f.yaml:3:3: not YAML: a tab in the indentation; YAML is indented with spaces");
  EXPECT_EQ(errors_of("# x\nname: caf\xe9\n"),
            "f.yaml:2:10: not UTF-8 text (byte \\xe9); save the file as UTF-8");
  EXPECT_TRUE(contains(errors_of("\xff\xfen\0a\0"), "f.yaml:1:1: not UTF-8 text, but UTF-16"));
  EXPECT_EQ(errors_of("name: a\nx: \x04"),
            "f.yaml:2:4: a control character (\\x04), which YAML does not permit");
}

TEST(YamlTest, TakesJsonsPairsOfSurrogates) {
  EXPECT_EQ(parse_config("data: {directory: \"\\ud83d\\ude00 \\\" \\uD83D\\uDE01\"}\noutput: {directory: "
                         "\"\\ud83d\\ude00\"}",
                         "f")
                .data.directory,
            "\xF0\x9F\x98\x80 \" \xF0\x9F\x98\x81");
  // In other strings it is no escape.
  EXPECT_EQ(parse_config("data: {directory: '\\ud83d\\ude00'}", "f").data.directory, "\\ud83d\\ude00");
  EXPECT_TRUE(contains(errors_of("name: \"\\ud83d\""), "f.yaml:1:"));
}

TEST(YamlTest, MessagesHaveNoControlCharacters) {
  const std::string message =
      errors_of("\"a\\u0085\\u202e\": 1\nsweep: {conditions: {\"b\\e[31m\": {x: [1]}}}");
  EXPECT_TRUE(contains(message, "a\\x85\\u202e"));
  EXPECT_FALSE(contains(message, "\xc2\x85") || contains(message, "\u202e") || contains(message, "\x1b"))
      << message;
}

}  // namespace
}  // namespace cellsweep::config
