"""The network in JAX, whose whole step is compiled as one program."""

import jax
import jax.numpy as jnp
import numpy as np
from jax_forms import FORMS

from peer import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, CLASSES, FEATURES, GATES, Peer


def initial_parameters(cell, hidden):
    """Small random weights; how large they are makes no difference to the time of a step."""
    rng = np.random.default_rng(1)
    gates = GATES[cell] * hidden
    recurrent = {"kernel": rng.normal(size=(hidden, gates), scale=hidden**-0.5)}
    if cell == "gru":
        recurrent["bias"] = np.zeros(gates)
    parameters = {
        "kernel": rng.normal(size=(FEATURES, gates), scale=FEATURES**-0.5),
        "bias": np.zeros(gates),
        "recurrent": recurrent,
        "gamma": np.ones(hidden),
        "beta": np.zeros(hidden),
        "dense": rng.normal(size=(hidden, CLASSES), scale=hidden**-0.5),
        "dense_bias": np.zeros(CLASSES),
    }
    return jax.tree.map(lambda value: jnp.asarray(value, jnp.float32), parameters)


def make_update(last, learning_rate):
    """(parameters, moving statistics, inputs, labels) -> the first two anew, whose old values are used up."""

    def loss(parameters, inputs, labels):
        h = last(parameters, jnp.swapaxes(inputs, 0, 1))
        mean, variance = h.mean(0), h.var(0)
        h = (h - mean) * jax.lax.rsqrt(variance + BATCH_NORM_EPSILON) * parameters["gamma"] + parameters["beta"]
        scores = jax.nn.log_softmax(h @ parameters["dense"] + parameters["dense_bias"])
        return -jnp.take_along_axis(scores, labels[:, None], 1).mean(), (mean, variance)

    def update(parameters, moving_statistics, inputs, labels):
        gradients, statistics = jax.grad(loss, has_aux=True)(parameters, inputs, labels)
        parameters = jax.tree.map(lambda weight, gradient: weight - learning_rate * gradient, parameters, gradients)
        keep = BATCH_NORM_MOMENTUM
        return parameters, jax.tree.map(lambda old, new: keep * old + (1 - keep) * new, moving_statistics, statistics)

    return jax.jit(update, donate_argnums=(0, 1))


class Jax(Peer):
    def __init__(self, form, cell, hidden, learning_rate):
        self.updates = {name: make_update(make(cell), learning_rate) for name, make in FORMS[form].items()}
        self.parameters = initial_parameters(cell, hidden)
        self.moving_statistics = (jnp.zeros(hidden), jnp.ones(hidden))
        self.choose(next(iter(self.updates)))

    def choose(self, variant):
        """Steps with this variant from now on."""
        self.variant, self.update = variant, self.updates[variant]

    def prepare(self, batches):
        times = {}
        for variant in self.updates:
            self.choose(variant)
            super().prepare(batches)
            times[variant] = self.time_steps(batches, 100)
        self.choose(min(times, key=times.get))

    def load(self, weights):
        parameters = {name: jnp.array(value) for name, value in weights.items()}
        parameters["recurrent"] = {"kernel": parameters["recurrent"]}
        if "recurrent_bias" in parameters:
            parameters["recurrent"]["bias"] = parameters.pop("recurrent_bias")
        self.parameters = parameters

    def weights(self):
        weights = {name: np.array(value) for name, value in self.parameters.items() if name != "recurrent"}
        for name, value in self.parameters["recurrent"].items():
            weights["recurrent" if name == "kernel" else "recurrent_bias"] = np.array(value)
        return weights

    def step(self, inputs, labels):
        self.parameters, self.moving_statistics = self.update(self.parameters, self.moving_statistics, inputs, labels)
        jax.block_until_ready((self.parameters, self.moving_statistics))
