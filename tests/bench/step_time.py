"""Compares cellsweep's training step with PyTorch's, one core each, in one run.

    cmake --build build --target step_time
    python -m venv /tmp/bench && /tmp/bench/bin/pip install numpy torch==2.11.0
    /tmp/bench/bin/python tests/bench/step_time.py build/tests/bench/step_time

Both train the quickstart's network (64 units, batch 64, 28 steps of 28 inputs, batch normalisation, ten classes, sgd) on one
thread pinned to one core. Blocks of some 0.7 s take turns A B B A, so that a drifting clock speed hits both alike; what is
printed is the median over the pairs of PyTorch's step time divided by cellsweep's (above 1: cellsweep is faster), the
median step times, and the core's multiply-add rate measured in between.
"""

import argparse
import os
import statistics
import subprocess
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import torch

HIDDEN, BATCH, TIME, FEATURES, CLASSES = 64, 64, 28, 28, 10
MODULES = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


class Cellsweep:
    """A step_time process, which times steps when told to."""

    def __init__(self, program, cell, core):
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), program, cell], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"step_time ended with code {self.process.wait()}")
        return float(answer)

    def run(self, steps):
        return self.ask(f"run {steps}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class PyTorch:
    """The same network and step in eager PyTorch."""

    def __init__(self, cell):
        torch.manual_seed(1)
        self.recurrent = MODULES[cell](FEATURES, HIDDEN, batch_first=True)
        self.head = torch.nn.Sequential(
            torch.nn.BatchNorm1d(HIDDEN, eps=1e-3, momentum=0.01), torch.nn.Linear(HIDDEN, CLASSES)
        )
        parameters = [*self.recurrent.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.SGD(parameters, lr=0.01)
        self.inputs = torch.rand(BATCH, TIME, FEATURES)
        self.labels = torch.randint(CLASSES, (BATCH,))

    def step(self):
        self.optimizer.zero_grad()
        outputs, _ = self.recurrent(self.inputs)
        torch.nn.functional.cross_entropy(self.head(outputs[:, -1]), self.labels).backward()
        self.optimizer.step()

    def run(self, steps):
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - start)
        return 1e3 * statistics.median(times)


def compare(program, cell, core, pairs, block_seconds):
    ours, theirs = Cellsweep(program, cell, core), PyTorch(cell)
    steps = {side: max(1, round(1e3 * block_seconds / side.run(30))) for side in (ours, theirs)}
    times, peaks = {ours: [], theirs: []}, []
    for pair in range(pairs):
        for side in (ours, theirs) if pair % 2 == 0 else (theirs, ours):
            times[side].append(side.run(steps[side]))
        peaks.append(ours.ask("peak"))
    ours.close()
    ratio = statistics.median(b / a for a, b in zip(times[ours], times[theirs]))
    print(
        f"{cell:10}  ratio {ratio:5.2f}  cellsweep {statistics.median(times[ours]):6.2f} ms  "
        f"PyTorch {statistics.median(times[theirs]):6.2f} ms  peak {statistics.median(peaks):4.0f} GFLOP/s  ({pairs} pairs)",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description="cellsweep's step time against PyTorch's")
    parser.add_argument("program", help="the step_time binary")
    parser.add_argument("--cells", nargs="+", default=list(MODULES), choices=list(MODULES))
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="the core both run on, in turn")
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--block-seconds", type=float, default=0.7)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    torch.set_num_threads(1)
    for cell in arguments.cells:
        compare(arguments.program, cell, arguments.core, arguments.pairs, arguments.block_seconds)


if __name__ == "__main__":
    main()
