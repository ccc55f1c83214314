// What network is trained.
#pragma once

#include <cstdint>
#include <string>

#include "base/enum_names.h"

namespace cellsweep::model {

enum class Cell { simple_rnn, lstm, gru };
enum class Loss { sparse_categorical_crossentropy, mse };
enum class Engine { automatic, torch, fused, cudnn };

struct ModelOptions {
  Cell cell = Cell::lstm;
  std::int64_t hidden_size = 64;
  std::int64_t layers = 1;
  bool bidirectional = false;  // Keras' Bidirectional(merge_mode="concat") around each layer
  double dropout = 0.0;  // Keras' `dropout` of a recurrent layer: fraction of its input features dropped, one
                         // mask a sample for all time steps
  bool batch_norm = true;         // BatchNormalization between the last recurrent layer and Dense
  std::string initial_weights{};  // a safetensors file with Keras' names; empty: initialise from the seed
};

// The sizes that the data decides.
struct DataShape {
  std::int64_t time = 0;
  std::int64_t features = 0;
  std::int64_t outputs = 0;  // classes, or 1 for a regression
};

}  // namespace cellsweep::model

namespace cellsweep {
template <>
inline constexpr auto enum_names<model::Cell> =
    std::to_array<std::string_view>({"simple_rnn", "lstm", "gru"});
template <>
inline constexpr auto enum_names<model::Loss> =
    std::to_array<std::string_view>({"sparse_categorical_crossentropy", "mse"});
template <>
inline constexpr auto enum_names<model::Engine> =
    std::to_array<std::string_view>({"auto", "torch", "fused", "cudnn"});
}  // namespace cellsweep
