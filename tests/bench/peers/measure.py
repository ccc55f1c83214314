"""Times the two sides of a pair in turn on one core."""

import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

from other_work import stopwatch
from sides import MeasurementError, Worker, measure_pairs, summarize, write_config

HERE = pathlib.Path(__file__).resolve().parent
# Every library that has threads takes one of these.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
CPU_ONLY = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
# Enough to know roughly how long a step takes.
TRIAL_STEPS = 30
# Above this many units, samples are cut down to so many, as cellsweep bench also evaluates, which would take minutes.
LARGE_HIDDEN, LARGE_LIMIT = 128, 1280

# Pairs are tried so many times over to find undisturbed ones.
TRIES = 3
# Two roundings of a clock speed; what is further above the peak is wrong.
HIGHEST_SHARE = 1.05


class Cellsweep:
    """Starts a cellsweep bench for every block."""

    def __init__(self, program, cell, hidden, mnist, core):
        data = {"format": "idx", "directory": str(mnist)}
        if hidden > LARGE_HIDDEN:
            data["limit"] = LARGE_LIMIT
        config = {"data": data, "model": {"cell": cell, "hidden_size": hidden}, "train": {"batch_size": 64}}
        self.folder = tempfile.TemporaryDirectory()
        path = write_config(self.folder.name, config)
        self.command = ["taskset", "-c", str(core), program, "bench", path, "--json", "--steps"]

    def run(self, steps):
        """What it says of a block."""
        result = subprocess.run([*self.command, str(steps)], capture_output=True, text=True)
        if result.returncode != 0:
            raise MeasurementError(f"cellsweep bench ended with code {result.returncode}:\n{result.stderr}")
        return json.loads(result.stdout)

    def cpu_seconds(self):
        """The CPU seconds of all blocks so far."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def close(self):
        self.folder.cleanup()


def undisturbed_block(side, steps, core):
    """What the side says of a block, or None where other processes took a noticeable part of the core.

    Those would not hit both sides alike: the median of short steps hides an interruption, that of long ones does not.
    """
    with stopwatch([core]) as block:
        own = side.cpu_seconds()
        answer = side.run(steps)
        block.own_seconds = side.cpu_seconds() - own
    return None if block.disturbed() else answer


def compare(ours, theirs, pairs, block_seconds, core):
    """A row's numbers as a dict.

    The floating-point operations of a step are cellsweep's count for both sides: the mathematics is the same, and what
    a peer does beyond it is not useful work.
    """
    steps = {
        side: max(3, round(1e3 * block_seconds / side.run(TRIAL_STEPS)["ms_per_step"])) for side in (ours, theirs)
    }
    found, tried = measure_pairs(ours, theirs, pairs, lambda side: undisturbed_block(side, steps[side], core), TRIES)
    # Whether a pair counts depends on what else ran on the core, never on the times.
    if 2 * len(found) < pairs:
        raise MeasurementError(f"other processes use core {core}: {len(found)} of {tried} pairs are undisturbed")
    summary = summarize(found, "ms_per_step")
    our_ms, their_ms = summary.pop("cellsweep_ms"), summary.pop("peer_ms")
    answers = [ours for ours, _ in found]
    peak = statistics.median(answer["fma_peak_gflops"] for answer in answers)
    work = statistics.median(answer["gflops"] * answer["ms_per_step"] for answer in answers)
    if work / min(our_ms, their_ms) > HIGHEST_SHARE * peak:
        raise MeasurementError(f"{work / min(our_ms, their_ms):.0f} GFLOP/s are above the measured peak of {peak:.0f}")
    return {
        "variant": theirs.ready["variant"],
        "pairs_tried": tried,
        "fma_peak_gflops": peak,
        "cellsweep": {"ms_per_step": our_ms, "gflops": work / our_ms, "share_of_peak": work / our_ms / peak},
        "peer": {"ms_per_step": their_ms, "gflops": work / their_ms, "share_of_peak": work / their_ms / peak},
        "parts": {part: statistics.median(answer["parts"][part] for answer in answers) for part in answers[0]["parts"]},
    } | summary


def measure(program, peer, cell, hidden, mnist, core, pairs, block_seconds):
    """One row: cellsweep against one peer."""
    command = ["taskset", "-c", str(core), sys.executable, str(HERE / "worker.py")]
    theirs = Worker(peer, [*command, peer, cell, str(hidden), str(mnist)], os.environ | ONE_THREAD | CPU_ONLY)
    ours = Cellsweep(program, cell, hidden, mnist, core)
    try:
        row = compare(ours, theirs, pairs, block_seconds, core)
    finally:
        ours.close()
        theirs.close()
    return {"cell": cell, "hidden": hidden, "peer_name": peer} | row
