#include "job/confusion.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/file_names.h"
#include "data/sampler.h"
#include "job/compute.h"
#include "job/outlines.h"
#include "model/weights_file.h"
#include "report/names.h"
#include "train/batch_loader.h"

namespace cellsweep::job {
namespace {

// A page with more cells can hardly be read, and takes megabytes.
constexpr std::int64_t most_classes = 200;

// The row of true class and predicted class of each validation sample.
std::vector<std::vector<std::int64_t>> count(model::Network& network, const data::Splits& splits,
                                             std::int64_t batch_size) {
  const std::size_t classes = splits.classes;
  std::vector<std::vector<std::int64_t>> counts(classes, std::vector<std::int64_t>(classes));
  const data::Dataset& set = splits.validation;
  const auto order = data::epoch_order(set.samples, false, 0, 0);
  train::BatchLoader loader(set, batch_size);
  std::vector<float> outputs;
  for (std::int64_t index = 0; index < data::batch_count(set.samples, batch_size); ++index) {
    const data::Range range = data::batch_range(set.samples, batch_size, index);
    const model::Batch batch = loader.load(order, range, range);
    outputs.resize(range.size() * classes);
    network.predict(batch, outputs);
    for (std::size_t sample = 0; sample < batch.labels.size(); ++sample) {
      const auto row = std::span(outputs).subspan(sample * classes, classes);
      const auto predicted = std::ranges::max_element(row) - row.begin();
      ++counts[batch.labels[sample]][predicted];
    }
  }
  return counts;
}

}  // namespace

report::Confusion confusion_matrix_of_best(const report::Comparison& comparison) {
  const auto best = std::ranges::find_if(comparison.rows, [](const report::ComparisonRow& row) {
    return row.state == RunState::finished && row.best_metric;
  });
  if (best == comparison.rows.end())
    return {.run = {}, .counts = {}, .reason = "no run has finished", .names = {}};
  try {
    const config::Config config = config::load_saved_config(best->folder / file_names::run_config);
    const data::Splits splits = data::load_splits(config.data);
    if (splits.classes == 0)
      return {.run = report::name_of(comparison, *best),
              .counts = {},
              .reason = "it is a regression",
              .names = {}};
    if (splits.classes > most_classes)
      return {.run = report::name_of(comparison, *best),
              .counts = {},
              .reason = "its " + std::to_string(splits.classes) + " classes are more than the " +
                        std::to_string(most_classes) + " that a matrix can show",
              .names = {}};
    const auto self = comm::make_self_communicator();
    const auto network = make_run_network(config, splits, 1, *self);
    model::read_weights(best->folder / file_names::weights, network->layout(), network->parameters(),
                        network->moving_statistics());
    return {.run = report::name_of(comparison, *best),
            .counts = count(*network, splits, config.train.batch_size),
            .reason = {},
            .names = splits.class_names};
  } catch (const Error& error) {
    return {.run = report::name_of(comparison, *best), .counts = {}, .reason = error.what(), .names = {}};
  }
}

std::map<std::string, std::int64_t> count_parameters(const report::Comparison& comparison) {
  std::map<std::string, std::int64_t> counts;
  Outlines outlines;
  for (const report::ComparisonRow& row : comparison.rows) try {
      const config::Config config = config::load_saved_config(row.folder / file_names::run_config);
      const model::DataShape shape = shape_of(outlines.get(config.data));
      counts[report::name_of(comparison, row)] = model::make_layout(config.model, shape).trainable_size;
    } catch (const Error&) {
      continue;  // a run that was not begun, or whose data is elsewhere, has no bar
    }
  return counts;
}

}  // namespace cellsweep::job
