"""Makes the golden cases: what Keras itself gets for short runs, which golden_test repeats with cellsweep.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/requirements.txt
    /tmp/golden/bin/python tests/golden/make_golden.py

data/*.npy is shared by all cases. cases/<case>/ holds config.yaml (paths relative to tests/golden), initial.safetensors,
expected.safetensors (weights and moving statistics after three epochs of model.fit) and expected_history.json. Only what
Keras computes is kept, so another release of Keras or JAX may change last digits, not more. The sizes are odd on purpose: the
last batch is short and no count divides by two, three or four ranks.
"""

import json
import os
import pathlib
import shutil

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parent
TRAIN, VALIDATION, BATCH, TIME, FEATURES, HIDDEN, CLASSES, EPOCHS = 58, 23, 12, 13, 7, 20, 5, 3
CELLS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
}

SGD = {"name": "sgd", "learning_rate": 0.05}
MOMENTUM = SGD | {"momentum": 0.9}
ADAM = {"name": "adam", "learning_rate": 0.01}
RMSPROP = {"name": "rmsprop", "learning_rate": 0.005}

# Case: (model, optimizer, further keys of train).
CASES = {
    f"{cell}_{name}": ({"cell": cell}, optimizer, {})
    for cell in CELLS
    for name, optimizer in {"sgd": SGD, "momentum": MOMENTUM, "adam": ADAM}.items()
} | {
    "nesterov": ({"cell": "gru"}, MOMENTUM | {"nesterov": True}, {}),
    "rmsprop": ({"cell": "lstm"}, RMSPROP, {}),
    "rmsprop_momentum": ({"cell": "simple_rnn"}, RMSPROP | {"momentum": 0.5, "rho": 0.8, "epsilon": 1e-4}, {}),
    "adam_betas": ({"cell": "simple_rnn"}, ADAM | {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}, {}),
    "adamw": ({"cell": "gru"}, ADAM | {"name": "adamw", "weight_decay": 0.5}, {}),
    "clipnorm": ({"cell": "gru"}, MOMENTUM | {"clipnorm": 0.1}, {}),
    "global_clipnorm": ({"cell": "lstm"}, MOMENTUM | {"global_clipnorm": 0.3}, {}),
    "clipvalue": ({"cell": "simple_rnn"}, MOMENTUM | {"clipvalue": 0.02}, {}),
    "accumulation": ({"cell": "lstm"}, MOMENTUM, {"gradient_accumulation_steps": 2}),
    "accumulation_adam": ({"cell": "gru"}, ADAM | {"clipnorm": 0.1}, {"gradient_accumulation_steps": 2}),
    "two_layers": ({"cell": "gru", "layers": 2}, MOMENTUM, {}),
    "two_layers_lstm": ({"cell": "lstm", "layers": 2}, SGD, {}),
    "bidirectional": ({"cell": "lstm", "bidirectional": True}, MOMENTUM, {}),
    "bidirectional_gru": ({"cell": "gru", "bidirectional": True}, MOMENTUM, {}),
    "bidirectional_two_layers": ({"cell": "simple_rnn", "bidirectional": True, "layers": 2}, MOMENTUM, {}),
    "no_batch_norm": ({"cell": "lstm", "batch_norm": False}, MOMENTUM, {}),
    "regression": ({"cell": "gru"}, MOMENTUM | {"learning_rate": 0.01}, {"loss": "mse"}),
    "cosine_warmup": (
        {"cell": "lstm"},
        MOMENTUM,
        {"schedule": {"name": "cosine", "warmup_steps": 4, "decay_steps": 9, "alpha": 0.1}},
    ),
    "step_decay": ({"cell": "gru"}, SGD, {"schedule": {"name": "step", "decay_steps": 4, "decay_rate": 0.3}}),
    "metrics": ({"cell": "gru"}, MOMENTUM, {"metrics": ["accuracy", "balanced_accuracy"]}),
    "regression_metrics": (
        {"cell": "lstm"},
        MOMENTUM | {"learning_rate": 0.01},
        {"loss": "mse", "metrics": ["mean_absolute_error", "root_mean_squared_error"]},
    ),
}


class BalancedAccuracy(keras.metrics.Metric):
    """The mean of the recalls of the classes that the samples have, which Keras lacks."""

    def __init__(self):
        super().__init__(name="balanced_accuracy")
        self.counts = self.add_weight(shape=(CLASSES, CLASSES), initializer="zeros", name="counts")

    def update_state(self, labels, outputs, sample_weight=None):
        truth = keras.ops.one_hot(keras.ops.reshape(labels, (-1,)), CLASSES)
        found = keras.ops.one_hot(keras.ops.argmax(outputs, axis=1), CLASSES)
        self.counts.assign_add(keras.ops.matmul(keras.ops.transpose(truth), found))

    def result(self):
        actual = keras.ops.sum(self.counts, axis=1)
        recalls = keras.ops.diagonal(self.counts) / keras.ops.maximum(actual, 1)
        return keras.ops.sum(recalls) / keras.ops.sum(keras.ops.cast(actual > 0, "float32"))


METRICS = {
    "balanced_accuracy": BalancedAccuracy,
    "mean_absolute_error": keras.metrics.MeanAbsoluteError,
    "root_mean_squared_error": keras.metrics.RootMeanSquaredError,
}


def make_metrics(names):
    return [METRICS[name]() if name in METRICS else name for name in names]


def make_data(rng):
    """Noise whose labels follow from it, so that there is something to learn."""
    rule = rng.normal(size=(FEATURES, CLASSES))
    data = {}
    for part, samples in (("train", TRAIN), ("validation", VALIDATION)):
        inputs = rng.normal(size=(samples, TIME, FEATURES)).astype(np.float32)
        scores = inputs[:, -4:].sum(axis=1) @ rule
        data[f"{part}_inputs"] = inputs
        data[f"{part}_labels"] = scores.argmax(axis=1).astype(np.int32)
        data[f"{part}_targets"] = (scores[:, 0] / 5).astype(np.float32)
    return data


