"""All peers compute the same thing: equal weights and one step on equal data give equal gradients.

    python check.py MNIST

A gradient is what a step of learning rate 1 takes off the weights, so it is the step that is timed which is checked.
"""

import os
import sys

from measure import CPU_ONLY

os.environ.update(CPU_ONLY)

import numpy as np

from mnist import Batches
from peer import BATCH, GATES, PEERS, make_peer

HIDDEN = 64
# Largest difference, as a fraction of the largest value of a weight's gradient.
TOLERANCE = 1e-4


def random_weights(cell):
    """Of a size that leaves no gradient tiny; biases too, so that a mistake with one shows."""
    rng = np.random.default_rng(2)
    gates = GATES[cell] * HIDDEN
    shapes = {"kernel": (28, gates), "recurrent": (HIDDEN, gates), "bias": gates, "recurrent_bias": gates}
    shapes |= {"gamma": HIDDEN, "beta": HIDDEN, "dense": (HIDDEN, 10), "dense_bias": 10}
    if cell != "gru":
        del shapes["recurrent_bias"]
    weights = {name: 0.15 * rng.normal(size=shape) for name, shape in shapes.items()}
    weights["gamma"] += 1
    return {name: value.astype(np.float32) for name, value in weights.items()}


def variants(name, cell):
    """Each way of a peer, ready to step with learning rate 1."""
    peer = make_peer(name, cell, HIDDEN, learning_rate=1.0)
    if not name.startswith("jax_"):
        yield name, peer
        return
    for variant in peer.updates:
        peer.choose(variant)
        yield f"{name} {variant}".strip(), peer


def gradients(peer, weights, inputs, labels):
    peer.load(weights)
    peer.step(inputs, labels)
    return {name: weights[name] - value for name, value in peer.weights().items()}


def difference(found, expected):
    """The largest one, as a fraction of the largest value."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def check(directory):
    """Prints a line for each peer; whether all are right."""
    right = True
    inputs, labels = Batches(directory, BATCH).take()
    for cell in GATES:
        weights = random_weights(cell)
        reference = None
        for name in PEERS:
            for label, peer in variants(name, cell):
                found = gradients(peer, weights, inputs, labels)
                # PyTorch comes first.
                reference = reference or found
                if found.keys() != reference.keys():
                    raise SystemExit(f"{cell} {label} has other weights than PyTorch")
                errors = {key: difference(found[key], value) for key, value in reference.items()}
                worst = max(errors, key=errors.get)
                good = errors[worst] <= TOLERANCE
                right &= good
                print(f"{'ok  ' if good else 'WRONG'} {cell:10} {label:26} {errors[worst]:.1e} ({worst})", flush=True)
    return right


if __name__ == "__main__":
    sys.exit(0 if check(sys.argv[1]) else 1)
