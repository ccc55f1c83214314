"""Times cellsweep and one peer in turn on one GPU."""

import os
import pathlib
import sys
import tempfile

from measure import CPU_ONLY, ONE_THREAD
from sides import Worker, measure_pairs, summarize, write_config

HERE = pathlib.Path(__file__).resolve().parent
KEY = "mean_ms_per_step"
# Enough to know roughly how long a step takes.
TRIAL_STEPS = 100


def environment(device):
    return os.environ if device == "cuda" else os.environ | ONE_THREAD | CPU_ONLY


class Cellsweep(Worker):
    """A cellsweep bench that stays."""

    def __init__(self, program, cell, hidden, batch, samples, mnist, device):
        config = {
            "data": {"format": "idx", "directory": str(mnist), "limit": samples},
            "model": {"cell": cell, "hidden_size": hidden},
            "train": {"batch_size": batch},
            "parallel": {"device": device},
        }
        with tempfile.TemporaryDirectory() as folder:
            command = [program, "bench", write_config(folder, config), "--json", "--blocks", "--steps", "30"]
            super().__init__("cellsweep", command, environment(device))


def start_peer(peer, cell, hidden, batch, samples, mnist, device):
    arguments = [peer, cell, hidden, batch, samples, mnist, device]
    return Worker(
        peer, [sys.executable, str(HERE / "device_worker.py"), *map(str, arguments)], environment(device)
    )


def steps_of(side, seconds):
    """How many steps a block has."""
    return max(3, round(1e3 * seconds / side.run(TRIAL_STEPS)[KEY]))


def compare(ours, theirs, pairs, block_seconds):
    """A row's times as a dict: those of steps in milliseconds, from a block's start to its end."""
    steps = {side: steps_of(side, block_seconds) for side in (ours, theirs)}
    found, _ = measure_pairs(ours, theirs, pairs, lambda side: side.run(steps[side]))
    return summarize(found, KEY) | {
        "variant": theirs.ready["variant"],
        "cellsweep_gpu_ms": found[-1][0].get("gpu_ms_per_step"),
        "peer_gpu_ms": theirs.ready["gpu_ms_per_step"],
    }
