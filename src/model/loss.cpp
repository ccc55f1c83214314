#include "model/loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace cellsweep::model {
namespace {

// The loss of one sample; the gradient if there is room for it.
double crossentropy(std::span<const float> logits, std::size_t label, std::span<float> gradient) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float power = std::exp(logits[i] - largest);
    sum += power;
    if (!gradient.empty()) gradient[i] = power;
  }
  const auto scale = static_cast<float>(1 / sum);
  for (float& value : gradient) value *= scale;
  if (!gradient.empty()) gradient[label] -= 1;
  return std::log(sum) + largest - logits[label];
}

// A pass of its own, so that a run without further metrics does nothing for them.
void add_more(const Batch& batch, const SumsLayout& layout, std::span<const float> outputs,
              std::vector<double>& more) {
  if (layout.size == 0) return;
  const std::size_t samples = batch.samples;
  for (std::size_t sample = 0; sample < samples; ++sample)
    add_sample(layout, outputs.data() + sample * (outputs.size() / samples),
               batch.labels.empty() ? 0 : batch.labels[sample],
               batch.targets.empty() ? 0 : batch.targets[sample], more.data());
}

}  // namespace

void compute_loss(Loss loss, const Batch& batch, const SumsLayout& layout, std::span<const float> outputs,
                  std::span<float> gradient, MetricSums& sums) {
  const std::size_t samples = batch.samples;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const std::size_t width = outputs.size() / samples;
    const auto row = outputs.subspan(sample * width, width);
    const auto row_gradient = gradient.empty() ? gradient : gradient.subspan(sample * width, width);
    if (loss == Loss::mse) {
      assert(width == 1);
      const double error = static_cast<double>(row[0]) - batch.targets[sample];
      if (!row_gradient.empty()) row_gradient[0] = static_cast<float>(2 * error);
      sums.loss += error * error;
    } else {
      const std::size_t label = batch.labels[sample];
      assert(label < width);
      sums.loss += crossentropy(row, label, row_gradient);
      sums.correct += std::max_element(row.begin(), row.end()) - row.begin() == batch.labels[sample] ? 1 : 0;
    }
  }
  sums.samples += batch.samples;
  add_more(batch, layout, outputs, sums.more);
}

void compute_loss_by_shard(Loss loss, const Batch& batch, const SumsLayout& layout,
                           std::span<const float> outputs, std::span<float> gradient,
                           std::span<MetricSums> sums) {
  const std::size_t width = outputs.size() / batch.samples;
  std::size_t first = 0;
  for (std::size_t shard = 0; shard < shards_of(batch).size(); ++shard) {
    const std::size_t count = shards_of(batch)[shard] - first;
    Batch part = batch;
    part.samples = static_cast<std::int64_t>(count);
    if (!batch.labels.empty()) part.labels = batch.labels.subspan(first, count);
    if (!batch.targets.empty()) part.targets = batch.targets.subspan(first, count);
    compute_loss(loss, part, layout, outputs.subspan(first * width, count * width),
                 gradient.subspan(first * width, count * width), sums[shard]);
    first += count;
  }
}

}  // namespace cellsweep::model
