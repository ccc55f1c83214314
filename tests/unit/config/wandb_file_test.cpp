#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "config/config.h"
#include "unit/config/parse_errors.h"

namespace cellsweep::config {
namespace {

// A base file and a sweep file of these texts, read together.
class WandbTest : public testing::Test {
 protected:
  Config read(const std::string& sweep, const std::vector<Assignment>& assignments = {},
              const Renames& renames = {}, const std::string& base = "name: a\n") {
    const auto path = [](const char* name) { return testing::TempDir() + name; };
    std::ofstream(path("wandb_base.yaml")) << base;
    std::ofstream(path("wandb_sweep.yaml")) << sweep;
    return load_config(
        Sources{.path = path("wandb_base.yaml"), .sweep_path = path("wandb_sweep.yaml"), .renames = renames},
        assignments);
  }
  // What is wrong, without the folder.
  std::string errors_of_files(const std::string& sweep, const std::vector<Assignment>& assignments = {},
                              const Renames& renames = {}, const std::string& base = "name: a\n") {
    try {
      read(sweep, assignments, renames, base);
    } catch (const UserError& error) {
      std::string message = error.what();
      for (std::size_t at; (at = message.find(testing::TempDir())) != std::string::npos;)
        message.erase(at, testing::TempDir().size());
      return message;
    }
    return "";
  }
};

std::size_t lines(const std::string& text) {
  return text.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_F(WandbTest, SettingsGoToTheSweepOfTheOtherFile) {
  const Config config = read("method: random\nparameters: {train.seed: {min: 1, max: 9}}\n",
                             {{"sweep.run_cap", "3"}, {"train.epochs", "2"}});
  EXPECT_EQ(config.sweep->run_cap, 3);
  EXPECT_EQ(config.train.epochs, 2);
  EXPECT_TRUE(contains(errors_of_files("parameters: {train.seed: {values: [1]}}", {{"train.seed", "2"}}),
                       "--set train.seed=2: train.seed is varied by the sweep"));
  // A right setting mends a wrong value's successors, but the mistake stays one.
  EXPECT_EQ(lines(errors_of_files("method: random\nrun_cap: x\nparameters: {train.seed: {values: [1]}}")),
            1u);
  // Mistakes of both files are reported together.
  const std::string both =
      errors_of_files("parameters: {train.seed: {values: [x]}}", {}, {}, "train: {epochs: x}\n");
  EXPECT_TRUE(contains(both, "wandb_base.yaml:1:17") && contains(both, "\nwandb_sweep.yaml:1:36")) << both;
  // A mistake in keys of the first file together is reported at its location there.
  EXPECT_TRUE(
      contains(errors_of_files("parameters: {train.seed: {values: [1]}}", {}, {}, "data: {format: npy}\n"),
               "wandb_base.yaml:1:16: data.format npy needs data.train.inputs"));
}

TEST_F(WandbTest, OneMistakeIsReportedOnce) {
  const char* sweeps[] = {"method: random\nrun_cap: \"a\"",
                          "method: random\nrun_cap: 0",
                          "method: random\nrun_capp: 3",
                          "method: random\nrun_cap: [3]",
                          "method: bays\nrun_cap: 3\nparameters: {model.dropout: {min: 0.1, max: 0.2}}",
                          "early_terminate: {type: hyperbnd, min_iter: 2}",
                          "early_terminate: {typ: hyperband, min_iter: 2}",
                          "early_terminate: {type: hyperband, min_iter: x}",
                          "early_terminate: {type: hyperband, max_iter: 9, s: 0}",
                          "early_terminate: {type: hyperband, max_iter: 9, t: 0, s: x}",
                          "early_terminate: 3",
                          "parameters: [1]\nconditions: {model.dropout: {model.cell: [lstm]}}",
                          "parameters: {model.cell: {values: [gru]}, model.dropout: {values: [x]}}\n"
                          "conditions: {model.dropout: {model.cell: [gru]}}",
                          "method: random\nrun_cap: 2\nparameters: {model.dropout: {mim: 0.1, max: 0.5}}",
                          "parameters: {model.dropout: {vals: [0.1]}}"};
  for (const char* sweep : sweeps) {
    const std::string message = errors_of_files(sweep);
    const std::size_t expected = std::string_view(sweep).find("t: 0, s: x") == std::string_view::npos ? 1 : 3;
    EXPECT_EQ(lines(message), expected) << sweep << "\n" << message;
  }
  EXPECT_EQ(lines(errors_of_files(
                "", {}, {},
                "data: {format: npy, train: {inputs: [1], labels: a}, validation: {inputs: a, labels: a}}")),
            2u);
}

TEST_F(WandbTest, EarlyTerminationAsWandbReadsIt) {
  const auto early = [&](const std::string& words) {
    return read("early_terminate: {type: hyperband, " + words + "}\nparameters: {train.seed: {values: [1]}}")
        .sweep->early_terminate;
  };
  EXPECT_EQ(early("min_iter: 3, s: 2").min_iter, 3);
  EXPECT_FALSE(early("min_iter: 3, s: 2").s);
  EXPECT_EQ(early("min_iter: 3, max_iter: 9").min_iter, 3);
  EXPECT_FALSE(early("min_iter: 3, max_iter: 9").max_iter);
  EXPECT_FALSE(early("min_iter: 3, max_iter: 9, s: 2").min_iter);
  EXPECT_EQ(early("min_iter: 3, max_iter: 9, s: 2").s, 2);
}

TEST_F(WandbTest, ImputeIsTaken) {
  const auto impute = [&](const std::string& word) {
    return read("metric: {name: val_loss, goal: minimize" + word +
                "}\nparameters: {train.seed: {values: [1]}}")
        .sweep->metric.impute;
  };
  EXPECT_EQ(impute(""), sweep::Impute::worst);
  EXPECT_EQ(impute(", impute: best"), sweep::Impute::best);
  EXPECT_EQ(impute(", impute: latest, impute_while_running: best"), sweep::Impute::latest);
}

TEST_F(WandbTest, ReadsValuesAsPeopleWriteThem) {
  const Config config = read(
      "parameters:\n"
      "  model.cell: {values: [LSTM, 'GRU', RNN, SimpleRNN]}\n"
      "  model.bidirectional: {values: [True, 'False', yes, 0]}\n"
      "  train.optimizer.name: {values: [Adam, RMSprop, \"SGD\"]}\n"
      "  train.optimizer.learning_rate: {values: ['0.1', .01, 1., 6.e-5, 1e-3]}\n"
      "  train.batch_size: {values: ['16', 1_024]}\n"
      "  train.optimizer.clipnorm: {values: [None, null, ~, 1]}\n");
  const auto& parameters = config.sweep->parameters;
  EXPECT_EQ(parameters.at("model.cell").values, (sweep::Values{"lstm", "gru", "simple_rnn"}));
  EXPECT_EQ(parameters.at("model.bidirectional").values, (sweep::Values{"true", "false"}));
  EXPECT_EQ(parameters.at("train.optimizer.name").values, (sweep::Values{"adam", "rmsprop", "sgd"}));
  EXPECT_EQ(parameters.at("train.optimizer.learning_rate").values.size(), 5u);
  EXPECT_EQ(parameters.at("train.batch_size").values.size(), 2u);
  EXPECT_EQ(parameters.at("train.optimizer.clipnorm").values, (sweep::Values{"null", "1"}));
  EXPECT_TRUE(
      contains(errors_of_files("parameters: {model.cell: {values: [transformer]}}"), "got 'transformer'"));
  EXPECT_FALSE(
      contains(errors_of_files("parameters: {train.optimizer.name: {values: [nadam]}}"), "did you mean"));
  EXPECT_TRUE(contains(errors_of_files("parameters: {train.batch_size: {values: 16}}"), "{value: 16}"));
}

TEST_F(WandbTest, MapsAndIgnoresNames) {
  const Renames renames{
      .map = {{"lr", "train.optimizer.learning_rate"}, {"model", "model.cell"}, {"val/acc", "val_accuracy"}},
      .ignored = {"odd"}};
  const Config config = read(
      "metric: {name: val/acc, goal: maximize}\n"
      "parameters: {lr: {values: [0.1]}, model: {values: [gru]}, odd: {parameters: {a: {value: 1}}}}\n",
      {}, renames);
  EXPECT_EQ(config.sweep->metric.name, "val_accuracy");
  EXPECT_EQ(config.sweep->parameters.size(), 2u);
  EXPECT_TRUE(config.sweep->parameters.contains("model.cell"));
  // In a file the section may stand after the sweep.
  const Config own = parse_config(
      "sweep: {parameters: {lr: {values: [0.1]}, b: {value: 2}}}\n"
      "map: {lr: train.optimizer.learning_rate, b: null}\n",
      "f");
  EXPECT_EQ(own.sweep->parameters.size(), 1u);
  EXPECT_TRUE(
      contains(errors_of_files("parameters: {lr: {values: [0.1]}, rate: {values: [1]}}", {},
                               {.map = {{"lr", "train.seed"}, {"rate", "train.seed"}}, .ignored = {}}),
               "train.seed"));
  EXPECT_TRUE(
      contains(errors_of_files("parameters: {lr: {values: [1]}, rate: {values: [1]}}", {},
                               {.map = {{"lr", "train.seed"}, {"rate", "train.seed"}}, .ignored = {}}),
               "train.seed is swept twice, here as 'rate'"));
  EXPECT_EQ(
      errors_of_files("parameters: {lr: {value: 1}}", {}, {.map = {{"lr", "learning_rate"}}, .ignored = {}}),
      "--map lr=learning_rate: unknown key 'learning_rate'; did you mean 'train.optimizer.learning_rate'?");
  EXPECT_TRUE(contains(errors_of_files("parameters: {model: {values: [GRU]}}"),
                       "'model' is a section of keys here, not a key; did you mean 'model.cell'?"));
  EXPECT_TRUE(contains(errors_of_files("parameters: {data: {values: [mnist]}}"), "--ignore data"));
}

TEST_F(WandbTest, LeadingZerosAreRefusedWithBothReadings) {
  const std::string message = errors_of_files(
      "parameters: {train.epochs: {values: [010, 08]}, train.optimizer.learning_rate: {values: [00.1]}}");
  EXPECT_TRUE(contains(message, "got '010', which is 8 in YAML 1.1 and decimal in YAML 1.2")) << message;
  EXPECT_TRUE(contains(message, "got '08', which is no number in YAML 1.1")) << message;
  EXPECT_EQ(lines(message), 2u);
}

}  // namespace
}  // namespace cellsweep::config