def make_model(model, outputs):
    layers = [keras.Input((TIME, FEATURES))]
    count = model.get("layers", 1)
    for layer in range(count):
        cell = CELLS[model["cell"]](HIDDEN, return_sequences=layer + 1 < count)
        layers.append(keras.layers.Bidirectional(cell) if model.get("bidirectional") else cell)
    if model.get("batch_norm", True):
        layers.append(keras.layers.BatchNormalization())
    return keras.Sequential([*layers, keras.layers.Dense(outputs)])


def named_weights(network):
    """Keras' variables under the names of a cellsweep weights file."""
    names, count = {}, 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            parts = {"batch_norm": layer}
        elif isinstance(layer, keras.layers.Dense):
            parts = {"dense": layer}
        else:
            prefix = f"rnn_{count}" if count else "rnn"
            count += 1
            if isinstance(layer, keras.layers.Bidirectional):
                parts = {f"{prefix}.forward": layer.forward_layer, f"{prefix}.backward": layer.backward_layer}
            else:
                parts = {prefix: layer}
        for prefix, part in parts.items():
            # A recurrent layer also lists the state of its dropout's random generator; nothing that is learnt.
            weights = [w for w in part.weights if "seed_generator" not in w.path]
            names |= {f"{prefix}.{weight.name}": weight for weight in weights}
    return names


def make_learning_rate(optimizer, schedule):
    rate = optimizer["learning_rate"]
    if schedule is None:
        return rate
    if schedule["name"] == "step":
        return keras.optimizers.schedules.ExponentialDecay(
            rate, schedule["decay_steps"], schedule["decay_rate"], staircase=True
        )
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        schedule["decay_steps"],
        alpha=schedule["alpha"],
        warmup_target=rate,
        warmup_steps=schedule["warmup_steps"],
    )


def yaml_lines(value, indent=""):
    for key, item in value.items():
        if isinstance(item, dict):
            yield f"{indent}{key}:"
            yield from yaml_lines(item, indent + "  ")
        else:
            yield f"{indent}{key}: {item if isinstance(item, str) else json.dumps(item)}"


def write_config(case, model, optimizer, train):
    labels = "targets" if train.get("loss") == "mse" else "labels"
    config = {
        "name": f"golden-{case}",
        "data": {
            "format": "npy",
            "train": {"inputs": "data/train_inputs.npy", "labels": f"data/train_{labels}.npy"},
            "validation": {"inputs": "data/validation_inputs.npy", "labels": f"data/validation_{labels}.npy"},
            "shuffle": False,
        },
        "model": model | {"hidden_size": HIDDEN, "initial_weights": f"cases/{case}/initial.safetensors"},
        "train": {"epochs": EPOCHS, "batch_size": BATCH} | train | {"optimizer": optimizer},
    }
    (ROOT / "cases" / case / "config.yaml").write_text("\n".join(yaml_lines(config)) + "\n")


def train_case(seed, data, model, optimizer, train):
    """Initial weights, weights after training, history."""
    keras.utils.set_random_seed(seed)
    regression = train.get("loss") == "mse"
    network = make_model(model, 1 if regression else CLASSES)
    weights = named_weights(network)
    # Biases, gamma, beta and moving statistics would start at 0 or 1; moved away, so that mixing two up shows.
    rng = np.random.default_rng(seed)
    for name, weight in weights.items():
        if weight.name not in ("kernel", "recurrent_kernel"):
            weight.assign(weight.numpy() + rng.uniform(-0.2, 0.2, weight.shape))
    initial = {name: weight.numpy() for name, weight in weights.items()}

    arguments = optimizer | {"learning_rate": make_learning_rate(optimizer, train.get("schedule"))}
    arguments["gradient_accumulation_steps"] = train.get("gradient_accumulation_steps")
    network.compile(
        optimizer=OPTIMIZERS[arguments.pop("name")](**arguments),
        loss="mse" if regression else keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=make_metrics(train.get("metrics", [] if regression else ["accuracy"])),
    )
    labels = "targets" if regression else "labels"
    history = network.fit(
        data["train_inputs"],
        data[f"train_{labels}"],
        batch_size=BATCH,
        epochs=EPOCHS,
        shuffle=False,
        validation_data=(data["validation_inputs"], data[f"validation_{labels}"]),
        verbose=0,
    ).history
    expected = {name: weight.numpy() for name, weight in weights.items()}
    for name in initial:
        assert not np.allclose(initial[name], expected[name], atol=1e-4), f"{name} was not trained"
    return initial, expected, history


def main():
    data = make_data(np.random.default_rng(20))
    shutil.rmtree(ROOT / "cases", ignore_errors=True)
    for folder in ("data", "cases"):
        (ROOT / folder).mkdir(exist_ok=True)
    for name, values in data.items():
        np.save(ROOT / "data" / f"{name}.npy", values)
    for seed, (case, (model, optimizer, train)) in enumerate(CASES.items(), start=1):
        folder = ROOT / "cases" / case
        folder.mkdir()
        write_config(case, model, optimizer, train)
        initial, expected, history = train_case(seed, data, model, optimizer, train)
        save_file(initial, folder / "initial.safetensors")
        save_file(expected, folder / "expected.safetensors")
        (folder / "expected_history.json").write_text(json.dumps(history, indent=1) + "\n")
        print(case, " ".join(f"{loss:.4f}" for loss in history["loss"] + history["val_loss"]), flush=True)


if __name__ == "__main__":
    main()
