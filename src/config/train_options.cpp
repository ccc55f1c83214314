#include <algorithm>
#include <iterator>
#include <sstream>

#include "config/option_builders.h"
#include "config/spelling.h"
#include "model/metric.h"

namespace cellsweep::config {
namespace {

std::vector<Option> optimizer_options() {
  return {
      make_option("train.optimizer.name", CELLSWEEP_MEMBER(train.optimizer.name),
                  "The update rule, as in Keras"),
      make_option(
          "train.optimizer.learning_rate", CELLSWEEP_MEMBER(train.optimizer.learning_rate),
          "Learning rate before any schedule; null: Keras' default, 0.01 for sgd, 0.001 for the others",
          at_least(0)),
      make_option("train.optimizer.momentum", CELLSWEEP_MEMBER(train.optimizer.momentum),
                  "sgd, rmsprop: momentum", between(0, 1)),
      make_option("train.optimizer.nesterov", CELLSWEEP_MEMBER(train.optimizer.nesterov),
                  "sgd: Nesterov's momentum"),
      make_option("train.optimizer.beta_1", CELLSWEEP_MEMBER(train.optimizer.beta_1),
                  "adam, adamw: decay of the first moment", fraction()),
      make_option("train.optimizer.beta_2", CELLSWEEP_MEMBER(train.optimizer.beta_2),
                  "adam, adamw: decay of the second moment", fraction()),
      make_option("train.optimizer.rho", CELLSWEEP_MEMBER(train.optimizer.rho),
                  "rmsprop: decay of the mean square", fraction()),
      make_option("train.optimizer.epsilon", CELLSWEEP_MEMBER(train.optimizer.epsilon),
                  "adam, adamw, rmsprop: added to the denominator", at_least(0)),
      make_option("train.optimizer.weight_decay", CELLSWEEP_MEMBER(train.optimizer.weight_decay),
                  "adamw: decoupled weight decay", at_least(0)),
      make_option("train.optimizer.clipnorm", CELLSWEEP_MEMBER(train.optimizer.clipnorm),
                  "Scales each weight's gradient down to this norm", above(0)),
      make_option("train.optimizer.global_clipnorm", CELLSWEEP_MEMBER(train.optimizer.global_clipnorm),
                  "Scales all gradients together down to this norm", above(0)),
      make_option("train.optimizer.clipvalue", CELLSWEEP_MEMBER(train.optimizer.clipvalue),
                  "Cuts each value of a gradient to [-clipvalue, clipvalue]", above(0)),
  };
}

std::vector<Option> schedule_options() {
  return {
      make_option("train.schedule.name", CELLSWEEP_MEMBER(train.schedule.name),
                  "How the learning rate changes over updates"),
      make_option("train.schedule.warmup_steps", CELLSWEEP_MEMBER(train.schedule.warmup_steps),
                  "Updates in which the learning rate rises from 0", between(0, 1e12)),
      make_option("train.schedule.decay_steps", CELLSWEEP_MEMBER(train.schedule.decay_steps),
                  "step: updates between two decays (needed); cosine: length of the fall, null: to the end",
                  between(1, 1e12)),
      make_option("train.schedule.decay_rate", CELLSWEEP_MEMBER(train.schedule.decay_rate),
                  "step: factor of each decay", above(0)),
      make_option("train.schedule.alpha", CELLSWEEP_MEMBER(train.schedule.alpha),
                  "cosine: fraction of the learning rate that is left at the end", between(0, 1)),
  };
}

std::vector<Option> early_stopping_options() {
  Option monitor = make_option("train.early_stopping.monitor", CELLSWEEP_MEMBER(train.early_stopping.monitor),
                               "The metric that has to improve");
  monitor.kind = ValueKind::choice;
  monitor.choices = model::metric_names();
  return {
      make_option("train.early_stopping.patience", CELLSWEEP_MEMBER(train.early_stopping.patience),
                  "Epochs without improvement that end the run; null: never", between(0, 1e9)),
      monitor,
      make_option("train.early_stopping.min_delta", CELLSWEEP_MEMBER(train.early_stopping.min_delta),
                  "Only a larger change is an improvement", at_least(0)),
      make_option("train.early_stopping.restore_best_weights",
                  CELLSWEEP_MEMBER(train.early_stopping.restore_best_weights),
                  "End with the weights of the best epoch"),
  };
}

Option metrics_option() {
  Option option;
  option.key = "train.metrics";
  option.kind = ValueKind::choices;
  option.nullable = true;
  option.meaning =
      "What is measured beside the loss, named as in Keras; null: the accuracy of a classification";
  for (const model::Metric& metric : model::all_metrics())
    if (metric.task != model::Task::any) option.choices.emplace_back(metric.name);
  option.get = [](const Config& config) {
    return config.train.metrics ? Value(joined(*config.train.metrics)) : Value();
  };
  option.set = [](Config& config, const Value& value) {
    config.train.metrics.reset();
    const std::string* const text = std::get_if<std::string>(&value);
    if (text == nullptr) return;
    std::string list = *text;
    std::ranges::replace(list, ',', ' ');
    std::istringstream words(list);
    config.train.metrics.emplace(std::istream_iterator<std::string>(words),
                                 std::istream_iterator<std::string>());
  };
  return option;
}

}  // namespace

std::vector<Option> train_options() {
  std::vector<Option> table{
      make_option("train.epochs", CELLSWEEP_MEMBER(train.epochs), "Passes over the training samples",
                  between(1, 1e9)),
      make_option("train.batch_size", CELLSWEEP_MEMBER(train.batch_size), "Samples a step, over all ranks",
                  between(1, 1e9)),
      make_option("train.seed", CELLSWEEP_MEMBER(train.seed), "Seed of weights, order and dropout",
                  at_least(0)),
      make_option("train.loss", CELLSWEEP_MEMBER(train.loss), "The loss; mse is for a regression"),
      metrics_option(),
  };
  const auto append = [&](const std::vector<Option>& more) {
    table.insert(table.end(), more.begin(), more.end());
  };
  append(optimizer_options());
  append(schedule_options());
  table.push_back(make_option("train.gradient_accumulation_steps",
                              CELLSWEEP_MEMBER(train.gradient_accumulation_steps),
                              "Batches whose gradients are averaged for one update", between(1, 1e9)));
  table.push_back(
      make_option("train.precision", CELLSWEEP_MEMBER(train.precision),
                  "GPU: precision of matrix products; weights and sums are always f32. Keras uses f32"));
  table.push_back(make_option("train.max_steps", CELLSWEEP_MEMBER(train.max_steps),
                              "Ends the run after so many batches; null: no limit", between(1, 1e12)));
  append(early_stopping_options());
  return table;
}

}  // namespace cellsweep::config
