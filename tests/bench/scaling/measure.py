"""Starts the program and the timing of all-reduces, each several times, of which the fastest counts: other work only slows."""

import json
import os
import pathlib
import struct
import subprocess

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("CELLSWEEP_BUILD", ROOT / "build/release"))
BINARY = os.environ.get("CELLSWEEP", str(BUILD / "cellsweep"))
# One rank a core if there are enough; else a rank that waits gives way.
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
CONFIG = """name: scaling
data: {{format: idx, directory: "{folder}"}}
model: {{cell: lstm, hidden_size: {units}}}
train: {{batch_size: {batch}}}
metrics: {{prometheus: {{enabled: false}}}}
"""


def start(ranks, command, settings=None):
    environment = {**os.environ, **ENVIRONMENT, **(settings or {})}
    if ranks > len(os.sched_getaffinity(0)):
        environment |= {"OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_hwloc_base_binding_policy": "none"}
    done = subprocess.run(["mpirun", "-np", str(ranks), *map(str, command)], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with code {done.returncode}: {done.stderr}")
    return done.stdout


def write_images(folder):
    """Random ones in MNIST's format: what is in them does not change the time of a step."""
    random = numpy.random.default_rng(1)
    for name, count in (("train", 2048), ("t10k", 64)):
        images = random.integers(0, 256, (count, 28, 28), dtype=numpy.uint8)
        labels = (numpy.arange(count) % 10).astype(numpy.uint8)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = struct.pack(f">I{array.ndim}I", 0x0800 | array.ndim, *array.shape)
            (folder / f"{name}-{kind}-ubyte").write_bytes(header + array.tobytes())


def step(folder, units, batch, ranks, repeats):
    """`cellsweep bench --json` of the fastest repeat."""
    config = folder / "scaling.yaml"
    config.write_text(CONFIG.format(folder=folder, units=units, batch=batch))
    steps = max(10, 6400 // units)
    results = [json.loads(start(ranks, [BINARY, "bench", config, "--steps", steps, "--json"])) for _ in range(repeats)]
    return min(results, key=lambda result: result["ms_per_step"])


def all_reduces(ranks, sizes, repeats, over_tcp):
    """Seconds by size: over shared memory cellsweep's own, over TCP on the loopback MPI's, which is what hosts use."""
    settings = {"OMPI_MCA_btl": "tcp,self", "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl_tcp_if_include": "lo"} if over_tcp else {}
    program = BUILD / "tests/bench/all_reduce_time"
    column = 2 if over_tcp else 1
    runs = [[float(line.split()[column]) for line in start(ranks, [program, *sizes], settings).splitlines()[1:]] for _ in range(repeats)]
    return [1e-6 * min(times) for times in zip(*runs, strict=True)]
