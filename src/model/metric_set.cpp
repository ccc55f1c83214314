#include "model/metric_set.h"

#include <cstddef>

namespace cellsweep::model {
namespace {

// Gives sums of that kind `count` places after all others, if they have none yet.
void place(SumsLayout& layout, std::int64_t SumsLayout::*kind, std::int64_t count) {
  if (layout.*kind >= 0) return;
  layout.*kind = layout.size;
  layout.size += count;
}

}  // namespace

MetricSet::MetricSet(const std::optional<std::vector<std::string>>& wanted, Loss loss, std::int64_t outputs)
    : metrics_(metrics_of(wanted, loss)), layout_{.classes = outputs} {
  for (const Metric* metric : metrics_) switch (metric->needs) {
      case MoreSums::none:
        break;
      case MoreSums::top_5_hits:
        place(layout_, &SumsLayout::top_5_hits, 1);
        break;
      case MoreSums::class_counts:
        place(layout_, &SumsLayout::class_counts, 3 * outputs);
        break;
      case MoreSums::absolute_error:
        place(layout_, &SumsLayout::absolute_error, 1);
        break;
      case MoreSums::squared_error:
        place(layout_, &SumsLayout::squared_error, 1);
        break;
    }
}

void add(const MetricSums& sums, MetricSums& total) {
  total.loss += sums.loss;
  total.correct += sums.correct;
  total.samples += sums.samples;
  for (std::size_t i = 0; i < sums.more.size(); ++i) total.more[i] += sums.more[i];
}

MetricSums MetricSet::zeros() const {
  return {.more = std::vector<double>(layout_.size)};
}

}  // namespace cellsweep::model
