"""Times the two sides of a pair in turn on one core."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

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


class MeasurementError(Exception):
    """One of the measured processes failed."""


class Cellsweep:
    """Starts a cellsweep bench for every block."""

    def __init__(self, program, cell, hidden, mnist, core):
        data = {"format": "idx", "directory": str(mnist)}
        if hidden > LARGE_HIDDEN:
            data["limit"] = LARGE_LIMIT
        config = {"data": data, "model": {"cell": cell, "hidden_size": hidden}, "train": {"batch_size": 64}}
        self.folder = tempfile.TemporaryDirectory()
        # JSON is YAML.
        path = pathlib.Path(self.folder.name) / "bench.yaml"
        path.write_text(json.dumps(config))
        self.command = ["taskset", "-c", str(core), program, "bench", str(path), "--json", "--steps"]
        self.answers = []

    def run(self, steps):
        """The median step of a block in milliseconds."""
        result = subprocess.run([*self.command, str(steps)], capture_output=True, text=True)
        if result.returncode != 0:
            raise MeasurementError(f"cellsweep bench ended with code {result.returncode}:\n{result.stderr}")
        self.answers.append(json.loads(result.stdout))
        return self.answers[-1]["ms_per_step"]

    def median(self, key):
        """Of a figure of cellsweep bench, over all blocks."""
        return statistics.median(answer[key] for answer in self.answers)

    def close(self):
        self.folder.cleanup()


class Worker:
    """A peer's process, which waits between its blocks."""

    def __init__(self, peer, cell, hidden, mnist, core):
        command = ["taskset", "-c", str(core), sys.executable, str(HERE / "worker.py"), peer, cell, str(hidden), str(mnist)]
        self.peer = peer
        self.process = subprocess.Popen(
            command, env=os.environ | ONE_THREAD | CPU_ONLY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.variant = self.answer()["variant"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise MeasurementError(f"the process of {self.peer} ended with code {self.process.wait()}")
        return json.loads(line)

    def run(self, steps):
        """The median step of a block in milliseconds."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return self.answer()["ms_per_step"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(ours, theirs, pairs, block_seconds):
    """Blocks in the order A B B A, so that a drifting clock speed hits both alike. Returns the row of the table as a dict.

    The floating-point operations of a step are cellsweep's count for both sides: the mathematics is the same, and what a peer
    does beyond it is not useful work.
    """
    sides = (ours, theirs)
    steps = {side: max(3, round(1e3 * block_seconds / side.run(TRIAL_STEPS))) for side in sides}
    ours.answers.clear()
    times = {side: [] for side in sides}
    for pair in range(pairs):
        for side in sides if pair % 2 == 0 else reversed(sides):
            times[side].append(side.run(steps[side]))
    ratios = [their / our for our, their in zip(times[ours], times[theirs])]
    our_ms, their_ms = statistics.median(times[ours]), statistics.median(times[theirs])
    peak = ours.median("fma_peak_gflops")
    work = ours.median("gflops") * our_ms
    return {
        "variant": theirs.variant,
        "pairs": pairs,
        "ratio": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
        "fma_peak_gflops": peak,
        "cellsweep": {"ms_per_step": our_ms, "gflops": work / our_ms, "share_of_peak": work / our_ms / peak},
        "peer": {"ms_per_step": their_ms, "gflops": work / their_ms, "share_of_peak": work / their_ms / peak},
        "ratios": ratios,
        "parts": {part: statistics.median(answer["parts"][part] for answer in ours.answers) for part in ours.answers[0]["parts"]},
    }


def measure(program, peer, cell, hidden, mnist, core, pairs, block_seconds):
    """One row: cellsweep against one peer."""
    theirs = Worker(peer, cell, hidden, mnist, core)
    ours = Cellsweep(program, cell, hidden, mnist, core)
    try:
        row = compare(ours, theirs, pairs, block_seconds)
    finally:
        ours.close()
        theirs.close()
    return {"cell": cell, "hidden": hidden, "peer_name": peer} | row
