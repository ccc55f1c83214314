"""A run over several hosts, which share files and a network but neither a name nor memory, ends as on one host."""

import os
import subprocess

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, read_history, start
from hosts import NEEDS, can_make_hosts, make_hosts

SKIPPED = 77  # what CTest counts as skipped


@pytest.fixture(scope="session", autouse=True)
def needs_hosts(tmp_path_factory):
    if not can_make_hosts(tmp_path_factory.mktemp("probe")):
        pytest.exit(f"SKIPPED: no run was started on several hosts, for there are none without {NEEDS}", SKIPPED)


def run_on(hosts, *command, ranks_per_host):
    return subprocess.run(hosts.mpirun(BINARY, *command, hosts=hosts.names[1:], ranks_per_host=ranks_per_host),
                          env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("count, ranks_per_host", [(2, 2), (4, 1)])
def test_a_run_ends_as_on_one_host(tmp_path, config, count, ranks_per_host):
    config.write_text(config.read_text() + "parallel: {reproducible: true}\n")
    done = start("run", config, "--set", "name=one-host")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "hosts"
    folder.mkdir()
    with make_hosts(folder, count) as hosts:
        looked = run_on(hosts, "doctor", config, "--expect-ranks", count * ranks_per_host, ranks_per_host=ranks_per_host)
        done = run_on(hosts, "run", config, "--set", "name=hosts", ranks_per_host=ranks_per_host)
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert f"{count * ranks_per_host} rank(s) on {count} host(s); h1: {ranks_per_host} rank(s)" in looked.stdout
    assert "shared, a rename is atomic" in looked.stdout and f"h{count}: eth0" in looked.stdout
    assert done.returncode == 0, done.stderr
    ends = [((run / "weights.safetensors").read_bytes(), read_history(run))
            for run in (tmp_path / f"runs/{name}/run" for name in ("one-host", "hosts"))]
    assert ends[0] == ends[1]
