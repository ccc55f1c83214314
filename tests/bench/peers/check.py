"""Holds every peer's gradients against PyTorch's.

    python check.py MNIST
"""

import os
import sys

from measure import CPU_ONLY

os.environ.update(CPU_ONLY)

from gradients import HIDDEN, equal, gradients, random_weights
from mnist import Batches
from peer import BATCH, GATES, PEERS, make_peer


def variants(name, cell):
    """Each way of a peer, ready to step with learning rate 1."""
    peer = make_peer(name, cell, HIDDEN, learning_rate=1.0)
    if not name.startswith("jax_"):
        yield name, peer
        return
    for variant in peer.updates:
        peer.choose(variant)
        yield f"{name} {variant}".strip(), peer


def check(directory):
    """Prints a line for each peer; whether all are right."""
    right = True
    inputs, labels = Batches(directory, BATCH).take()
    for cell in GATES:
        weights = random_weights(cell)
        reference = None
        for name in PEERS:
            for label, peer in variants(name, cell):
                found = gradients(peer, weights, lambda: peer.step(inputs, labels))
                # PyTorch comes first.
                reference = reference or found
                right &= equal(f"{cell:10} {label}", found, reference)
    return right


if __name__ == "__main__":
    sys.exit(0 if check(sys.argv[1]) else 1)
