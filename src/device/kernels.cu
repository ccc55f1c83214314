// Compiled by CUDA's compiler if there is one, and as C++ if not. Sums over samples are made in a fixed
// order, without atomic additions, so that a step gives the same bits whenever it is repeated.
#include <cmath>
#include <cstring>

#include "base/random.h"
#include "device/for_each.h"
#include "device/kernels.h"

namespace cellsweep::device {
namespace {

constexpr double epsilon = 1e-3;
constexpr double momentum = 0.99;

// Up to so many rows, a column is summed up by one thread; beyond, by one for each so many.
constexpr std::int64_t rows_per_thread = 128;

std::int64_t parts_of(std::int64_t rows) {
  return rows <= rows_per_thread ? 1 : (rows + rows_per_thread - 1) / rows_per_thread;
}

// sums[i] = the sum of term(row, i) over the rows, for each i below `width`.
template <class Term>
void sum_rows(const Stream& stream, std::int64_t rows, std::int64_t width, double* partial, double* sums,
              const Term& term) {
  const std::int64_t parts = parts_of(rows);
  double* const out = parts == 1 ? sums : partial;
  for_each(stream, parts * width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t index) {
    const std::int64_t part = index / width, i = index % width;
    const std::int64_t end = (part + 1) * rows_per_thread < rows ? (part + 1) * rows_per_thread : rows;
    double sum = 0;
    for (std::int64_t row = part * rows_per_thread; row < end; ++row) sum += term(row, i);
    out[index] = sum;
  });
  if (parts == 1) return;
  for_each(stream, width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    double sum = 0;
    for (std::int64_t part = 0; part < parts; ++part) sum += partial[part * width + i];
    sums[i] = sum;
  });
}

}  // namespace

void gather(const Stream& stream, const Samples& samples, const BatchSelection& selection,
            const BatchMemory& batch) {
  const auto sample_of = [selection] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    const std::int64_t position = selection.first + *selection.batch * selection.batch_size + i;
    return selection.order == nullptr ? position : selection.order[position];
  };
  const std::int64_t step = selection.count * samples.features;
  for_each(stream, samples.time * step, [=] CELLSWEEP_HOST_DEVICE(std::int64_t index) {
    const std::int64_t time = index / step, i = index % step / samples.features;
    const std::int64_t at =
        (sample_of(i) * samples.time + time) * samples.features + index % samples.features;
    batch.inputs[index] = samples.bytes != nullptr
                              ? static_cast<float>(samples.bytes[at]) / samples.byte_divisor
                              : samples.values[at];
  });
  for_each(stream, selection.count, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    if (samples.labels != nullptr)
      batch.labels[i] = samples.labels[sample_of(i)];
    else
      batch.targets[i] = samples.targets[sample_of(i)];
  });
}

void fill_dropout_mask(const Stream& stream, model::DropoutPosition position, const std::int64_t* step,
                       double dropout, std::int64_t first_sample, std::int64_t count, std::int64_t features,
                       float* mask) {
  const model::DropoutSequence sequence(position, dropout);
  for_each(stream, count * features, [=] CELLSWEEP_HOST_DEVICE(std::int64_t index) {
    mask[index] = sequence.value(*step, first_sample * features + index);
  });
}

void pack(const Stream& stream, const std::int64_t* map, std::int64_t size, const float* flat,
          float* packed) {
  for_each(stream, size,
           [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) { packed[i] = map[i] < 0 ? 0.0f : flat[map[i]]; });
}

void add_unpacked(const Stream& stream, const std::int64_t* map, std::int64_t size, const float* packed,
                  float* flat) {
  for_each(stream, size, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    if (map[i] >= 0) flat[map[i]] += packed[i];
  });
}

std::int64_t column_sums_room(std::int64_t rows, std::int64_t columns) {
  return parts_of(rows) * 2 * columns;
}

