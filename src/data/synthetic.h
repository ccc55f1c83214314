// Generated tasks that only a network with a long memory solves.
#pragma once

#include "data/dataset.h"

namespace cellsweep::data {

// Which of two sets that share no random numbers.
enum class SplitName { train, validation };

// Generates `samples` samples, a pure function of its arguments: the first n of a larger set are the set of
// n.
//
// adding: the adding problem (Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9,
// 1997, experiment 4), with values from [0, 1). `length` ≥ 2 steps of (value, marker); the marker is 1 at one
// step of each half, else 0. The target is the sum of the two marked values.
//
// copy_memory: recall after a delay. Step 0 shows one of `classes` ≥ 2 symbols one-hot, `length` ≥ 0 blank
// steps follow, and the last feature of the last step is 1, which asks for the symbol. Time is length + 2,
// features classes + 1; the label is the symbol.
//
// Throws UserError, naming the option, if one is out of range or the set is larger than the machine's
// memory.
Dataset make_synthetic(const SyntheticOptions& options, SplitName name, std::int64_t samples);

// The sizes of that set, and the type of its inputs. Throws UserError if an option is out of range.
Dataset outline_synthetic(const SyntheticOptions& options, SplitName name, std::int64_t samples);

}  // namespace cellsweep::data
