"""Whether a peer computes the right thing: equal weights and one step on equal data give equal gradients.

A gradient is what a step of learning rate 1 takes off the weights, so it is the step that is timed which is checked.
"""

import numpy as np

from peer import GATES

HIDDEN = 64
# Largest difference, as a fraction of the largest value of a weight's gradient.
TOLERANCE = 1e-4


def random_weights(cell):
    """Weights of a size that leaves no gradient tiny; biases too, so that a mistake with one shows."""
    rng = np.random.default_rng(2)
    gates = GATES[cell] * HIDDEN
    shapes = {"kernel": (28, gates), "recurrent": (HIDDEN, gates), "bias": gates, "recurrent_bias": gates}
    shapes |= {"gamma": HIDDEN, "beta": HIDDEN, "dense": (HIDDEN, 10), "dense_bias": 10}
    if cell != "gru":
        del shapes["recurrent_bias"]
    weights = {name: 0.15 * rng.normal(size=shape) for name, shape in shapes.items()}
    weights["gamma"] += 1
    return {name: value.astype(np.float32) for name, value in weights.items()}


def gradients(peer, weights, step):
    """What step() takes off the peer's weights."""
    peer.load(weights)
    step()
    return {name: weights[name] - value for name, value in peer.weights().items()}


def equal(label, found, expected):
    """Whether both are the same gradients; prints a line that says so."""
    if found.keys() != expected.keys():
        raise SystemExit(f"{label} has other weights than PyTorch")
    errors = {
        name: float(np.abs(found[name] - value).max() / np.abs(value).max()) for name, value in expected.items()
    }
    # A NaN is the worst.
    worst = max(errors, key=lambda name: np.nan_to_num(errors[name], nan=np.inf))
    good = errors[worst] <= TOLERANCE
    print(f"{'ok   ' if good else 'WRONG'} {label:37} {errors[worst]:.1e} ({worst})", flush=True)
    return good