void sum_columns(const Stream& stream, const float* a, const float* b, std::int64_t rows,
                 std::int64_t columns, double* partial, double* sums) {
  sum_rows(stream, rows, 2 * columns, partial, sums,
           [=] CELLSWEEP_HOST_DEVICE(std::int64_t row, std::int64_t i) {
             if (i < columns) return static_cast<double>(a[row * columns + i]);
             const std::int64_t at = row * columns + i - columns;
             return static_cast<double>(a[at]) * static_cast<double>(b[at]);
           });
}

void add_column_sums(const Stream& stream, const float* a, std::int64_t rows, std::int64_t columns,
                     double* partial, float* gradient) {
  double* const sums = partial + parts_of(rows) * columns;
  sum_rows(stream, rows, columns, partial, sums, [=] CELLSWEEP_HOST_DEVICE(std::int64_t row, std::int64_t i) {
    return static_cast<double>(a[row * columns + i]);
  });
  for_each(stream, columns,
           [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) { gradient[i] += static_cast<float>(sums[i]); });
}

void make_statistics(const Stream& stream, const BatchNormMemory& memory, const double* sums,
                     std::int64_t count, double* statistics) {
  const std::int64_t width = memory.width;
  for_each(stream, width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    const double rows = count > 0 ? static_cast<double>(count) : 1.0;
    const double mean = sums[i] / rows;
    const double variance = fmax(sums[width + i] / rows - mean * mean, 0.0);
    memory.mean[i] = static_cast<float>(mean);
    memory.inverse_deviation[i] = static_cast<float>(1 / sqrt(variance + epsilon));
    statistics[i] = mean;
    statistics[width + i] = variance;
    if (i == 0) statistics[2 * width] = count > 0 ? 1.0 : 0.0;
  });
}

void move_statistics(const Stream& stream, const BatchNormMemory& memory, const double* statistics) {
  const std::int64_t width = memory.width;
  for_each(stream, width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    const double ranks = statistics[2 * width];
    if (ranks == 0) return;
    const auto move = [ranks](float& statistic, double value) {
      statistic = static_cast<float>(statistic * momentum + value / ranks * (1 - momentum));
    };
    move(memory.moving_mean[i], statistics[i]);
    move(memory.moving_variance[i], statistics[width + i]);
  });
}

void normalize(const Stream& stream, const BatchNormMemory& memory, const float* x, std::int64_t rows,
               float* normalized, float* y) {
  for_each(stream, rows * memory.width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t at) {
    const std::int64_t i = at % memory.width;
    normalized[at] = (x[at] - memory.mean[i]) * memory.inverse_deviation[i];
    y[at] = normalized[at] * memory.gamma[i] + memory.beta[i];
  });
}

void normalize_by_moving(const Stream& stream, const BatchNormMemory& memory, const float* x,
                         std::int64_t rows, float* y) {
  for_each(stream, rows * memory.width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t at) {
    const std::int64_t i = at % memory.width;
    const auto scale = static_cast<float>(memory.gamma[i] / sqrt(memory.moving_variance[i] + epsilon));
    y[at] = (x[at] - memory.moving_mean[i]) * scale + memory.beta[i];
  });
}

void add_batch_norm_gradients(const Stream& stream, const double* sums, std::int64_t width, float* beta,
                              float* gamma) {
  for_each(stream, width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    beta[i] += static_cast<float>(sums[i]);
    gamma[i] += static_cast<float>(sums[width + i]);
  });
}

// Ioffe and Szegedy, ICML 2015, section 3: dx = gamma / deviation * (dy - mean(dy) - normalised * mean(dy *
// normalised)).
void normalize_backward(const Stream& stream, const BatchNormMemory& memory, const float* normalized,
                        const double* sums, std::int64_t count, std::int64_t rows, float* dy) {
  const std::int64_t width = memory.width;
  for_each(stream, rows * width, [=] CELLSWEEP_HOST_DEVICE(std::int64_t at) {
    const std::int64_t i = at % width;
    const auto mean = static_cast<float>(sums[i] / static_cast<double>(count));
    const auto product = static_cast<float>(sums[width + i] / static_cast<double>(count));
    dy[at] = memory.gamma[i] * memory.inverse_deviation[i] * (dy[at] - mean - normalized[at] * product);
  });
}

