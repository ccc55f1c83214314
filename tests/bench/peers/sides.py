"""The two sides of a comparison, in turn: processes that stay, and pairs of their blocks."""

import json
import pathlib
import select
import statistics
import subprocess

from other_work import process_seconds

# Compiling, and a block, take minutes at most.
DEADLINE_SECONDS = 900
# For a process that is to end.
PATIENCE_SECONDS = 10


class MeasurementError(Exception):
    """A measured process failed, or what was measured cannot be relied on."""


def write_config(folder, config):
    """The path of a file in the folder that cellsweep reads."""
    path = pathlib.Path(folder) / "bench.yaml"
    # JSON is YAML.
    path.write_text(json.dumps(config))
    return str(path)


class Worker:
    """A process that waits between its blocks: it writes an object when it is ready, and one for each line it reads,
    which holds a number of steps."""

    def __init__(self, name, command, environment):
        self.name = name
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            self.ready = self.answer()
        except MeasurementError:
            self.close()
            raise

    def answer(self):
        # An answer is one line, and nothing is left of the last one.
        if not select.select([self.process.stdout], [], [], DEADLINE_SECONDS)[0]:
            raise MeasurementError(f"the process of {self.name} has been silent for {DEADLINE_SECONDS} s")
        line = self.process.stdout.readline()
        if not line:
            raise MeasurementError(f"the process of {self.name} ended with code {self.process.wait()}")
        return json.loads(line)

    def run(self, steps):
        """What it says of a block."""
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise MeasurementError(f"the process of {self.name} ended with code {self.process.wait()}") from None
        return self.answer()

    def cpu_seconds(self):
        """The CPU seconds of the process so far."""
        return process_seconds(self.process.pid)

    def close(self):
        try:
            self.process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def measure_pairs(ours, theirs, pairs, block, tries=1):
    """What block(side) gives of both sides, as pairs in the order A B B A, and how many were tried.

    A pair with a block that is None does not count. Up to `tries` times as many are tried to make up for those.
    """
    found = []
    for attempt in range(tries * pairs):
        answers = {}
        for side in (ours, theirs) if attempt % 2 == 0 else (theirs, ours):
            answers[side] = block(side)
        if None not in answers.values():
            found.append((answers[ours], answers[theirs]))
        if len(found) == pairs:
            break
    return found, attempt + 1


def summarize(found, key):
    """The medians of this time in milliseconds over the pairs that measure_pairs found, and of their ratios."""
    our_times, their_times = ([answer[key] for answer in side] for side in zip(*found))
    ratios = [their / our for our, their in zip(our_times, their_times)]
    return {
        "pairs": len(found),
        "ratio": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
        "ratios": ratios,
        "cellsweep_ms": statistics.median(our_times),
        "peer_ms": statistics.median(their_times),
    }
