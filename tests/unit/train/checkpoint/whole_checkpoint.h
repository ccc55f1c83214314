// A checkpoint with everything that can be there.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/layout.h"
#include "train/checkpoint/checkpoint.h"

namespace cellsweep::train {

inline model::Layout small_layout() {
  return model::make_layout({.cell = model::Cell::gru, .hidden_size = 2}, {3, 2, 2});
}

inline std::vector<float> numbers(std::int64_t count, float first) {
  std::vector<float> values(count);
  for (float& value : values) value = first++;
  return values;
}

// Two epochs and four batches of a run on two ranks, with everything that can be there.
inline Checkpoint whole() {
  const model::Layout layout = small_layout();
  const std::int64_t size = layout.trainable_size;
  Checkpoint checkpoint;
  checkpoint.config = "name: ä\n";
  checkpoint.progress = {
      .epoch = 2,
      .batch = 4,
      .seconds = 12.5,
      .epoch_seconds = 1.25,
      .reason = "none",
      .history = {{.epoch = 1,
                   .step = 9,
                   .metrics = {{"loss", 0.1}, {"val_loss", INFINITY}, {"val_balanced_accuracy", 0.25}}},
                  {.epoch = 2,
                   .step = 18,
                   .metrics = {{"loss", 1e-300},
                               {"accuracy", 0.5},
                               {"val_loss", 0.3},
                               {"val_balanced_accuracy", 0.75}}}},
      .early_stopping = {.any = true,
                         .best = -0.3,
                         .waited = 1,
                         .best_parameters = numbers(size, 0.5f),
                         .best_moving_statistics = numbers(layout.moving_statistics_size, 7)}};
  checkpoint.stepper = {
      .steps = 22,
      .updates = 7,
      .learning_rate = 0.1 + 0.2,
      .parameters = numbers(size, 1),
      .moving_statistics = numbers(layout.moving_statistics_size, 100),
      .first = numbers(size, 1000),
      .second = numbers(size, 2000),
      .shards = {{{0.1 + 0.7, 3, 32, {1, 2.5}}, {std::nan(""), 4, 32, {3, 4}}}, numbers(2 * size, -5)}};
  return checkpoint;
}

}  // namespace cellsweep::train
