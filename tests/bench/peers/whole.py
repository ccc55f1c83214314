"""The whole comparison: three cells, each trained for all epochs with validation, by cellsweep and by Keras."""

import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from measure import CPU_ONLY, HERE
from other_work import stopwatch
from sides import MeasurementError

# data.test_samples of the config: what is kept out of validation.
TEST_SAMPLES = 10


def checked(command, **options):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise MeasurementError(f"{' '.join(command)} ended with code {result.returncode}:\n{result.stderr}")
    return result.stdout


def children_seconds():
    """What finished processes that this one started have worked."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_cellsweep(root, program, epochs, cores):
    """Everything counts: starting, reading MNIST, writing the results."""
    mpi_home = os.environ.get("MPI_HOME")
    mpirun = f"{mpi_home}/bin/mpirun" if mpi_home else shutil.which("mpirun")
    if mpirun is None:
        raise MeasurementError("there is no mpirun; launch/deps installs one")
    with tempfile.TemporaryDirectory() as output:
        command = ["taskset", "-c", cores, mpirun, "-np", "2", program, "run", "configs/mnist-three-cells.yaml"]
        command += ["--output", output, "--set", f"train.epochs={epochs}"]
        start = time.perf_counter()
        checked(command, cwd=root)
        seconds = time.perf_counter() - start
        last = {}
        for path in sorted(pathlib.Path(output).glob("*/*/history.jsonl")):
            cell = path.parent.name.partition("-")[2]
            last[cell] = json.loads(path.read_text().splitlines()[-1])["val_accuracy"]
    return {"seconds": seconds, "val_accuracy": last}


def run_keras(mnist, epochs, cores):
    """The three calls of fit count."""
    command = ["taskset", "-c", cores, sys.executable, str(HERE / "whole_keras.py"), str(mnist), str(epochs)]
    cells = json.loads(checked([*command, str(TEST_SAMPLES)], env=os.environ | CPU_ONLY))
    return {
        "seconds": sum(cell["seconds"] for cell in cells.values()),
        "val_accuracy": {name: cell["val_accuracy"] for name, cell in cells.items()},
        "seconds_of_cells": {name: cell["seconds"] for name, cell in cells.items()},
    }


def measure_whole(root, program, mnist, epochs, pairs):
    """The sides take turns on the same two cores; a list of pairs."""
    cores = sorted(os.sched_getaffinity(0))[-2:]
    if len(cores) < 2:
        raise MeasurementError("this needs two cores")
    listed = ",".join(map(str, cores))
    sides = {
        "cellsweep": lambda: run_cellsweep(root, program, epochs, listed),
        "keras": lambda: run_keras(mnist, epochs, listed),
    }
    rows = []
    for pair in range(pairs):
        row = {}
        for name in sides if pair % 2 == 0 else reversed(sides):
            with stopwatch(cores) as block:
                own = children_seconds()
                row[name] = sides[name]()
                block.own_seconds = children_seconds() - own
            row[name]["seconds_of_others"], row[name]["disturbed"] = block.other_seconds(), block.disturbed()
            print(f"{name}: {row[name]['seconds']:.1f} s", file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def table(rows, epochs):
    """The medians over the pairs, and the last validation accuracies of the first."""
    lines = [f"three cells, {epochs} epochs each, two cores"]
    for name in ("cellsweep", "keras"):
        seconds = statistics.median(row[name]["seconds"] for row in rows)
        accuracies = ", ".join(f"{cell} {value:.4f}" for cell, value in rows[0][name]["val_accuracy"].items())
        lines.append(f"{name:10} {seconds:8.1f} s {seconds / epochs:8.2f} s/epoch   val_accuracy: {accuracies}")
    ratio = statistics.median(row["keras"]["seconds"] / row["cellsweep"]["seconds"] for row in rows)
    lines.append(f"ratio      {ratio:8.2f}   ({len(rows)} pair{'s' if len(rows) > 1 else ''})")
    for number, row in enumerate(rows, 1):
        for name, side in row.items():
            if side["disturbed"]:
                others = f"other processes worked {side['seconds_of_others']:.1f} s on the cores meanwhile"
                lines.append(f"pair {number}, {name}: {others}; the ratio is not to be relied on")
    return "\n".join(lines)
