"""A rank that the kernel kills for want of memory, in a control group as Slurm and Kubernetes make them, ends the job."""

import contextlib
import os
import pathlib
import signal

import pytest
from jobs import on_this_host, running_job

SKIPPED = 77  # what CTest counts as skipped
LIMIT = 64 << 20
TIMEOUT = 4


def make_group():
    """A control group of at most LIMIT bytes, of version 1 or 2; None where none can be made."""
    for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        folder = pathlib.Path(root) / f"cellsweep-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        with contextlib.suppress(OSError):
            (folder / limit).write_text(str(LIMIT))
            return folder
        folder.rmdir()
    return None


@pytest.fixture
def group():
    folder = make_group()
    if folder is None:
        pytest.exit("SKIPPED: no rank ran out of memory, for no control group with a limit of memory can be made here", SKIPPED)
    yield folder
    folder.rmdir()


def test_a_rank_that_runs_out_of_memory_ends_the_job(group, config, tmp_path):
    join = f'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then echo $$ > {group}/cgroup.procs; fi; exec "$0" "$@"'
    # 256 MiB of samples, which every rank on its own host would load; ranks of this one share rank 0's.
    with running_job(tmp_path, lambda command: on_this_host(2)(["sh", "-c", join, *command]), config, TIMEOUT,
                     "--set", "model.hidden_size=3000") as job:
        assert job.end(60) == 128 + signal.SIGKILL
        assert "rank 1 with PID" in job.errors()
