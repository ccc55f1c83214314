#include "data/labels.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "base/error.h"
#include "base/with_commas.h"

namespace cellsweep::data {
namespace {

// As many as data.classes permits.
constexpr std::int64_t most_classes = 1000000;
// More different whole floats are hardly classes.
constexpr std::int64_t most_classes_of_floats = 1000;
// So many classes are named in a message.
constexpr std::size_t most_named = 8;

// Which labels there are.
struct Census {
  struct Entry {
    std::int64_t label, samples, first;  // `first`: the first sample that has it
  };
  std::vector<Entry> entries;  // ascending; one more than most_classes if there are more
  std::int64_t different() const { return std::ssize(entries); }
  std::int64_t smallest() const { return entries.front().label; }
  std::int64_t largest() const { return entries.back().label; }
};

Census count(const std::vector<std::int64_t>& numbers) {
  std::unordered_map<std::int64_t, Census::Entry> seen;
  for (std::int64_t sample = 0; sample < std::ssize(numbers); ++sample) {
    const std::int64_t label = numbers[sample];
    ++seen.try_emplace(label, Census::Entry{label, 0, sample}).first->second.samples;
    if (std::ssize(seen) > most_classes) break;
  }
  Census census;
  for (const auto& [label, entry] : seen) census.entries.push_back(entry);
  std::ranges::sort(census.entries, {}, &Census::Entry::label);
  return census;
}

std::string list(const std::vector<std::int64_t>& labels) {
  std::string text;
  for (std::size_t i = 0; i < std::min(labels.size(), most_named); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(labels[i]);
  if (labels.size() > most_named) text += ", …, " + std::to_string(labels.back());
  return text;
}

// A flipped bit, an id or a "missing" marker would else become a class.
void refuse_strays(const Labels& training, const Census& census) {
  for (const Census::Entry& entry : census.entries) {
    if (entry.samples > 1 || (-most_classes <= entry.label && entry.label <= most_classes)) continue;
    if (entry.label < 0)
      training.fail(entry.first,
                    fmt::format("the label {} of sample {}, which no other sample has, is no class "
                                "number; mend it, or set data.classes",
                                entry.label, entry.first));
    training.fail(
        entry.first,
        fmt::format("the labels need {} classes for {} samples (largest label: {}, which only sample {} "
                    "has); mend that label, or set data.classes",
                    with_commas(static_cast<std::uint64_t>(entry.label) + 1),
                    with_commas(std::ssize(training.numbers)), entry.label, entry.first));
  }
}

Classes number(const Labels& training, const Census& census, std::vector<std::string>& notices) {
  if (census.different() > most_classes)
    throw UserError(fmt::format("{}: there are more than {} different labels; they can hardly be classes",
                                training.file, with_commas(most_classes)));
  refuse_strays(training, census);
  if (census.smallest() == 0 && census.largest() < 2 * census.different()) {
    const std::int64_t needed = census.largest() + 1;
    if (needed > census.different())
      notices.push_back(fmt::format("{}: {} of the {} classes 0 to {} have no training sample", training.file,
                                    with_commas(needed - census.different()), with_commas(needed),
                                    census.largest()));
    return {needed, {}};
  }
  Classes classes{census.different(), {}};
  for (const Census::Entry& entry : census.entries) classes.labels.push_back(entry.label);
  notices.push_back(fmt::format("{}: the labels {} become the classes 0 to {}", training.file,
                                list(classes.labels), classes.count - 1));
  return classes;
}

bool is_regression(const Labels& training, const Census& census, const DataOptions& options,
                   std::vector<std::string>& notices) {
  if (training.reals.empty()) return false;
  if (options.target == Target::numbers || training.numbers.empty()) return true;
  const std::int64_t samples = std::ssize(training.numbers);
  const bool are_few = census.different() <= most_classes_of_floats && 2 * census.different() <= samples;
  if (are_few || options.classes != 0) {
    notices.push_back(
        fmt::format("{}: the labels are whole numbers saved as {}, and are taken as classes; "
                    "train.loss mse makes it a regression",
                    training.file, training.type));
    return false;
  }
  notices.push_back(
      fmt::format("{}: the labels are {} whole numbers of {} samples saved as {}, too many to be "
                  "taken as classes",
                  training.file, with_commas(census.different()), with_commas(samples), training.type));
  return true;
}

}  // namespace

void Labels::fail(std::int64_t sample, const std::string& what) const {
  throw UserError(
      fmt::format("{}: byte {}: {}", file, start + static_cast<std::uint64_t>(sample) * stride, what));
}

Classes find_classes(const Labels& training, const DataOptions& options, std::vector<std::string>& notices) {
  if (!training.notice.empty()) notices.push_back(training.notice);
  const Census census = count(training.numbers);
  if (is_regression(training, census, options, notices)) {
    if (options.classes != 0)
      throw UserError(
          fmt::format("data.classes: is {}, but the targets are real numbers (a regression), which "
                      "have no classes; leave it at 0",
                      options.classes));
    return {};
  }
  if (training.columns == 0)
    return options.classes != 0 ? Classes{options.classes, {}} : number(training, census, notices);
  if (options.classes != 0 && options.classes < training.columns)
    throw UserError(fmt::format("data.classes: is {}, but the labels need at least {}", options.classes,
                                training.columns));
  return {std::max(options.classes, training.columns), {}};
}

void encode(const Labels& labels, const Classes& classes, const DataOptions& options, Dataset& set) {
  if (!labels.reals.empty() && (classes.count == 0 || labels.numbers.empty())) {
    set.targets = labels.reals;
    return;
  }
  if (labels.columns != 0 && !classes.labels.empty())
    throw UserError(labels.file + ": the labels are one-hot, but those of the training samples are " +
                    list(classes.labels) + "; save both in one form");
  std::vector<std::int32_t> encoded;
  encoded.reserve(labels.numbers.size());
  for (const std::int64_t label : labels.numbers) {
    std::int64_t number = label;
    if (!classes.labels.empty()) {
      const auto found = std::ranges::lower_bound(classes.labels, label);
      const bool is_known = found != classes.labels.end() && *found == label;
      number = is_known ? found - classes.labels.begin() : -1;
    }
    const std::int64_t sample = std::ssize(encoded);
    if (number < 0 && !classes.labels.empty())
      labels.fail(sample,
                  fmt::format("no training sample has the label {} of sample {}; the labels of training are "
                              "{}; with labels from 0 on, data.classes says how many there are",
                              label, sample, list(classes.labels)));
    // A regression's integers are reported with the shapes.
    if (classes.count != 0 && (number < 0 || number >= classes.count))
      labels.fail(sample,
                  fmt::format("the label {} of sample {} is outside the classes; it must be in [0, {}){}",
                              label, sample, classes.count,
                              options.classes == 0 ? "" : "; data.classes 0 takes other numbers, too"));
    encoded.push_back(static_cast<std::int32_t>(number));
  }
  set.labels = std::move(encoded);
}

std::vector<std::string> names_of(const Classes& classes) {
  std::vector<std::string> names;
  for (const std::int64_t label : classes.labels) names.push_back(std::to_string(label));
  return names;
}

}  // namespace cellsweep::data
