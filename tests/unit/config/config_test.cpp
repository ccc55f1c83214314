#include "config/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/option.h"
#include "unit/config/parse_errors.h"

namespace cellsweep::config {
namespace {

TEST(ConfigTest, ReportsEveryErrorAtItsLocationInOrder) {
  EXPECT_EQ(errors_of("train:\n  epochs: 10.0\n  epochs: 3\ndata: {format: idxx}\nparallel: {threads: 0}\n",
                      {{"train.seed", "x"}}),
            "f.yaml:2:11: train.epochs: expected an integer from 1 to 1000000000, got '10.0'\n"
            "f.yaml:3:3: duplicate key 'epochs', first given at line 2\n"
            "f.yaml:4:16: data.format: expected one of idx, npy, synthetic, got 'idxx'; did you mean 'idx'?\n"
            "f.yaml:5:21: parallel.threads: expected an integer from 1 to 1024, got '0'\n"
            "--set train.seed=x: train.seed: expected an integer of at least 0, got 'x'");
}

TEST(ConfigTest, SuggestsTheKeyThatWasMeant) {
  EXPECT_TRUE(
      contains(errors_of("model: {cel: lstm}"), "f.yaml:1:9: unknown key 'cel'; did you mean 'cell'?"));
  EXPECT_TRUE(
      contains(errors_of("train: {learning_rate: 1}"), "did you mean 'train.optimizer.learning_rate'?"));
  EXPECT_TRUE(
      contains(errors_of("train.epochs: 1"), "f.yaml:1:1: unknown key 'train.epochs'; in a file, nest"));
  EXPECT_TRUE(contains(errors_of("name: a", {{"train.epoch", "1"}}), "did you mean 'train.epochs'?"));
}

TEST(ConfigTest, RefusesWhatYamlCanHide) {
  EXPECT_TRUE(contains(errors_of("name: a\n---\nname: b\n"), "a second document"));
  EXPECT_TRUE(contains(errors_of(""), "empty"));
  EXPECT_TRUE(contains(errors_of("[1]"), "got a list"));
  EXPECT_TRUE(contains(errors_of("name: 'a"), "not YAML"));
  EXPECT_TRUE(contains(errors_of("a: " + std::string(600, '[')), "nested more than 64 deep"));
  EXPECT_TRUE(contains(errors_of(std::string(2 << 20, '#')), "larger than 1 MiB"));
  std::string many = "a: [";
  for (int i = 0; i < 100'001; ++i) many += "1,";
  EXPECT_TRUE(contains(errors_of(many + "]"), "more than 100000 values"));
}

TEST(ConfigTest, ReadsNumbersAndBooleansByTheirSpelling) {
  const auto rate = [](const std::string& text) {
    return errors_of("train: {optimizer: {learning_rate: " + text + "}}");
  };
  EXPECT_EQ(parse_config("train: {optimizer: {learning_rate: 1e-4}}", "f").train.optimizer.learning_rate,
            1e-4);
  EXPECT_EQ(rate("10"), "");
  for (const char* bad :
       {".nan", ".inf", "nan", "inf", "1e999", "0x10", "-1", "\"1\"", "true", "1__0", "_1", "010"})
    EXPECT_NE(rate(bad), "") << bad;
  EXPECT_EQ(rate("1_0"), "");
  for (const char* right : {"yes", "True", "on", "1", "FALSE", "off", "0"})
    EXPECT_EQ(errors_of(std::string("data: {shuffle: ") + right + "}"), "") << right;
  for (const char* bad : {"2", "maybe", "'true'", "null"})
    EXPECT_NE(errors_of(std::string("data: {shuffle: ") + bad + "}"), "") << bad;
  EXPECT_EQ(parse_config("model: {cell: GRU, bidirectional: True}\ntrain: {optimizer: {name: Adam}}", "f")
                .model.cell,
            model::Cell::gru);
  EXPECT_NE(errors_of("name: .."), "");
}

TEST(ConfigTest, ChecksKeysTogether) {
  EXPECT_EQ(errors_of("train:\n  optimizer: {clipnorm: 1, clipvalue: 2}"),
            "f.yaml:2:39: only one of train.optimizer.clipnorm, train.optimizer.global_clipnorm, "
            "train.optimizer.clipvalue can be given");
  EXPECT_TRUE(
      contains(errors_of("data: {format: npy}"), "f.yaml:1:16: data.format npy needs data.train.inputs"));
  EXPECT_NE(errors_of("train: {schedule: {name: step}}"), "");
}

TEST(ConfigTest, YamlIsReadBackEqual) {
  for (const char* odd : {"a b", "null", "true", "1e3", "- x", "a: b", "#", "\"q'", "tab\tline\nend",
                          "\xc3\xa9", " x ", "\\u0041"}) {
    Config config;
    config.data.directory = config.model.initial_weights = config.output.directory = odd;
    config.train.optimizer.learning_rate = 0.1 + 0.2;
    config.train.max_steps = 7;
    config.sweep.emplace().parameters = {
        {"data.directory", {.values = {odd == std::string("null") ? "x" : odd}}}};
    const Config again = parse_config(to_yaml(config), "f");
    for (const Option& option : options())
      EXPECT_EQ(option.get(again), option.get(config)) << option.key << odd;
    EXPECT_EQ(again.sweep->parameters, config.sweep->parameters) << odd;
  }
}

TEST(ConfigTest, EveryKeyIsInSchemaAndTable) {
  const auto schema = nlohmann::json::parse(json_schema());
  EXPECT_EQ(schema["properties"]["parallel"]["properties"]["threads"]["maximum"], 1024);
  EXPECT_EQ(schema["properties"]["model"]["additionalProperties"], false);
  const auto& metric = schema["properties"]["sweep"]["properties"]["metric"]["properties"];
  EXPECT_FALSE(metric["goal"].contains("default")) << "it follows from the name";
  EXPECT_EQ(metric["goal"]["enum"], (std::vector<std::string>{"maximize", "minimize"}));
  for (const Option& option : options()) EXPECT_TRUE(contains(options_markdown(), "`" + option.key + "`"));
}

TEST(ConfigTest, DamagedFilesAreRefusedOrRead) {
  Config config;
  config.sweep.emplace().parameters = {{"model.cell", {.values = {"lstm", "gru"}}}};
  const std::string good = to_yaml(config);
  for (std::size_t i = 0; i < good.size(); ++i) {
    errors_of(good.substr(0, i));
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    errors_of(flipped);
  }
}

}  // namespace
}  // namespace cellsweep::config
