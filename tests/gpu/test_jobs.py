"""Whole jobs on GPUs: a rank that dies or stops ends the job in bounded time."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(os.environ["CELLSWEEP_SOURCE"]) / "tests" / "integration"))
from conftest import MPI_ENVIRONMENT, command_line, make_config, make_idx  # noqa: E402

TIMEOUT = 5


@pytest.fixture
def job(tmp_path):
    """Two ranks that train for ever, and their process ids once they are at it."""
    if shutil.which("nvidia-smi") is None or subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode != 0:
        pytest.skip("NO GPU: THIS WAS NOT TESTED")
    config = make_config(tmp_path, make_idx(tmp_path / "idx"))
    pids = tmp_path / "pids"
    # Ranks that share a GPU: NCCL has to take them for hosts.
    line = command_line(["run", config, "--set", "train.epochs=1000000", "--set", "parallel.device=cuda",
                         "--set", f"parallel.timeout_seconds={TIMEOUT}"], ranks=2)
    rank = f'echo $$ >> {pids}; NCCL_HOSTID=$OMPI_COMM_WORLD_RANK exec "$0" "$@"'
    process = subprocess.Popen([*line[:3], "sh", "-c", rank, *line[3:]], env={**os.environ, **MPI_ENVIRONMENT},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for row in process.stdout:
            if row.startswith("Epoch 3/"):
                break
        assert process.poll() is None, "the job ended before it was disturbed"
        yield process, [int(pid) for pid in pids.read_text().split()]
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("disturbance", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lost_rank_ends_the_job(job, disturbance):
    process, pids = job
    assert len(pids) == 2
    os.kill(pids[1], disturbance)
    begin = time.monotonic()
    try:
        process.communicate(timeout=TIMEOUT + 30)
    finally:
        os.kill(pids[1], signal.SIGKILL)
    assert process.returncode != 0
    assert time.monotonic() - begin < TIMEOUT + 10
