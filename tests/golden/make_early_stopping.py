"""Makes data/early_stopping.json: after which epoch Keras' EarlyStopping ends a run of given values, and which epoch's weights it
restores. train_test repeats that with cellsweep.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/requirements.txt
    /tmp/golden/bin/python tests/golden/make_early_stopping.py

Values are what Model.fit gives a callback: 32-bit floats, as Python's. They come from plateaus, from ties that 64 bits would
tell apart, from differences as large as min_delta, and from noise around all of these.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np


class Model:
    """What the callback asks of a model: its weights are the number of the epoch."""

    metrics = ()
    stop_training = False
    epoch = 0

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.epoch = weights


def outcome(values, mode, patience, min_delta):
    model = Model()
    callback = keras.callbacks.EarlyStopping(mode=mode, patience=patience, min_delta=min_delta, restore_best_weights=True)
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.epoch = epoch + 1
        callback.on_epoch_end(epoch, {"val_loss": float(np.float32(value))})
        if model.stop_training:
            break
    stopped = model.epoch if model.stop_training else 0
    callback.on_train_end()
    return stopped, model.epoch


def series(rng):
    """One value for each epoch, as 64-bit floats: cellsweep has them so before it judges."""
    kind = rng.integers(5)
    base = float(rng.choice([0.1, 0.3, 0.5, 0.7, 1.0, 2.3]))
    steps = rng.integers(-2, 3, size=12)
    if kind == 0:
        return [base + 0.01 * step for step in steps]
    if kind == 1:
        return [base + float(np.spacing(np.float32(base))) * step / 3 for step in steps]
    if kind == 2:
        return [base * (1 + 1e-12 * step) for step in steps]
    if kind == 3:
        return [base - 0.01 * epoch + float(rng.choice([0, 0, 1e-9, -1e-9])) for epoch in range(12)]
    return [base] * int(rng.integers(1, 6)) + [base - 0.01 * step for step in steps]


def main():
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(300):
        values, mode = series(rng), str(rng.choice(["min", "max"]))
        patience, min_delta = int(rng.integers(0, 4)), float(rng.choice([0, 0, 0.01, 0.02, 1e-7]))
        stopped, best = outcome(values, mode, patience, min_delta)
        cases.append({"figures": values, "mode": mode, "patience": patience, "min_delta": min_delta, "stopped": stopped,
                      "best": best})
    path = pathlib.Path(__file__).resolve().parent / "data" / "early_stopping.json"
    lines = ",\n".join(json.dumps(case) for case in cases)
    path.write_text(f'{{"keras": "{keras.__version__}", "cases": [\n{lines}\n]}}\n')


main()
