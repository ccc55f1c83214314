// The keys below sweep: parameters, distributions and conditions.
#include <gtest/gtest.h>

#include "base/error.h"
#include "config/config.h"
#include "config/option.h"
#include "unit/config/parse_errors.h"

namespace cellsweep::config {
namespace {

TEST(SweepKeys, ReadsSweepsInBothForms) {
  const Config config = parse_config(
      "sweep: {parameters: {model.cell: {values: [lstm, gru]}, "
      "train: {parameters: {optimizer: {parameters: {learning_rate: {values: [1e-4, 0.10]}}}}}, train.seed: "
      "{value: 2}}}",
      "f");
  const std::map<std::string, sweep::Parameter> expected_parameters{
      {"model.cell", {.values = {"lstm", "gru"}}},
      {"train.optimizer.learning_rate", {.values = {"1e-4", "0.10"}}},
      {"train.seed", {.distribution = sweep::Distribution::constant, .values = {"2"}}}};
  EXPECT_EQ(config.sweep->parameters, expected_parameters);
  EXPECT_EQ(
      errors_of("sweep: {parameters: {model.cell: {values: [lstm, gruu]}}}"),
      "f.yaml:1:50: model.cell: expected one of simple_rnn, lstm, gru, got 'gruu'; did you mean 'gru'?");
  for (const char* key : {"name", "output.directory", "metrics.prometheus.port", "sweep.method", "output"})
    EXPECT_TRUE(
        contains(errors_of(std::string("sweep: {parameters: {") + key + ": {value: 1}}}"), "cannot be swept"))
        << key;
  EXPECT_NE(errors_of("sweep: {parameters: {model.cell: {value: lstm}}}", {{"model.cell", "gru"}}), "");
}

TEST(SweepKeys, AssignsTheValuesOfOneRun) {
  const Config base = parse_config("sweep: {parameters: {train.epochs: {values: [1, 2]}}}", "f");
  const std::vector<Assignment> assignments{{"train.epochs", "2"}};
  const Config run = with_assignments(base, assignments);
  EXPECT_EQ(run.train.epochs, 2);
  EXPECT_FALSE(run.sweep);
  const std::vector<Assignment> clash{{"train.optimizer.clipnorm", "1"}, {"train.optimizer.clipvalue", "1"}};
  EXPECT_THROW(with_assignments(base, clash), UserError);
}

TEST(SweepKeys, ReadsDistributionsAsWandbInfersThem) {
  using sweep::Distribution;
  const Config config = parse_config(R"(
sweep:
  method: random
  run_cap: 10
  metric: {name: val_loss, goal: minimize, target: 0.1}
  early_terminate: {type: hyperband, max_iter: 27, s: 2}
  parameters:
    model.hidden_size: {min: 8, max: 64}
    model.dropout: {min: 0.1, max: 0.5}
    model.cell: {values: [lstm, gru], probabilities: [0.25, 0.75]}
    train:
      parameters:
        optimizer: {parameters: {learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 0.1}}}
    train.batch_size: {distribution: q_log_uniform_values, min: 16, max: 256, q: 8}
    train.optimizer.name: {values: [sgd, adam]}
    train.optimizer.momentum: {values: [0, 0.9]}
  conditions: {train.optimizer.momentum: {train.optimizer.name: [sgd]}}
)",
                                     "f");
  auto parameters = config.sweep->parameters;
  EXPECT_EQ(parameters["model.hidden_size"].distribution, Distribution::int_uniform);
  EXPECT_EQ(parameters["model.dropout"].distribution, Distribution::uniform);
  EXPECT_EQ(parameters["model.cell"].distribution, Distribution::categorical_w_probabilities);
  EXPECT_EQ(parameters["train.optimizer.learning_rate"].min, 1e-4);
  EXPECT_EQ(parameters["train.batch_size"].q, 8);
  EXPECT_EQ(config.sweep->early_terminate.max_iter, 27);
  EXPECT_EQ(config.sweep->conditions.at("train.optimizer.momentum").at("train.optimizer.name"),
            (std::set<std::string>{"sgd"}));
  const Config again = parse_config(to_yaml(config), "f");
  EXPECT_EQ(again.sweep->parameters, config.sweep->parameters);
  EXPECT_EQ(again.sweep->conditions, config.sweep->conditions);
  EXPECT_EQ(differences(config, again), std::vector<std::string>());
  EXPECT_EQ(differences(config, parse_config("train: {epochs: 3}", "f")).front(), "train.epochs: 10 → 3");
}

