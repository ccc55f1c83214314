"""One peer in a process of its own, which measure.py starts on one core and which times steps when asked to.

    python worker.py PEER CELL HIDDEN MNIST

Writes {"variant": …} when it is ready. Then for each line N on stdin: N steps, and {"ms_per_step": …}.
"""

import json
import os
import sys

from mnist import Batches
from peer import BATCH, make_peer


def main():
    name, cell, hidden, directory = sys.argv[1:]
    # A library's messages must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    if name == "pytorch":
        import torch

        torch.set_num_threads(1)
    batches = Batches(directory, BATCH)
    peer = make_peer(name, cell, int(hidden))
    peer.prepare(batches)
    print(json.dumps({"variant": peer.variant}), file=answers)
    for line in sys.stdin:
        print(json.dumps({"ms_per_step": peer.time_steps(batches, int(line))}), file=answers)


if __name__ == "__main__":
    main()
