"""The network in Keras on JAX, as its users write and train it."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import statistics
import time

import keras
import numpy as np

from peer import BATCH, BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, CLASSES, FEATURES, LEARNING_RATE, TIME, Peer

LAYERS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
# Batches of an epoch that is timed.
SLICE = 100


def make_model(cell, hidden=64, learning_rate=LEARNING_RATE, metrics=()):
    """A compiled model."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((TIME, FEATURES)),
            LAYERS[cell](hidden),
            keras.layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=list(metrics))
    return model


class EpochTimes(keras.callbacks.Callback):
    """Seconds of each epoch. It has no hook of a batch, so it neither slows the steps nor waits for them."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)


def reorder(cell, value):
    """Between PyTorch's order of gates and Keras', either way: the gru's first two change places."""
    if cell != "gru":
        return value
    r, z, n = np.split(value, 3, axis=-1)
    return np.concatenate([z, r, n], axis=-1)


class Keras(Peer):
    def __init__(self, cell, hidden, learning_rate):
        self.cell = cell
        self.model = make_model(cell, hidden, learning_rate)

    def load(self, weights):
        of_gates = [reorder(self.cell, weights[name]) for name in ("kernel", "recurrent", "bias")]
        if self.cell == "gru":
            of_gates[2] = np.stack([of_gates[2], reorder(self.cell, weights["recurrent_bias"])])
        recurrent, norm, dense = self.model.layers
        recurrent.set_weights(of_gates)
        norm.set_weights([weights["gamma"], weights["beta"], *norm.get_weights()[2:]])
        dense.set_weights([weights["dense"], weights["dense_bias"]])

    def weights(self):
        recurrent, norm, dense = self.model.layers
        kernel, recurrent_kernel, bias = (reorder(self.cell, value) for value in recurrent.get_weights())
        weights = {"kernel": kernel, "recurrent": recurrent_kernel, "bias": bias}
        if self.cell == "gru":
            weights["bias"], weights["recurrent_bias"] = bias
        weights["gamma"], weights["beta"] = norm.get_weights()[:2]
        weights["dense"], weights["dense_bias"] = dense.get_weights()
        return weights

    def step(self, inputs, labels):
        self.model.train_on_batch(inputs, labels)

    def time_steps(self, batches, steps):
        """The median over epochs of SLICE batches in fit, per batch.

        fit is what its users call. It hands the weights to the compiled step and waits for the loss once an epoch;
        train_on_batch does both in every step, so fit is the fairer one. What it does once a call, outside the epochs,
        is not counted.
        """
        times = EpochTimes()
        inputs, labels = batches.take(SLICE)
        epochs = max(1, round(steps / SLICE))
        self.model.fit(inputs, labels, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[times])
        return 1e3 * statistics.median(times.seconds) / SLICE
