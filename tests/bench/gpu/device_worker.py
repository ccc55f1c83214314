"""One peer in a process of its own, which keeps its samples on the GPU and times steps when asked to.

    python device_worker.py PEER CELL HIDDEN BATCH SAMPLES MNIST DEVICE

Writes {"variant": …, "gpu_ms_per_step": …} when it is ready. Then for each line N on stdin: N steps, and
{"mean_ms_per_step": …}, from the first one's start to the last one's end.
"""

import json
import os
import sys
import time

from device_peer import make_peer
from mnist import read_idx
from peer import LEARNING_RATE


def samples(directory, count):
    """The first so many training images, as bytes, and their labels."""
    images = read_idx(directory, "train-images-idx3-ubyte")[:count]
    return images.copy(), read_idx(directory, "train-labels-idx1-ubyte")[:count].astype("int32")


def main():
    name, cell, hidden, batch, count, directory, device = sys.argv[1:]
    # A library's messages must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    images, labels = samples(directory, int(count))
    try:
        peer = make_peer(name, cell, int(hidden), LEARNING_RATE, images, labels, int(batch), device)
        peer.prepare()
    except RuntimeError as error:
        sys.exit(f"{name}: {error}")
    print(json.dumps({"variant": peer.variant, "gpu_ms_per_step": peer.gpu_ms_per_step()}), file=answers)
    for line in sys.stdin:
        steps = int(line)
        start = time.perf_counter()
        peer.train(steps)
        milliseconds = 1e3 * (time.perf_counter() - start) / steps
        print(json.dumps({"mean_ms_per_step": milliseconds}), file=answers)


if __name__ == "__main__":
    main()
