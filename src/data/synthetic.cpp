#include "data/synthetic.h"

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace cellsweep::data {
namespace {

void require(bool right, const std::string& what) {
  if (!right) throw UserError("data.synthetic." + what);
}

// The number of values of a set, once it is known to fit in memory.
std::size_t value_count(const Dataset& set, std::size_t item_size) {
  const auto memory = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  std::uint64_t bytes = item_size;
  bool too_large = false;
  for (const auto dimension : {set.samples, set.time, set.features})
    too_large |= __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(dimension), &bytes);
  require(!too_large && bytes < memory,
          "length: " + std::to_string(set.samples) + " samples of " + std::to_string(set.time) +
              " steps are more than this machine's memory holds; make one of them smaller");
  return bytes / item_size;
}

Dataset make_adding(const RandomSequence& random, std::int64_t length, std::int64_t samples) {
  require(length >= 2,
          "length: is " + std::to_string(length) + ", but the adding problem needs at least 2 steps");
  Dataset set{.samples = samples, .time = length, .features = 2, .inputs = {}, .labels = {}, .targets = {}};
  std::vector<float> inputs(value_count(set, sizeof(float)));
  std::vector<float> targets(static_cast<std::size_t>(samples));
  std::uint64_t draw = 0;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    float* const steps = inputs.data() + sample * length * 2;
    // 24 bits, which float32 holds exactly, so that no value rounds up to 1.
    for (std::int64_t step = 0; step < length; ++step)
      steps[2 * step] = static_cast<float>(random.bits(draw++) >> 40) * 0x1p-24f;
    const auto half = static_cast<std::uint64_t>(length / 2);
    const std::uint64_t first = random.below(draw++, half);
    const std::uint64_t second = half + random.below(draw++, static_cast<std::uint64_t>(length) - half);
    steps[2 * first + 1] = steps[2 * second + 1] = 1;
    targets[static_cast<std::size_t>(sample)] = steps[2 * first] + steps[2 * second];
  }
  set.inputs = std::move(inputs);
  set.targets = std::move(targets);
  return set;
}

Dataset make_copy_memory(const RandomSequence& random, const SyntheticOptions& options,
                         std::int64_t samples) {
  require(options.length >= 0, "length: is " + std::to_string(options.length) + "; it must be at least 0");
  require(options.classes >= 2 && options.classes < std::numeric_limits<std::int32_t>::max(),
          "classes: is " + std::to_string(options.classes) + "; it must be in [2, 2^31 - 1)");
  require(options.length <= std::numeric_limits<std::int64_t>::max() - 2, "length: is too large");
  Dataset set{.samples = samples,
              .time = options.length + 2,
              .features = options.classes + 1,
              .inputs = {},
              .labels = {},
              .targets = {}};
  // 255 counts as 1 (Dataset::inputs) in a quarter of the memory.
  std::vector<std::uint8_t> inputs(value_count(set, 1));
  std::vector<std::int32_t> labels(static_cast<std::size_t>(samples));
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    std::uint8_t* const values = inputs.data() + sample * set.time * set.features;
    const std::uint64_t symbol =
        random.below(static_cast<std::uint64_t>(sample), static_cast<std::uint64_t>(options.classes));
    values[symbol] = 255;
    values[set.time * set.features - 1] = 255;
    labels[static_cast<std::size_t>(sample)] = static_cast<std::int32_t>(symbol);
  }
  set.inputs = std::move(inputs);
  set.labels = std::move(labels);
  return set;
}

}  // namespace

Dataset make_synthetic(const SyntheticOptions& options, SyntheticPart part, std::int64_t samples) {
  require(samples >= 1, (part == SyntheticPart::train ? "train_samples: is " : "validation_samples: is ") +
                            std::to_string(samples) + "; it must be at least 1");
  const RandomSequence random(options.seed, RandomPurpose::synthetic_data,
                              part == SyntheticPart::train ? 0 : 1);
  if (options.task == SyntheticTask::adding) return make_adding(random, options.length, samples);
  return make_copy_memory(random, options, samples);
}

}  // namespace cellsweep::data
