"""A rank that the kernel kills for want of memory, in a control group as Slurm and Kubernetes make them, ends the job."""

import contextlib
import os
import pathlib
import signal

import pytest
from jobs import on_this_host, running_job

SKIPPED = 77  # what CTest counts as skipped
LIMIT = 64 << 20
TAKEN = 63 << 20  # by a file in memory: a run that is larger than the limit alone would be refused
TIMEOUT = 4


def make_group():
    """A control group of at most LIMIT bytes, of version 1 or 2; None if none can be made."""
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
    taken = pathlib.Path("/dev/shm") / group.name
    join = (f'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then echo $$ > {group}/cgroup.procs; head -c {TAKEN} /dev/zero > {taken}; fi; '
            'exec "$0" "$@"')
    try:
        with running_job(tmp_path, lambda command: on_this_host(2)(["sh", "-c", join, *command]), config, TIMEOUT) as job:
            assert job.end(60) == 128 + signal.SIGKILL
            assert "rank 1 with PID" in job.errors()
    finally:
        taken.unlink(missing_ok=True)
