// What people call a key, a metric or a value elsewhere (Keras, PyTorch, Lightning, W&B, Optuna, scripts of
// their own), and what that is here. Names are compared without regard to case and separators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/option.h"

namespace cellsweep::config {

// The key that a name means, or an empty string if there is no counterpart or no certainty. `values`: what
// the name is given, if that is known; names such as "model" mean model.cell only if the values are
// cells. A path of names ("model.optimizer.lr") means what its end does if what is before it only says
// to which part of the program the parameter belongs.
std::string meant_key(std::string_view name, const std::vector<std::string>& values = {});

// The key of the section sweep that a name means ("n_trials"), or an empty string.
std::string meant_sweep_key(std::string_view name);

// The metric that a name means ("val/acc", "Valid Loss", "test_accuracy"), or an empty string.
std::string meant_metric(std::string_view name);

// The choice of `option` that a word is another spelling or name of ("LSTM", "rnn", "Adam"), or an empty
// string.
std::string meant_choice(const Option& option, std::string_view word);

// Whether the word names something that is not here, however near it is spelled to something that is: a
// parameter ("recurrent_dropout") or a value ("nadam").
bool is_foreign(std::string_view word);

// The key or the choice that `word` is a slip of the keyboard away from, or an empty string. For a key,
// `here` are the words that are permitted in its place.
std::string near_key(std::string_view word, const std::vector<std::string>& here);
std::string near_choice(const Option& option, std::string_view word);

}  // namespace cellsweep::config
