#include "data/synthetic.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"

namespace cellsweep::data {
namespace {

void require(bool right, const std::string& what) {
  if (!right) throw UserError("data.synthetic." + what);
}

void check(const SyntheticOptions& options, SplitName name, std::int64_t samples) {
  require(samples >= 1, (name == SplitName::train ? "train_samples: is " : "validation_samples: is ") +
                            std::to_string(samples) + "; it must be at least 1");
  if (options.task == SyntheticTask::adding) {
    require(options.length >= 2, "length: is " + std::to_string(options.length) +
                                     ", but the adding problem needs at least 2 steps");
    return;
  }
  require(options.length >= 0, "length: is " + std::to_string(options.length) + "; it must be at least 0");
  require(options.classes >= 2 && options.classes < std::numeric_limits<std::int32_t>::max(),
          "classes: is " + std::to_string(options.classes) + "; it must be in [2, 2^31 - 1)");
  require(options.length <= std::numeric_limits<std::int64_t>::max() - 2, "length: is too large");
}

// The number of values of a set, once it is known to fit in memory.
std::size_t value_count(const Dataset& set) {
  require_memory(memory_of(set),
                 "data.synthetic: " + std::to_string(set.samples) + " samples of " +
                     std::to_string(set.time) + " steps of " + std::to_string(set.features) +
                     " features need",
                 "lower data.synthetic's train_samples, validation_samples, length or classes");
  return set.samples * set.time * set.features;
}

void fill_adding(const RandomSequence& random, Dataset& set) {
  const std::int64_t length = set.time;
  std::vector<float> inputs(value_count(set));
  std::vector<float> targets(set.samples);
  std::uint64_t draw = 0;
  for (std::int64_t sample = 0; sample < set.samples; ++sample) {
    float* const steps = inputs.data() + sample * length * 2;
    // 24 bits, which float32 holds exactly, so that no value rounds up to 1.
    for (std::int64_t step = 0; step < length; ++step)
      steps[2 * step] = static_cast<float>(random.bits(draw++) >> 40) * 0x1p-24f;
    const auto half = static_cast<std::uint64_t>(length / 2);
    const std::uint64_t first = random.below(draw++, half);
    const std::uint64_t second = half + random.below(draw++, static_cast<std::uint64_t>(length) - half);
    steps[2 * first + 1] = steps[2 * second + 1] = 1;
    targets[sample] = steps[2 * first] + steps[2 * second];
  }
  set.inputs = std::move(inputs);
  set.targets = std::move(targets);
}

void fill_copy_memory(const RandomSequence& random, std::int64_t classes, Dataset& set) {
  // 255 counts as 1 (Dataset::byte_divisor) in a quarter of the memory.
  std::vector<std::uint8_t> inputs(value_count(set));
  std::vector<std::int32_t> labels(set.samples);
  for (std::int64_t sample = 0; sample < set.samples; ++sample) {
    std::uint8_t* const values = inputs.data() + sample * set.time * set.features;
    const std::uint64_t symbol =
        random.below(static_cast<std::uint64_t>(sample), static_cast<std::uint64_t>(classes));
    values[symbol] = 255;
    values[set.time * set.features - 1] = 255;
    labels[sample] = static_cast<std::int32_t>(symbol);
  }
  set.inputs = std::move(inputs);
  set.labels = std::move(labels);
}

}  // namespace

Dataset outline_synthetic(const SyntheticOptions& options, SplitName name, std::int64_t samples) {
  check(options, name, samples);
  const bool is_adding = options.task == SyntheticTask::adding;
  Dataset set{.samples = samples,
              .time = is_adding ? options.length : options.length + 2,
              .features = is_adding ? 2 : options.classes + 1,
              .inputs = {},
              .labels = {},
              .targets = {}};
  if (is_adding) set.inputs = Array<float>();
  return set;
}

Dataset make_synthetic(const SyntheticOptions& options, SplitName name, std::int64_t samples) {
  Dataset set = outline_synthetic(options, name, samples);
  const RandomSequence random(options.seed, RandomPurpose::synthetic_data, name == SplitName::train ? 0 : 1);
  if (options.task == SyntheticTask::adding)
    fill_adding(random, set);
  else
    fill_copy_memory(random, options.classes, set);
  return set;
}

}  // namespace cellsweep::data
