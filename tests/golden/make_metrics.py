"""Makes data/metrics.json: outputs of a network, and what Keras and scikit-learn measure of them. model_test repeats that.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install -r tests/golden/requirements.txt
    /tmp/golden/bin/python tests/golden/make_metrics.py

A class that no sample has and one that none is taken for are among them. No two outputs of a sample are equal: of ties each
library makes something else.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np
import sklearn.metrics

SAMPLES, CLASSES = 61, 9


def of_keras(metric, truth, outputs):
    metric.update_state(truth, outputs)
    return float(metric.result())


def classification(rng):
    outputs = rng.normal(size=(SAMPLES, CLASSES)).astype(np.float32)
    outputs[:, 3] -= 9  # which no sample is taken for
    labels = rng.integers(0, CLASSES - 1, size=SAMPLES)  # none is of the last class
    outputs[np.arange(SAMPLES), labels] += rng.choice([0, 1.5], size=SAMPLES).astype(np.float32)
    assert all(len(set(row)) == CLASSES for row in outputs.tolist())
    found = outputs.argmax(axis=1)
    f1_score = sklearn.metrics.f1_score(labels, found, labels=range(CLASSES), average="macro", zero_division=0)
    of_hot = of_keras(keras.metrics.F1Score(average="macro"), np.eye(CLASSES)[labels], outputs)
    assert abs(f1_score - of_hot) < 1e-6, "Keras adds 1e-7 to what it divides by"
    return {
        "outputs": outputs.astype(float).tolist(),
        "labels": labels.tolist(),
        "expected": {
            "accuracy": sklearn.metrics.accuracy_score(labels, found),
            "top_5_accuracy": of_keras(keras.metrics.SparseTopKCategoricalAccuracy(k=5), labels, outputs),
            "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(labels, found),
            "f1_score": f1_score,
        },
    }


def regression(rng):
    targets = rng.normal(size=SAMPLES).astype(np.float32)
    outputs = (targets + rng.normal(scale=0.3, size=SAMPLES)).astype(np.float32)
    mean_absolute_error = sklearn.metrics.mean_absolute_error(targets.astype(float), outputs.astype(float))
    root_mean_squared_error = sklearn.metrics.root_mean_squared_error(targets.astype(float), outputs.astype(float))
    assert abs(of_keras(keras.metrics.MeanAbsoluteError(), targets, outputs) - mean_absolute_error) < 1e-6
    assert abs(of_keras(keras.metrics.RootMeanSquaredError(), targets, outputs) - root_mean_squared_error) < 1e-6
    return {
        "outputs": [[value] for value in outputs.astype(float).tolist()],
        "targets": targets.astype(float).tolist(),
        "expected": {"mean_absolute_error": mean_absolute_error, "root_mean_squared_error": root_mean_squared_error},
    }


def main():
    rng = np.random.default_rng(5)
    data = {"classification": classification(rng), "regression": regression(rng)}
    path = pathlib.Path(__file__).resolve().parent / "data" / "metrics.json"
    path.write_text(json.dumps(data) + "\n")
    for problem in data.values():
        print(problem["expected"])


if __name__ == "__main__":
    main()