TEST(SweepKeys, RefusesDistributionsThatCannotBe) {
  const std::pair<const char*, const char*> cases[] = {
      {"model.dropout: {min: 0.5, max: 0.1}", "min must be less than max"},
      {"model.dropout: {min: 0.5, max: 1.5}", "can give values from 0.5 to 1.5, but the key takes"},
      {"model.dropout: {distribution: normal}", "can give values from -8.6 to 8.6"},
      {"model.dropout: {distribution: unifrm}", "did you mean 'uniform'?"},
      {"model.dropout: {distribution: uniform, min: 0}", "needs max"},
      {"model.dropout: {distribution: beta, mu: 1}", "unknown key 'mu'"},
      {"model.hidden_size: {min: 8.0, max: 64}", "use int_uniform"},
      {"model.cell: {min: 1, max: 2}", "give values"},
      {"model.cell: {values: [lstm, gru], probabilities: [0.5]}", "2 values, but 1 probabilities"},
      {"model.cell: {values: [lstm, gru], probabilities: [0.5, 0.6]}", "must sum to 1"},
      {"train.optimizer.learning_rate: {distribution: log_uniform_values, min: 0, max: 1}", "a min above 0"},
      {"train.optimizer.learning_rate: {distribution: q_uniform, min: 1, max: 2, q: 0}", "q must be above 0"},
      {"parallel.ranks_per_run: {values: [1, 2]}", "cannot be swept"}};
  for (const auto& [text, message] : cases)
    EXPECT_TRUE(contains(
        errors_of(std::string("sweep: {method: random, run_cap: 3, parameters: {") + text + "}}"), message))
        << text << errors_of(std::string("sweep: {method: random, run_cap: 3, parameters: {") + text + "}}");
}

TEST(SweepKeys, RefusesSweepsThatDoNotFitTogether) {
  const std::pair<const char*, const char*> cases[] = {
      {"method: random", "needs sweep.run_cap"},
      {"parameters: {model.dropout: {min: 0.1, max: 0.2}}", "a grid takes values, int_uniform or q_uniform"},
      {"repeats: 2, parameters: {train.seed: {values: [1]}}", "train.seed cannot be a parameter"},
      {"conditions: {model.dropout: {model.cell: [lstm]}}", "model.dropout is not one of sweep.parameters"},
      {"early_terminate: {min_iter: 2}", "needs type: hyperband"},
      {"early_terminate: {type: hyperband}", "either min_iter, or max_iter and s"},
      {"early_terminate: {type: hyperband, max_iter: 9}", "max_iter and s go together"}};
  for (const auto& [text, message] : cases)
    EXPECT_TRUE(contains(errors_of(std::string("sweep: {") + text + "}"), message)) << text;
}

