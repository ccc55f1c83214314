#include "config/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

// What is wrong with `text`, or "" where nothing is.
std::string problems_of(const std::string& text, const std::vector<Assignment>& assignments = {}) {
  try {
    parse_config(text, "f.yaml", assignments);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ConfigTest, ReportsEveryProblemAtItsPlaceInOrder) {
  EXPECT_EQ(problems_of("train:\n  epochs: 10.0\n  epochs: 3\ndata: {format: idxx}\nparallel: {threads: 0}\n",
                        {{"train.seed", "x"}}),
            "f.yaml:2:11: train.epochs: expected an integer from 1 to 1000000000, got '10.0'\n"
            "f.yaml:3:3: duplicate key 'epochs', first given at line 2\n"
            "f.yaml:4:16: data.format: expected one of idx, npy, synthetic, got 'idxx'; did you mean 'idx'?\n"
            "f.yaml:5:21: parallel.threads: expected an integer from 1 to 1024, got '0'\n"
            "--set train.seed=x: train.seed: expected an integer of at least 0, got 'x'");
}

TEST(ConfigTest, SuggestsTheKeyThatWasMeant) {
  EXPECT_TRUE(
      contains(problems_of("model: {cel: lstm}"), "f.yaml:1:9: unknown key 'cel'; did you mean 'cell'?"));
  EXPECT_TRUE(
      contains(problems_of("train: {learning_rate: 1}"), "did you mean 'train.optimizer.learning_rate'?"));
  EXPECT_TRUE(
      contains(problems_of("train.epochs: 1"), "f.yaml:1:1: unknown key 'train.epochs'; in a file, nest"));
  EXPECT_TRUE(contains(problems_of("name: a", {{"train.epoch", "1"}}), "did you mean 'train.epochs'?"));
}

TEST(ConfigTest, RefusesWhatYamlCanHide) {
  EXPECT_TRUE(contains(problems_of("name: a\n---\nname: b\n"), "a second document"));
  EXPECT_TRUE(contains(problems_of(""), "empty"));
  EXPECT_TRUE(contains(problems_of("[1]"), "got a list"));
  EXPECT_TRUE(contains(problems_of("name: 'a"), "not YAML"));
  EXPECT_TRUE(contains(problems_of("a: " + std::string(600, '[')), "nested more than 64 deep"));
  EXPECT_TRUE(contains(problems_of(std::string(2 << 20, '#')), "larger than 1 MiB"));
  std::string many = "a: [";
  for (int i = 0; i < 100'001; ++i) many += "1,";
  EXPECT_TRUE(contains(problems_of(many + "]"), "more than 100000 values"));
}

TEST(ConfigTest, ReadsNumbersAndBooleansByTheirSpelling) {
  const auto rate = [](const std::string& text) {
    return problems_of("train: {optimizer: {learning_rate: " + text + "}}");
  };
  EXPECT_EQ(parse_config("train: {optimizer: {learning_rate: 1e-4}}", "f").train.optimizer.learning_rate,
            1e-4);
  EXPECT_EQ(rate("10"), "");
  for (const char* bad :
       {".nan", ".inf", "nan", "inf", "1e999", "0x10", "-1", "\"1\"", "true", "1__0", "_1", "010"})
    EXPECT_NE(rate(bad), "") << bad;
  EXPECT_EQ(rate("1_0"), "");
  for (const char* right : {"yes", "True", "on", "1", "FALSE", "off", "0"})
    EXPECT_EQ(problems_of(std::string("data: {shuffle: ") + right + "}"), "") << right;
  for (const char* bad : {"2", "maybe", "'true'", "null"})
    EXPECT_NE(problems_of(std::string("data: {shuffle: ") + bad + "}"), "") << bad;
  EXPECT_EQ(parse_config("model: {cell: GRU, bidirectional: True}\ntrain: {optimizer: {name: Adam}}", "f")
                .model.cell,
            model::Cell::gru);
  EXPECT_NE(problems_of("name: .."), "");
}

TEST(ConfigTest, ChecksKeysTogether) {
  EXPECT_EQ(problems_of("train:\n  optimizer: {clipnorm: 1, clipvalue: 2}"),
            "f.yaml:2:39: only one of train.optimizer.clipnorm, train.optimizer.global_clipnorm, "
            "train.optimizer.clipvalue can be given");
  EXPECT_TRUE(
      contains(problems_of("data: {format: npy}"), "f.yaml:1:16: data.format npy needs data.train.inputs"));
  EXPECT_NE(problems_of("train: {schedule: {name: step}}"), "");
}

TEST(ConfigTest, ReadsSweepsInBothForms) {
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
      problems_of("sweep: {parameters: {model.cell: {values: [lstm, gruu]}}}"),
      "f.yaml:1:50: model.cell: expected one of simple_rnn, lstm, gru, got 'gruu'; did you mean 'gru'?");
  for (const char* key : {"name", "output.directory", "metrics.prometheus.port", "sweep.method", "output"})
    EXPECT_TRUE(contains(problems_of(std::string("sweep: {parameters: {") + key + ": {value: 1}}}"),
                         "cannot be swept"))
        << key;
  EXPECT_NE(problems_of("sweep: {parameters: {model.cell: {value: lstm}}}", {{"model.cell", "gru"}}), "");
}

TEST(ConfigTest, AssignsTheValuesOfOneRun) {
  const Config base = parse_config("sweep: {parameters: {train.epochs: {values: [1, 2]}}}", "f");
  const std::vector<Assignment> assignments{{"train.epochs", "2"}};
  const Config run = with_assignments(base, assignments);
  EXPECT_EQ(run.train.epochs, 2);
  EXPECT_FALSE(run.sweep);
  const std::vector<Assignment> clash{{"train.optimizer.clipnorm", "1"}, {"train.optimizer.clipvalue", "1"}};
  EXPECT_THROW(with_assignments(base, clash), UserError);
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

TEST(ConfigTest, ReadsDistributionsAsWandbInfersThem) {
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

TEST(ConfigTest, RefusesDistributionsThatCannotBe) {
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
      {"model.cell: {values: [lstm, gru], probabilities: [0.5, 0.6]}", "add up to 1"},
      {"train.optimizer.learning_rate: {distribution: log_uniform_values, min: 0, max: 1}", "a min above 0"},
      {"train.optimizer.learning_rate: {distribution: q_uniform, min: 1, max: 2, q: 0}", "q must be above 0"},
      {"parallel.ranks_per_run: {values: [1, 2]}", "cannot be swept"}};
  for (const auto& [text, message] : cases)
    EXPECT_TRUE(contains(
        problems_of(std::string("sweep: {method: random, run_cap: 3, parameters: {") + text + "}}"), message))
        << text
        << problems_of(std::string("sweep: {method: random, run_cap: 3, parameters: {") + text + "}}");
}

TEST(ConfigTest, RefusesSweepsThatDoNotFitTogether) {
  const std::pair<const char*, const char*> cases[] = {
      {"method: random", "needs sweep.run_cap"},
      {"parameters: {model.dropout: {min: 0.1, max: 0.2}}", "a grid takes values, int_uniform or q_uniform"},
      {"repeats: 2, parameters: {train.seed: {values: [1]}}", "train.seed cannot be a parameter"},
      {"conditions: {model.dropout: {model.cell: [lstm]}}", "model.dropout is not one of sweep.parameters"},
      {"early_terminate: {min_iter: 2}", "needs type: hyperband"},
      {"early_terminate: {type: hyperband}", "either min_iter, or max_iter and s"},
      {"early_terminate: {type: hyperband, max_iter: 9}", "max_iter and s go together"}};
  for (const auto& [text, message] : cases)
    EXPECT_TRUE(contains(problems_of(std::string("sweep: {") + text + "}"), message)) << text;
}

// The metric of a sweep with these words, and what plan says of it.
std::string metric_of(const std::string& metric, const std::string& rest = "") {
  return metric_line(parse_config("sweep: {metric: {" + metric + "}}\n" + rest, "f"));
}

TEST(ConfigTest, TheGoalFollowsFromTheMetricAndTheMetricFromTheLoss) {
  const std::string mse = "train: {loss: mse}";
  EXPECT_EQ(metric_of("name: val_loss"), "metric: val_loss, minimize (by default, as it is a loss)");
  EXPECT_EQ(metric_of("name: loss", mse), "metric: loss, minimize (by default, as it is a loss)");
  EXPECT_EQ(metric_of("name: accuracy"), "metric: accuracy, maximize (by default, as it is an accuracy)");
  EXPECT_EQ(metric_of("name: val_loss, goal: minimize"), "metric: val_loss, minimize");
  EXPECT_EQ(metric_of("name: val_loss, goal: maximize"), "metric: val_loss, maximize");
  EXPECT_EQ(metric_of(""),
            "metric: val_accuracy, maximize (by default, as train.loss is sparse_categorical_crossentropy)");
  EXPECT_EQ(metric_of("", mse), "metric: val_loss, minimize (by default, as train.loss is mse)");
  const std::string values =
      "sweep: {parameters: {train.loss: {values: [sparse_categorical_crossentropy, mse]}}}";
  EXPECT_EQ(metric_line(parse_config(values, "f")),
            "metric: val_loss, minimize (by default, as train.loss can be mse)");
  const std::vector<Assignment> assignments{{"sweep.metric.name", "val_loss"}};
  EXPECT_EQ(parse_config("sweep: {}", "f", assignments).sweep->metric.goal, sweep::Goal::minimize);
}

TEST(ConfigTest, TheEffectiveMetricIsWrittenOut) {
  const Config config = parse_config("sweep: {metric: {name: val_loss}}", "f");
  EXPECT_TRUE(contains(to_yaml(config), "goal: minimize"));
  const Config again = parse_config(to_yaml(config), "f");
  EXPECT_EQ(again.sweep->metric.goal, sweep::Goal::minimize);
  EXPECT_EQ(differences(config, again), std::vector<std::string>());
}

TEST(ConfigTest, ASingleRunIsRankedByWhatItHas) {
  EXPECT_EQ(sweep_of(parse_config("name: a", "f")).metric.name, "val_accuracy");
  const auto regression = sweep_of(parse_config("train: {loss: mse}", "f"));
  EXPECT_EQ(regression.metric.name, "val_loss");
  EXPECT_EQ(regression.metric.goal, sweep::Goal::minimize);
}

TEST(ConfigTest, RefusesAMetricThatARunCannotHave) {
  const std::string mse = "train: {loss: mse";
  EXPECT_EQ(
      problems_of(mse + ", early_stopping: {patience: 1, monitor: accuracy}}"),
      "f.yaml:1:59: train.early_stopping.monitor is accuracy, but with train.loss mse a run has no accuracy; "
      "monitor val_loss or loss");
  EXPECT_EQ(
      problems_of(mse + "}\nsweep: {metric: {name: val_accuracy}}"),
      "f.yaml:2:24: sweep.metric.name is val_accuracy, but with train.loss mse a run has no accuracy; rank "
      "by val_loss");
  EXPECT_EQ(
      problems_of("sweep: {metric: {name: accuracy}, parameters: {train.loss: {values: [mse]}}}"),
      "f.yaml:1:24: sweep.metric.name is accuracy, but with train.loss mse a run has no accuracy; rank by "
      "val_loss, or take mse out of sweep.parameters");
  EXPECT_EQ(problems_of("sweep: {metric: {name: accuracy}}", {{"train.loss", "mse"}}).find("f.yaml:1:24"),
            0u);
  // Where the monitor or the loss is varied, it concerns the combinations.
  const Config base = parse_config(
      mse + "}\nsweep: {parameters: {train.early_stopping.monitor: {values: [val_loss, val_accuracy]}}}",
      "f");
  EXPECT_NO_THROW(
      with_assignments(base, std::vector<Assignment>{{"train.early_stopping.monitor", "val_loss"}}));
  EXPECT_THROW(
      with_assignments(base, std::vector<Assignment>{{"train.early_stopping.monitor", "val_accuracy"}}),
      UserError);
  EXPECT_EQ(problems_of(mse + ", early_stopping: {monitor: val_acc}}").find("no accuracy"),
            std::string::npos);
}

TEST(ConfigTest, ASweepThatGoesOnKeepsItsGoal) {
  const Config before = parse_config("sweep: {metric: {name: val_loss, goal: maximize}}", "f");
  Config config = parse_config("sweep: {metric: {name: val_loss}}", "f");
  keep_metric(config, before);
  EXPECT_EQ(differences(before, config), std::vector<std::string>());
  config = parse_config("sweep: {metric: {name: val_loss, goal: minimize}}", "f");
  keep_metric(config, before);
  EXPECT_EQ(differences(before, config),
            (std::vector<std::string>{"sweep.metric.goal: maximize → minimize"}));
}

TEST(ConfigTest, ARegressionThatAFormerVersionBeganGoesOn) {
  const auto path = std::filesystem::temp_directory_path() / ("cellsweep_saved_" + std::to_string(getpid()));
  std::ofstream(path) << "train: {loss: mse}\nsweep: {metric: {name: val_accuracy, goal: maximize}}\n";
  const Config saved = load_saved_config(path);
  EXPECT_EQ(saved.sweep->metric.name, "val_loss");
  EXPECT_EQ(saved.sweep->metric.goal, sweep::Goal::minimize);
  EXPECT_THROW(load_config(path), UserError);
  std::filesystem::remove(path);
}

TEST(ConfigTest, ValuesAreComparedByWhatTheyAre) {
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

TEST(ConfigTest, SweepsThatAreSpelledOtherwiseDoNotDiffer) {
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

TEST(ConfigTest, AConditionThatNoRunCanMeetIsRefused) {
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
    EXPECT_TRUE(contains(problems_of(text), "f.yaml:8:5: sweep.conditions.model.dropout: no run can meet it"))
        << text << problems_of(text);
  }
  EXPECT_EQ(
      problems_of("sweep: {method: random, run_cap: 3, parameters: {train.seed: {min: 1, max: 1000000}, "
                  "model.dropout: {values: [0, 0.5]}}, conditions: {model.dropout: {train.seed: [77]}}}"),
      "");
}

TEST(ConfigTest, RefusesDistributionsBeyondWhatNumbersHold) {
  const std::pair<const char*, const char*> cases[] = {
      {"{distribution: beta, a: 1e-7}", "a and b must be from"},
      {"{distribution: int_uniform, min: 1, max: 1e300}", "int_uniform needs whole numbers from"},
      {"{distribution: log_normal, sigma: 1e300}", "8.6 sigma must be at most 690"},
      {"{distribution: log_uniform, min: 1, max: 1000}", "takes min and max as exponents of e"},
      {"{min: -1e308, max: 1e308}", "min and max must be from"}};
  for (const auto& [body, message] : cases)
    EXPECT_TRUE(contains(problems_of("sweep: {method: random, run_cap: 3, parameters: "
                                     "{train.optimizer.learning_rate: " +
                                     std::string(body) + "}}"),
                         message))
        << body;
  // Draws of a normal distribution have bounds, too.
  EXPECT_EQ(
      problems_of("sweep: {method: random, run_cap: 3, parameters: {model.dropout: {distribution: normal, "
                  "mu: 0.4, sigma: 0.04}, train.optimizer.learning_rate: {distribution: log_uniform, min: "
                  "-9, max: -2}, train.seed: {distribution: int_uniform, min: 1, max: 100000000000}}}"),
      "");
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
    problems_of(good.substr(0, i));
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    problems_of(flipped);
  }
}

}  // namespace
}  // namespace cellsweep::config
