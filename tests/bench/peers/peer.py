"""What a peer is: one network of one library, and its training step."""

import abc
import statistics
import time

BATCH, TIME, FEATURES, CLASSES = 64, 28, 28, 10
BATCH_NORM_MOMENTUM, BATCH_NORM_EPSILON = 0.99, 1e-3
LEARNING_RATE = 0.01
GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}

# Name on the command line: name in the chart.
PEERS = {
    "pytorch": "PyTorch",
    "jax_scan": "JAX, scan",
    "jax_hoisted": "JAX, input hoisted",
    "jax_unrolled": "JAX, unrolled",
    "jax_handwritten": "JAX, own backward",
    "keras": "Keras (JAX)",
}


class Peer(abc.ABC):
    """Recurrent layer, batch normalisation, dense layer, softmax cross-entropy and SGD.

    Weights travel between peers as a dict of float32 arrays: kernel (features, gates * hidden), recurrent (hidden,
    gates * hidden), bias, recurrent_bias (gru only), gamma, beta, dense (hidden, classes), dense_bias. Gates lie in
    PyTorch's order: lstm i, f, g, o; gru r, z, n.
    """

    # Which of several ways this peer has chosen for itself, for the table.
    variant = ""

    @abc.abstractmethod
    def load(self, weights):
        """Continues from these weights."""

    @abc.abstractmethod
    def weights(self):
        """The current weights."""

    @abc.abstractmethod
    def step(self, inputs, labels):
        """One whole training step on NumPy arrays, finished when it returns."""

    def prepare(self, batches):
        """Compiles, and chooses the variant that is fastest here. Called once, before anything is timed."""
        self.time_steps(batches, 20)

    def time_steps(self, batches, steps):
        """The median over so many steps, in milliseconds, as cellsweep bench reports it."""
        times = []
        for _ in range(steps):
            inputs, labels = batches.take()
            start = time.perf_counter()
            self.step(inputs, labels)
            times.append(time.perf_counter() - start)
        return 1e3 * statistics.median(times)


def make_peer(name, cell, hidden, learning_rate=LEARNING_RATE):
    """The peer of that name. Only its own library is imported, as each has threads and settings of its own."""
    if name == "pytorch":
        from pytorch_peer import PyTorch

        return PyTorch(cell, hidden, learning_rate)
    if name == "keras":
        from keras_peer import Keras

        return Keras(cell, hidden, learning_rate)
    from jax_peer import Jax

    return Jax(name.removeprefix("jax_"), cell, hidden, learning_rate)
