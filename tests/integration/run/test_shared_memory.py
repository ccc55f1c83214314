"""Too little room in /dev/shm, where a host's ranks share memory, costs memory or speed, and never the job."""

import os
import subprocess
import time

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, MPIRUN, read_history
from jobs import running_job

SKIPPED = 77  # what CTest counts as skipped
DATA_MB = 33  # of the config below
WARNING = "each rank keeps a copy of the data: /dev/shm on "


def with_memory(size, ranks, *command):
    """The command line of `ranks` ranks with a /dev/shm of their own of that size; None for mpirun: no ranks."""
    mount = f'mount -t tmpfs -o size={size} tmpfs /dev/shm && exec "$@"'
    return ["unshare", "-m", "sh", "-c", mount, "sh", MPIRUN, "-np", str(ranks), *map(str, command)]


@pytest.fixture(autouse=True, scope="module")
def own_memory():
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"], capture_output=True).returncode != 0:
        pytest.exit("SKIPPED: no job met a small /dev/shm, for none can be mounted here", SKIPPED)


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text(f"""name: large
data: {{format: synthetic, synthetic: {{length: 400, train_samples: 10000, validation_samples: 16}}}}
model: {{cell: simple_rnn, hidden_size: 2}}
train: {{loss: mse, epochs: 1, batch_size: 4, max_steps: 3}}
metrics: {{prometheus: {{enabled: false}}}}
output: {{directory: {tmp_path / 'runs'}}}
""")
    return path


def start(size, ranks, *arguments):
    done = subprocess.run(with_memory(size, ranks, BINARY, *arguments, "--set", "parallel.timeout_seconds=60"),
                          env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True, timeout=100)
    return done, [line for line in done.stderr.splitlines() if "shm" in line]


@pytest.mark.parametrize("size", ["16m", "40m"])
def test_data_that_do_not_fit_are_copied(large, size):
    done, [warning] = start(size, 2, "run", large)
    assert done.returncode == 0, done.stderr
    assert WARNING in warning and "--shm-size" in warning and "emptyDir" in warning and "data.shared: false" in warning
    assert f"{DATA_MB} MB of data" in warning


def test_data_that_fit_are_shared(large):
    done, about_memory = start("60m", 2, "run", large)
    assert done.returncode == 0 and about_memory == [], done.stderr


def test_data_need_not_be_shared(large):
    done, about_memory = start("16m", 2, "run", large, "--set", "data.shared=false")
    assert done.returncode == 0 and about_memory == [], done.stderr


def test_copies_and_sums_over_mpi_change_no_result(large, tmp_path):
    histories = []
    # 4 ranks want 8 MB for a ring, which the second one does not have either.
    for name, size in (("shared", "80m"), ("copied", "17m")):
        done, about_memory = start(size, 4, "run", large, "--output", tmp_path / name)
        assert done.returncode == 0 and len(about_memory) == (name == "copied"), done.stderr
        [run] = (tmp_path / name).glob("*/*/history.jsonl")
        histories.append(read_history(run.parent))
    for shared, copied in zip(*histories, strict=True):
        assert shared == pytest.approx(copied, rel=1e-5)


def test_memory_that_another_process_fills_later_does_no_harm(large, tmp_path):
    filler = f"""while [ ! -e {tmp_path}/fill ]; do sleep 0.1; done; cat /dev/zero >/dev/shm/of-another 2>/dev/null; : >{tmp_path}/filled"""
    launch = with_memory("60m", 2)
    launch[launch.index("-c") + 1] = launch[launch.index("-c") + 1].replace("exec", f"( {filler} ) & exec")
    with running_job(tmp_path, lambda command: [*launch, *command], large, 10, "--set", "train.max_steps=null", "--set", "data.limit=4000") as job:
        job.wait_for_epoch(1)
        (tmp_path / "fill").touch()
        while not (tmp_path / "filled").exists():
            time.sleep(0.1)
        job.wait_for_epoch(job.epoch() + 3)
        assert job.process.poll() is None and WARNING not in job.errors(), job.errors()
