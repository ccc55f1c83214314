"""Starts the binary, alone or under mpirun, on small data sets made here."""

import json
import os
import pathlib
import struct
import subprocess

import numpy
import pytest

BINARY = os.environ["CELLSWEEP"]
SOURCE = pathlib.Path(os.environ["CELLSWEEP_SOURCE"])
# LibTorch's part is beside the program, in builds that have it.
HAS_TORCH = (pathlib.Path(BINARY).parent / "libcellsweep_torch.so").exists()
ENGINES = ["fused", pytest.param("torch", marks=pytest.mark.skipif(not HAS_TORCH, reason="a build without LibTorch"))]
# How much longer things take than in a build without sanitizers.
SLOWNESS = float(os.environ.get("CELLSWEEP_SLOWNESS", "1"))
MPIRUN = os.environ.get("MPIRUN", "mpirun")
MPI_ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
}


def command_line(arguments, ranks=None):
    start = [MPIRUN, "-np", str(ranks)] if ranks else []
    return [*start, BINARY, *map(str, arguments)]


def start(*arguments, ranks=None, cwd=None, under=(), stdin=""):
    """Runs to the end (a hang fails the test), `under` another command, and gives the completed process."""
    return subprocess.run([*map(str, under), *command_line(arguments, ranks)], cwd=cwd, env={**os.environ, **MPI_ENVIRONMENT},
                          input=stdin, capture_output=True, text=True, timeout=120 * SLOWNESS)


def write_idx(path, array):
    array = numpy.ascontiguousarray(array, dtype=numpy.uint8)
    path.write_bytes(struct.pack(f">I{array.ndim}I", 0x0800 | array.ndim, *array.shape) + array.tobytes())


def make_idx(folder):
    """A folder with MNIST's four file names: 60 training and 30 test images of 6 x 5 in 4 classes that can be learnt."""
    folder.mkdir(parents=True)
    random = numpy.random.default_rng(5)
    for name, count in (("train", 60), ("t10k", 30)):
        labels = numpy.arange(count) % 4
        images = random.integers(0, 60, (count, 6, 5))
        images[numpy.arange(count), 5, labels] = 255
        write_idx(folder / f"{name}-images-idx3-ubyte", images)
        write_idx(folder / f"{name}-labels-idx1-ubyte", labels)
    return folder


def make_config(folder, idx):
    """A file that trains on it, without a sweep and without metrics."""
    path = folder / "small.yaml"
    path.write_text(f"""name: small
data: {{format: idx, directory: "{idx}"}}
model: {{cell: gru, hidden_size: 8}}
train: {{epochs: 2, batch_size: 7}}
metrics: {{prometheus: {{enabled: false}}}}
output: {{directory: {folder / 'runs'}}}
""")
    return path


@pytest.fixture
def idx(tmp_path):
    return make_idx(tmp_path / "idx")


@pytest.fixture
def config(tmp_path, idx):
    return make_config(tmp_path, idx)


def read_history(run):
    """A run's history, but for times, which differ however equal two runs are."""
    history = [json.loads(line) for line in (pathlib.Path(run) / "history.jsonl").read_text().splitlines()]
    return [{name: value for name, value in epoch.items() if name not in ("seconds", "samples_per_second")} for epoch in history]


def read_safetensors(path):
    content = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + size])
    data = content[8 + size:]
    types = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}
    return {name: numpy.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def refused(done, *words):
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    for word in words:
        assert str(word) in done.stderr, done.stderr


@pytest.fixture
def trained(config, tmp_path):
    """The folder of a run that is over."""
    folder = tmp_path / "trained"
    assert start("run", config, "--resume", folder).returncode == 0
    return folder


def events(folder):
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]


def results(folder):
    """The comparison without what depends on the clock or on the folder."""
    answer = start("compare", "--json", folder)
    assert answer.returncode == 0, answer.stderr
    comparison = json.loads(answer.stdout)
    for run in comparison["runs"]:
        for key in ("folder", "seconds", "samples_per_second", "reason"):
            del run[key]
    for point in comparison["points"]:
        del point["folder"]
    return comparison