void crossentropy(const Stream& stream, const float* outputs, const std::int32_t* labels, std::int64_t count,
                  std::int64_t width, float scale, double* terms, float* gradient) {
  for_each(stream, count, [=] CELLSWEEP_HOST_DEVICE(std::int64_t sample) {
    const float* const row = outputs + sample * width;
    const std::int32_t label = labels[sample];
    std::int64_t first_largest = 0;
    for (std::int64_t i = 1; i < width; ++i)
      if (row[i] > row[first_largest]) first_largest = i;
    double sum = 0;
    for (std::int64_t i = 0; i < width; ++i) sum += expf(row[i] - row[first_largest]);
    terms[2 * sample] = log(sum) + row[first_largest] - row[label];
    terms[2 * sample + 1] = first_largest == label ? 1.0 : 0.0;
    if (gradient == nullptr) return;
    const auto inverse = static_cast<float>(1 / sum);
    for (std::int64_t i = 0; i < width; ++i)
      gradient[sample * width + i] =
          scale * (expf(row[i] - row[first_largest]) * inverse - (i == label ? 1.0f : 0.0f));
  });
}

void squared_error(const Stream& stream, const float* outputs, const float* targets, std::int64_t count,
                   float scale, double* terms, float* gradient) {
  for_each(stream, count, [=] CELLSWEEP_HOST_DEVICE(std::int64_t sample) {
    const double error = static_cast<double>(outputs[sample]) - targets[sample];
    terms[2 * sample] = error * error;
    terms[2 * sample + 1] = 0;
    if (gradient != nullptr) gradient[sample] = scale * static_cast<float>(2 * error);
  });
}

void add_metrics(const Stream& stream, const double* terms, std::int64_t count, double* partial,
                 double* metrics) {
  double* const sums = partial + parts_of(count) * 2;
  sum_rows(stream, count, 2, partial, sums,
           [=] CELLSWEEP_HOST_DEVICE(std::int64_t row, std::int64_t i) { return terms[2 * row + i]; });
  for_each(stream, 3, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    metrics[i] += i < 2 ? sums[i] : static_cast<double>(count);
  });
}

void add_more_metrics(const Stream& stream, const model::SumsLayout& layout, const Outputs& outputs,
                      double* terms, double* partial, double* sums) {
  const std::int64_t size = layout.size;
  for_each(stream, outputs.count, [=] CELLSWEEP_HOST_DEVICE(std::int64_t sample) {
    double* const mine = terms + sample * size;
    for (std::int64_t i = 0; i < size; ++i) mine[i] = 0;
    model::add_sample(layout, outputs.outputs + sample * layout.classes,
                      outputs.labels == nullptr ? 0 : outputs.labels[sample],
                      outputs.targets == nullptr ? 0 : outputs.targets[sample], mine);
  });
  double* const added = partial + parts_of(outputs.count) * size;
  sum_rows(stream, outputs.count, size, partial, added,
           [=] CELLSWEEP_HOST_DEVICE(std::int64_t row, std::int64_t i) { return terms[row * size + i]; });
  for_each(stream, size, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) { sums[i] += added[i]; });
}

void round_to_bfloat16(const Stream& stream, const float* values, std::int64_t size, std::uint16_t* rounded) {
  for_each(stream, size, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    std::uint32_t bits = 0;
    memcpy(&bits, values + i, sizeof bits);
    const bool is_nan = values[i] != values[i];
    const std::uint32_t half_an_ulp = 0x7fff + ((bits >> 16) & 1);
    rounded[i] = static_cast<std::uint16_t>(is_nan ? 0x7fc0u : (bits + half_an_ulp) >> 16);
  });
}

void widen_bfloat16(const Stream& stream, const std::uint16_t* rounded, std::int64_t size, float* values) {
  for_each(stream, size, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(rounded[i]) << 16;
    memcpy(values + i, &bits, sizeof bits);
  });
}

void advance(const Stream& stream, std::int64_t* batch, std::int64_t* step) {
  const std::int64_t counters = step == nullptr ? 1 : 2;
  for_each(stream, counters, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) { ++*(i == 0 ? batch : step); });
}

}  // namespace cellsweep::device
