// What a step does on a device beyond matrix products and recurrent layers. All pointers are to memory of the
// stream's device; work is only enqueued. Errors of a launch are Errors.
#pragma once

#include <cstdint>

#include "device/stream.h"
#include "model/dropout.h"
#include "model/more_sums.h"

namespace cellsweep::device {

// The samples of a data set, as in data::Dataset. One of bytes, which are divided by byte_divisor, and
// values, and of labels and targets, is null.
struct Samples {
  const std::uint8_t* bytes = nullptr;
  const float* values = nullptr;
  const std::int32_t* labels = nullptr;
  const float* targets = nullptr;
  std::int64_t time = 0, features = 0;
  float byte_divisor = 255;
};

// Which samples make a batch: `count` of them from position first + *batch * batch_size of `order` on;
// without an order, position and sample are the same. `batch` is read on the device, so that the same
// recorded work serves one batch after the other.
struct BatchSelection {
  const std::int64_t* order = nullptr;
  const std::int64_t* batch = nullptr;
  std::int64_t batch_size = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// A batch in device memory. What the task does not have is null.
struct BatchMemory {
  float* inputs = nullptr;  // (time, count, features)
  std::int32_t* labels = nullptr;
  float* targets = nullptr;
};
void gather(const Stream& stream, const Samples& samples, const BatchSelection& selection,
            const BatchMemory& batch);

// Fills `mask` (count, features) as model::fill_dropout_mask() does for step *step.
void fill_dropout_mask(const Stream& stream, model::DropoutPosition position, const std::int64_t* step,
                       double dropout, std::int64_t first_sample, std::int64_t count, std::int64_t features,
                       float* mask);

// packed[i] = map[i] < 0 ? 0 : flat[map[i]]
void pack(const Stream& stream, const std::int64_t* map, std::int64_t size, const float* flat, float* packed);
// flat[map[i]] += packed[i] if map[i] >= 0; no two entries are equal.
void add_unpacked(const Stream& stream, const std::int64_t* map, std::int64_t size, const float* packed,
                  float* flat);

// Column sums over rows, in a fixed order: for the result, bit for bit, it does not matter when and where it
// is computed. `partial` has room for column_sums_room() values.
std::int64_t column_sums_room(std::int64_t rows, std::int64_t columns);
// sums (2, columns) = sums of a and of a * b, both (rows, columns); b may be a.
void sum_columns(const Stream& stream, const float* a, const float* b, std::int64_t rows,
                 std::int64_t columns, double* partial, double* sums);
// gradient (columns) += sums of a (rows, columns)
void add_column_sums(const Stream& stream, const float* a, std::int64_t rows, std::int64_t columns,
                     double* partial, float* gradient);

// Batch normalisation over `width` columns, as in model::BatchNorm.
struct BatchNormMemory {
  std::int64_t width = 0;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float* moving_mean = nullptr;
  float* moving_variance = nullptr;
  float* mean = nullptr;               // of the batch
  float* inverse_deviation = nullptr;  // of the batch
};
// From the sums of sum_columns(x, x) over `count` rows: the statistics of the batch, for normalize(), and in
// `statistics` (2 * width + 1) means, variances and 1, or zeros if there are no rows.
void make_statistics(const Stream& stream, const BatchNormMemory& memory, const double* sums,
                     std::int64_t count, double* statistics);
// Moves the moving statistics towards `statistics`, which are those of one rank, or the sums of several.
void move_statistics(const Stream& stream, const BatchNormMemory& memory, const double* statistics);
// normalized = (x - mean) / deviation; y = normalized * gamma + beta. All are (rows, width).
void normalize(const Stream& stream, const BatchNormMemory& memory, const float* x, std::int64_t rows,
               float* normalized, float* y);
// The same by the moving statistics.
void normalize_by_moving(const Stream& stream, const BatchNormMemory& memory, const float* x,
                         std::int64_t rows, float* y);
// From sums (2, width) of dy and dy * normalized: adds to the gradients of beta and gamma.
void add_batch_norm_gradients(const Stream& stream, const double* sums, std::int64_t width, float* beta,
                              float* gamma);
// Replaces dy (rows, width) by dx, given those sums over the `count` rows behind the statistics.
void normalize_backward(const Stream& stream, const BatchNormMemory& memory, const float* normalized,
                        const double* sums, std::int64_t count, std::int64_t rows, float* dy);

// The loss of `outputs` (count, width), and whether they hit, of each sample: terms (count, 2). `gradient`,
// which may be null, gets that of scale * the sum of the loss, (count, width).
void crossentropy(const Stream& stream, const float* outputs, const std::int32_t* labels, std::int64_t count,
                  std::int64_t width, float scale, double* terms, float* gradient);
void squared_error(const Stream& stream, const float* outputs, const float* targets, std::int64_t count,
                   float scale, double* terms, float* gradient);
// metrics (loss, correct, samples) += the sums of terms (count, 2)
void add_metrics(const Stream& stream, const double* terms, std::int64_t count, double* partial,
                 double* metrics);

// What model::add_sample() reads: outputs (count, width), and labels or targets (count), the others null.
struct Outputs {
  const float* outputs = nullptr;
  const std::int32_t* labels = nullptr;
  const float* targets = nullptr;
  std::int64_t count = 0;
};
// sums (layout.size) += those of the samples; terms has room for (count, layout.size), partial for
// column_sums_room(count, layout.size) + layout.size values.
void add_more_metrics(const Stream& stream, const model::SumsLayout& layout, const Outputs& outputs,
                      double* terms, double* partial, double* sums);

// To the nearest bfloat16, of two equally near ones the even; a NaN stays one. And back.
void round_to_bfloat16(const Stream& stream, const float* values, std::int64_t size, std::uint16_t* rounded);
void widen_bfloat16(const Stream& stream, const std::uint16_t* rounded, std::int64_t size, float* values);

// Adds 1 to each; `step` may be null.
void advance(const Stream& stream, std::int64_t* batch, std::int64_t* step);

}  // namespace cellsweep::device
