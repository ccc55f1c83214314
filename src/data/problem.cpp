// Loading of a problem, whatever its format.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "base/error.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/npy.h"
#include "data/synthetic.h"

namespace cellsweep::data {
namespace {

// Cuts a set down to the samples [begin, end).
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

Dataset load_idx_test(const DataOptions& options, std::int64_t classes) {
  Dataset set = load_idx(options.directory, "t10k", classes);
  if (options.test_samples < 0 || options.test_samples >= set.samples)
    throw UserError("data.test_samples: is " + std::to_string(options.test_samples) + ", but " +
                    options.directory + " has " + std::to_string(set.samples) +
                    " test samples, of which at least one must be left for validation");
  return set;
}

Dataset load_train(const DataOptions& options) {
  if (options.format == Format::idx) return load_idx(options.directory, "train", options.classes);
  if (options.format == Format::npy) return load_npy(options.train, options.classes);
  return make_synthetic(options.synthetic, SyntheticPart::train,
                        limited(options.synthetic.train_samples, options.limit));
}

Dataset load_validation(const DataOptions& options, std::int64_t classes) {
  if (options.format == Format::npy) return load_npy(options.validation, classes);
  if (options.format == Format::synthetic)
    return make_synthetic(options.synthetic, SyntheticPart::validation,
                          limited(options.synthetic.validation_samples, options.limit));
  Dataset set = load_idx_test(options, classes);
  keep(set, 0, set.samples - options.test_samples);
  return set;
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

// How many classes the labels stand for. The whole training set counts, so that data.limit does not change
// the model.
std::int64_t count_classes(const DataOptions& options, const Dataset& train) {
  if (train.labels.empty()) {
    if (options.classes != 0)
      throw UserError(
          "data.classes: is " + std::to_string(options.classes) +
          ", but the targets are real numbers (a regression), which have no classes; leave it at 0");
    return 0;
  }
  const std::int64_t least =
      options.format == Format::synthetic
          ? options.synthetic.classes
          : std::int64_t{*std::max_element(train.labels.begin(), train.labels.end())} + 1;
  if (options.classes != 0 && options.classes < least)
    throw UserError("data.classes: is " + std::to_string(options.classes) +
                    ", but the labels need at least " + std::to_string(least));
  return options.classes != 0 ? options.classes : least;
}

std::string shape_text(const Dataset& set) {
  return std::to_string(set.time) + " steps of " + std::to_string(set.features) + " features and " +
         (set.labels.empty() ? "real targets" : "labels");
}

}  // namespace

Problem load_problem(const DataOptions& options) {
  if (options.limit < 0)
    throw UserError("data.limit: is " + std::to_string(options.limit) + "; it must be at least 0");
  if (options.classes < 0)
    throw UserError("data.classes: is " + std::to_string(options.classes) + "; it must be at least 0");
  if (options.format == Format::npy) require_npy_files(options);
  Problem problem;
  problem.train = load_train(options);
  problem.classes = count_classes(options, problem.train);
  problem.validation = load_validation(options, problem.classes);
  if (shape_text(problem.train) != shape_text(problem.validation))
    throw UserError("data: the training samples have " + shape_text(problem.train) +
                    ", but the validation samples have " + shape_text(problem.validation) +
                    "; they must be equal");
  for (auto* set : {&problem.train, &problem.validation}) keep(*set, 0, limited(set->samples, options.limit));
  return problem;
}

Dataset load_test_set(const DataOptions& options) {
  if (options.format != Format::idx || options.test_samples == 0)
    throw UserError(
        "data: there is no test set; it takes data.format idx and data.test_samples of at least 1");
  Dataset set = load_idx_test(options, options.classes);
  keep(set, set.samples - options.test_samples, set.samples);
  return set;
}

}  // namespace cellsweep::data
