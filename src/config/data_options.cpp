#include "config/option_builders.h"

namespace cellsweep::config {

std::vector<Option> data_options() {
  return {
      make_option("data.format", CELLSWEEP_MEMBER(data.format),
                  "Where samples come from: MNIST's idx files, .npy files, or a generator"),
      as_path(make_option("data.directory", CELLSWEEP_MEMBER(data.directory),
                          "idx: the folder of MNIST's four files, each plain or .gz")),
      make_option("data.test_samples", CELLSWEEP_MEMBER(data.test_samples),
                  "idx: how many of the last samples of the test files are kept out of validation",
                  between(0, 1e9)),
      as_path(
          make_optional_string("data.train.inputs", CELLSWEEP_MEMBER(data.train.inputs),
                               "npy: training inputs, (samples, time, features), float32, float64 or uint8")),
      as_path(make_optional_string(
          "data.train.labels", CELLSWEEP_MEMBER(data.train.labels),
          "npy: training labels or targets, (samples) or (samples, 1), or one-hot (samples, classes)")),
      as_path(make_optional_string("data.validation.inputs", CELLSWEEP_MEMBER(data.validation.inputs),
                                   "npy: validation inputs, of the same kind")),
      as_path(make_optional_string("data.validation.labels", CELLSWEEP_MEMBER(data.validation.labels),
                                   "npy: validation labels or targets")),
      make_option("data.synthetic.task", CELLSWEEP_MEMBER(data.synthetic.task),
                  "synthetic: adding is a regression (train.loss: mse), copy_memory a classification"),
      make_option(
          "data.synthetic.length", CELLSWEEP_MEMBER(data.synthetic.length),
          "synthetic: time steps (adding), or steps between the symbol and the question (copy_memory)",
          between(2, 1e6)),
      make_option("data.synthetic.train_samples", CELLSWEEP_MEMBER(data.synthetic.train_samples),
                  "synthetic: how many training samples", between(1, 1e9)),
      make_option("data.synthetic.validation_samples", CELLSWEEP_MEMBER(data.synthetic.validation_samples),
                  "synthetic: how many validation samples", between(1, 1e9)),
      make_option("data.synthetic.classes", CELLSWEEP_MEMBER(data.synthetic.classes),
                  "synthetic: how many symbols of copy_memory", between(2, 1e6)),
      make_option("data.synthetic.seed", CELLSWEEP_MEMBER(data.synthetic.seed),
                  "synthetic: seed of the generated samples", at_least(0)),
      make_option("data.shuffle", CELLSWEEP_MEMBER(data.shuffle),
                  "A new order of the training samples each epoch"),
      make_option(
          "data.limit", CELLSWEEP_MEMBER(data.limit),
          "How many training samples, and how many validation samples, are used, from the first on; 0: all",
          between(0, 1e9)),
      make_option("data.classes", CELLSWEEP_MEMBER(data.classes),
                  "Number of classes, labelled from 0; 0: as many as the training labels need, which may be "
                  "any whole numbers",
                  between(0, 1e6)),
      make_option("data.shared", CELLSWEEP_MEMBER(data.shared),
                  "The ranks of a host share one copy of the data in /dev/shm; false, or without room there: "
                  "each rank has its own"),
      make_option("data.input_scale", CELLSWEEP_MEMBER(data.input_scale),
                  "idx, npy: how inputs are scaled; auto: uint8 is divided by 255, floats stay as they are"),
  };
}

}  // namespace cellsweep::config
