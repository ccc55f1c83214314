"""Holds the gradients of the step that is timed on the device against those of PyTorch on the CPU.

The samples are one batch, so that every order of them is the same batch.
"""

import numpy as np
from device_peer import make_peer
from device_worker import samples
from gradients import HIDDEN, equal, gradients, random_weights
from peer import BATCH, GATES
from pytorch_peer import PyTorch


def check(directory, peers, device):
    """Prints a line for each peer; whether all are right."""
    right = True
    images, labels = samples(directory, BATCH)
    inputs = images.astype(np.float32) / 255
    for cell in GATES:
        weights = random_weights(cell)
        reference = PyTorch(cell, HIDDEN, 1.0)
        expected = gradients(reference, weights, lambda: reference.step(inputs, labels))
        for name in peers:
            try:
                peer = make_peer(name, cell, HIDDEN, 1.0, images, labels, BATCH, device)
                peer.prepare()
            except RuntimeError as error:
                print(f"WRONG {cell:10} {name}: {error}", flush=True)
                right = False
                continue
            found = gradients(peer, weights, lambda: peer.train(1))
            right &= equal(f"{cell:10} {name} {peer.variant}", found, expected)
    return right
