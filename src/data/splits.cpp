// Loads the splits of any format.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/labels.h"
#include "data/npy.h"
#include "data/synthetic.h"

namespace cellsweep::data {
namespace {

// Cuts a set down to the samples [begin, end). An outline has no inputs to cut.
void keep(Dataset& set, std::int64_t begin, std::int64_t end) {
  if (begin == 0 && end == set.samples) return;
  const auto cut = [](auto& values, std::int64_t from, std::int64_t to) {
    if (!values.empty()) values = std::vector(values.begin() + from, values.begin() + to);
  };
  const std::int64_t each = set.time * set.features;
  std::visit([&](auto& values) { cut(values, begin * each, end * each); }, set.inputs);
  cut(set.labels, begin, end);
  cut(set.targets, begin, end);
  set.samples = end - begin;
}

std::int64_t limited(std::int64_t samples, std::int64_t limit) {
  return limit > 0 ? std::min(samples, limit) : samples;
}

void check_test_samples(const DataOptions& options, std::int64_t samples) {
  if (options.test_samples < 0 || options.test_samples >= samples)
    throw UserError("data.test_samples: is " + std::to_string(options.test_samples) + ", but " +
                    options.directory + " has " + std::to_string(samples) +
                    " test samples, of which at least one must be left for validation");
}

Split load_split(const DataOptions& options, SplitName name, Read read) {
  const bool trains = name == SplitName::train;
  if (options.format == Format::idx)
    return load_idx(options.directory, trains ? "train" : "t10k", options.input_scale, read);
  if (options.format == Format::npy)
    return load_npy(trains ? options.train : options.validation, options, read);
  const SyntheticOptions& synthetic = options.synthetic;
  const std::int64_t samples =
      limited(trains ? synthetic.train_samples : synthetic.validation_samples, options.limit);
  return {.set = read == Read::all ? make_synthetic(synthetic, name, samples)
                                   : outline_synthetic(synthetic, name, samples)};
}

void require_npy_files(const DataOptions& options) {
  const std::pair<const char*, const std::string&> files[] = {
      {"train.inputs", options.train.inputs},
      {"train.labels", options.train.labels},
      {"validation.inputs", options.validation.inputs},
      {"validation.labels", options.validation.labels}};
  for (const auto& [key, path] : files)
    if (path.empty())
      throw UserError(std::string("data.") + key +
                      ": is not set; data.format npy needs the name of a .npy file");
}

// The classes of a generated task are known.
Classes synthetic_classes(const DataOptions& options) {
  const bool is_regression = options.synthetic.task == SyntheticTask::adding;
  const std::int64_t classes = is_regression ? 0 : options.synthetic.classes;
  if (is_regression && options.classes != 0)
    throw UserError(
        "data.classes: is " + std::to_string(options.classes) +
        ", but the targets are real numbers (a regression), which have no classes; leave it at 0");
  if (options.classes != 0 && options.classes < classes)
    throw UserError("data.classes: is " + std::to_string(options.classes) +
                    ", but the labels need at least " + std::to_string(classes));
  return {std::max(options.classes, classes), {}};
}

// One of the two would be 255 times as large as the other.
void check_equal_scale(const DataOptions& options, const Splits& splits) {
  if (options.input_scale != InputScale::automatic) return;
  const bool are_bytes[] = {std::holds_alternative<Array<std::uint8_t>>(splits.train.inputs),
                            std::holds_alternative<Array<std::uint8_t>>(splits.validation.inputs)};
  if (are_bytes[0] == are_bytes[1]) return;
  throw UserError(std::string("data: the inputs for ") + (are_bytes[0] ? "training" : "validation") +
                  " are uint8, which are divided by 255, but those for " +
                  (are_bytes[0] ? "validation" : "training") +
                  " are floats, which are not; set data.input_scale to none or 1/255 for both");
}

std::string shape_text(const Dataset& set, bool is_regression) {
  return std::to_string(set.time) + " steps of " + std::to_string(set.features) + " features and " +
         (is_regression ? "real targets" : "labels");
}

Splits load(const DataOptions& options, Read read) {
  if (options.limit < 0)
    throw UserError("data.limit: is " + std::to_string(options.limit) + "; it must be at least 0");
  if (options.classes < 0)
    throw UserError("data.classes: is " + std::to_string(options.classes) + "; it must be at least 0");
  if (options.format == Format::npy) require_npy_files(options);
  Splits splits;
  Split train = load_split(options, SplitName::train, read);
  // The whole training set counts, so that data.limit does not change the model.
  const Classes classes =
      train.labels ? find_classes(*train.labels, options, splits.notices) : synthetic_classes(options);
  splits.classes = classes.count;
  splits.class_names = names_of(classes);
  Split validation = load_split(options, SplitName::validation, read);
  if (options.format == Format::idx) check_test_samples(options, validation.set.samples);
  for (Split* split : {&train, &validation})
    if (split->labels) encode(*split->labels, classes, options, split->set);
  if (!train.scaled.empty()) splits.notices.push_back(train.scaled + " (data.input_scale)");

  splits.train = std::move(train.set);
  splits.validation = std::move(validation.set);
  const auto is_regression = [&](const Dataset& set) {
    return options.format == Format::synthetic ? classes.count == 0 : set.labels.empty();
  };
  const std::string wanted = shape_text(splits.train, is_regression(splits.train));
  const std::string found = shape_text(splits.validation, is_regression(splits.validation));
  if (wanted != found)
    throw UserError("data: the training samples have " + wanted + ", but the validation samples have " +
                    found + "; they must be equal");
  check_equal_scale(options, splits);
  if (options.format == Format::idx)
    keep(splits.validation, 0, splits.validation.samples - options.test_samples);
  for (auto* set : {&splits.train, &splits.validation}) keep(*set, 0, limited(set->samples, options.limit));
  return splits;
}

}  // namespace

Splits load_splits(const DataOptions& options) {
  return load(options, Read::all);
}

Splits outline_splits(const DataOptions& options) {
  return load(options, Read::outline);
}

Dataset load_test_set(const DataOptions& options) {
  if (options.format != Format::idx || options.test_samples == 0)
    throw UserError(
        "data: there is no test set; it takes data.format idx and data.test_samples of at least 1");
  Split split = load_split(options, SplitName::validation, Read::all);
  check_test_samples(options, split.set.samples);
  // The labels of training decide what a label stands for, if the options do not.
  Classes classes{options.classes, {}};
  if (options.classes == 0) {
    std::vector<std::string> ignored;
    classes =
        find_classes(load_split(options, SplitName::train, Read::outline).labels.value(), options, ignored);
  }
  encode(*split.labels, classes, options, split.set);
  keep(split.set, split.set.samples - options.test_samples, split.set.samples);
  return std::move(split.set);
}

}  // namespace cellsweep::data