TEST(SweepKeys, ValuesAreComparedByWhatTheyAre) {
  const Config config = parse_config(R"(
sweep:
  method: random
  run_cap: 3
  parameters:
    train.optimizer.learning_rate: {values: [0.1, 0.10, 1e-1, .1, 0.01]}
    train.optimizer.momentum: {values: [0, 0.9, -0]}
    model.cell: {values: [lstm, gru, lstm], probabilities: [0.25, 0.5, 0.25]}
    train.batch_size: {distribution: q_uniform, min: 8, max: 32, q: 8}
    data.directory: {values: ["1", "01"]}
    model.dropout: {values: [0, 0.5]}
  conditions:
    train.optimizer.momentum: {train.optimizer.learning_rate: [1e-1], train.batch_size: [+16]}
    model.dropout: {train.optimizer.learning_rate: [1.0e-02, 7]}
)",
                                     "f");
  auto parameters = config.sweep->parameters;
  EXPECT_EQ(parameters["train.optimizer.learning_rate"].values, (sweep::Values{"0.1", "0.01"}));
  EXPECT_EQ(parameters["train.optimizer.momentum"].values, (sweep::Values{"0", "0.9"}));
  EXPECT_EQ(parameters["model.cell"].values, (sweep::Values{"lstm", "gru"}));
  EXPECT_EQ(parameters["model.cell"].probabilities, (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(parameters["data.directory"].values, (sweep::Values{"1", "01"})) << "a string is what it is";
  auto conditions = config.sweep->conditions;
  EXPECT_EQ(conditions["train.optimizer.momentum"]["train.optimizer.learning_rate"],
            (std::set<std::string>{"0.1"}));
  EXPECT_EQ(conditions["train.optimizer.momentum"]["train.batch_size"], (std::set<std::string>{"16"}));
  EXPECT_TRUE(conditions["model.dropout"]["train.optimizer.learning_rate"].contains("0.01"));
}

TEST(SweepKeys, SweepsThatAreSpelledOtherwiseDoNotDiffer) {
  const auto sweep = [](const std::string& rates, const std::string& wanted) {
    return parse_config("sweep: {parameters: {train.optimizer.learning_rate: {values: " + rates +
                            "}, model.dropout: {values: [0, 0.5]}}, conditions: {model.dropout: "
                            "{train.optimizer.learning_rate: " +
                            wanted + "}}}",
                        "f");
  };
  const Config one = sweep("[0.1, 0.01]", "[0.1]");
  EXPECT_EQ(differences(one, sweep("[1e-1, 1e-2, 0.1]", "[.1]")), std::vector<std::string>());
  EXPECT_EQ(differences(one, sweep("[0.1, 0.02]", "[0.1]")).size(), 1u);
  EXPECT_EQ(differences(one, sweep("[0.1, 0.01]", "[0.1, 0.01]")),
            (std::vector<std::string>{
                "sweep.conditions: model.dropout where train.optimizer.learning_rate is 0.1 → model.dropout "
                "where train.optimizer.learning_rate is 0.01 or 0.1"}));
}

TEST(SweepKeys, AConditionThatNoRunCanMeetIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"train.optimizer.learning_rate: {values: [0.1, 0.01]}", "[0.2]"},
      {"train.optimizer.learning_rate: {min: 0.01, max: 0.1}", "[0.05]"},
      {"train.optimizer.learning_rate: {distribution: q_uniform, min: 0.25, max: 2, q: 0.25}", "[0.3]"},
      {"train.optimizer.learning_rate: {distribution: int_uniform, min: 1, max: 1000000}", "[0.5, 1000001]"}};
  for (const auto& [parameter, wanted] : cases) {
    const std::string text = "sweep:\n  method: random\n  run_cap: 3\n  parameters:\n    " +
                             std::string(parameter) +
                             "\n    model.dropout: {values: [0, 0.5]}\n  conditions:\n" +
                             "    model.dropout: {train.optimizer.learning_rate: " + wanted + "}\n";
    EXPECT_TRUE(contains(errors_of(text), "f.yaml:8:5: sweep.conditions.model.dropout: no run can meet it"))
        << text << errors_of(text);
  }
  EXPECT_EQ(errors_of("sweep: {method: random, run_cap: 3, parameters: {train.seed: {min: 1, max: 1000000}, "
                      "model.dropout: {values: [0, 0.5]}}, conditions: {model.dropout: {train.seed: [77]}}}"),
            "");
}

TEST(SweepKeys, RefusesDistributionsBeyondWhatNumbersHold) {
  const std::pair<const char*, const char*> cases[] = {
      {"{distribution: beta, a: 1e-7}", "a and b must be from"},
      {"{distribution: int_uniform, min: 1, max: 1e300}", "int_uniform needs whole numbers from"},
      {"{distribution: log_normal, sigma: 1e300}", "8.6 sigma must be at most 690"},
      {"{distribution: log_uniform, min: 1, max: 1000}", "takes min and max as exponents of e"},
      {"{min: -1e308, max: 1e308}", "min and max must be from"}};
  for (const auto& [body, message] : cases)
    EXPECT_TRUE(contains(errors_of("sweep: {method: random, run_cap: 3, parameters: "
                                   "{train.optimizer.learning_rate: " +
                                   std::string(body) + "}}"),
                         message))
        << body;
  // Draws of a normal distribution have bounds, too.
  EXPECT_EQ(
      errors_of("sweep: {method: random, run_cap: 3, parameters: {model.dropout: {distribution: normal, "
                "mu: 0.4, sigma: 0.04}, train.optimizer.learning_rate: {distribution: log_uniform, min: "
                "-9, max: -2}, train.seed: {distribution: int_uniform, min: 1, max: 100000000000}}}"),
      "");
}

}  // namespace
}  // namespace cellsweep::config
