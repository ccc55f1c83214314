"""A core that the launcher allotted to a job, and on which nothing computes, is reported; one that is kept from it is not."""

import json
import os
import subprocess

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, MPIRUN

CORES = sorted(os.sched_getaffinity(0))
HINT = "of 2 cores of "

pytestmark = pytest.mark.skipif(len(CORES) < 2, reason="needs two cores")


def started(*command, under=(), binding="none"):
    """On two cores, or as `under` says; with mpirun's own binding where that is None."""
    environment = {**os.environ, **MPI_ENVIRONMENT}
    del environment["OMPI_MCA_hwloc_base_binding_policy"]
    if binding:
        environment["OMPI_MCA_hwloc_base_binding_policy"] = binding
    two = ["taskset", "-c", f"{CORES[0]},{CORES[1]}"]
    return subprocess.run([*two, *map(str, under), *map(str, command)], env=environment, capture_output=True, text=True, timeout=100)


ONE_RANK = [[], [MPIRUN, "-np", "1"]]


@pytest.mark.parametrize("binding", ["none", None])
@pytest.mark.parametrize("launch", ONE_RANK)
def test_one_rank_on_two_cores(config, launch, binding):
    done = started(*launch, BINARY, "run", config, binding=binding)
    [line] = [line for line in done.stderr.splitlines() if HINT in line]
    assert done.returncode == 0 and "1 of 2 cores" in line and "start 2 ranks there, or set parallel.threads: 2" in line, done.stderr
    done = started(*launch, BINARY, "doctor", "--json", config, binding=binding)
    [row] = [row for row in json.loads(done.stdout)["checks"] if row["check"] == "binding"]
    assert row["verdict"] == "warning" and "1 of 2 cores" in row["found"] and done.returncode == 0


@pytest.mark.parametrize(("launch", "arguments", "under"), [
    ([MPIRUN, "-np", "2"], [], []),  # a rank each
    ([], ["--set", "parallel.threads=2"], []),  # a thread each
    ([MPIRUN, "-np", "3"], [], []),  # more than one each
    ([], [], ["taskset", "-c", CORES[0]]),  # the other one is kept from the job
    ([MPIRUN, "-np", "1"], [], ["taskset", "-c", CORES[0]]),
], ids=["ranks", "threads", "crowd", "alone", "mpirun"])
def test_no_false_alarm(config, launch, arguments, under):
    done = started(*launch, BINARY, "run", config, *arguments, under=under)
    assert done.returncode == 0 and " idle" not in done.stderr, done.stderr


def test_the_time_that_a_control_group_leaves_counts(config, tmp_path):
    """Two cores with a quota of one core's time have none idle."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespace can be made here")
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    (tmp_path / "cgroup").write_text("0::/\n")
    mounts = f'mount --bind "$0" /proc/$$/cgroup && mount -t tmpfs none /sys/fs/cgroup && cp {tmp_path}/cpu.max /sys/fs/cgroup/ && exec "$@"'
    done = started(BINARY, "run", config, under=["unshare", "-m", "sh", "-c", mounts, tmp_path / "cgroup"])
    assert done.returncode == 0 and " idle" not in done.stderr, done.stderr
