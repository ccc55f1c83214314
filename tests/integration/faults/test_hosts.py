"""A run over several hosts, which share files and a network but neither a name nor memory, ends as on one host."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, SOURCE, read_history, start
from hosts import NEEDS, NETWORK, can_make_hosts, make_hosts

SKIPPED = 77  # what CTest counts as skipped
SHIM = os.environ["CELLSWEEP_BUILD"] + "/tests/integration/libodd_host.so"


@pytest.fixture(scope="session", autouse=True)
def needs_hosts(tmp_path_factory):
    if not can_make_hosts(tmp_path_factory.mktemp("probe")):
        pytest.exit(f"SKIPPED: no run was started on several hosts, for there are none without {NEEDS}", SKIPPED)


@pytest.fixture
def alone(config):
    """A config whose run gives the same on any number of ranks, and what it gives on one."""
    config.write_text(config.read_text() + "parallel: {reproducible: true}\n")
    done = start("run", config, "--set", "name=one-host")
    assert done.returncode == 0, done.stderr
    return end_of(config.parent / "runs/one-host/run")


def end_of(run):
    return (run / "weights.safetensors").read_bytes(), read_history(run)


def run_on(hosts, *command, ranks_per_host):
    return subprocess.run(hosts.mpirun(BINARY, *command, hosts=hosts.names[1:], ranks_per_host=ranks_per_host),
                          env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("count, ranks_per_host", [(2, 2), (4, 1)])
def test_a_run_ends_as_on_one_host(tmp_path, config, alone, count, ranks_per_host):
    folder = tmp_path / "hosts"
    folder.mkdir()
    with make_hosts(folder, count) as hosts:
        looked = run_on(hosts, "doctor", config, "--expect-ranks", count * ranks_per_host, ranks_per_host=ranks_per_host)
        done = run_on(hosts, "run", config, "--set", "name=hosts", ranks_per_host=ranks_per_host)
    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert f"{count * ranks_per_host} rank(s) on {count} host(s); h1: {ranks_per_host} rank(s)" in looked.stdout
    assert "shared, a rename is atomic" in looked.stdout and f"h{count}: eth0" in looked.stdout
    assert done.returncode == 0, done.stderr
    assert end_of(tmp_path / "runs/hosts/run") == alone


@pytest.mark.parametrize("odd, host, verdict, code, words", [
    ("clock", "h2", "warning  clocks", 0, r"at most (5\.0|4\.99)\d* s ± 0\.\d* s from h1's, on h2, which is (ahead|behind)\n.*NTP"),
    ("mpi", "h2", "error    versions", 2, r"h1 has cellsweep .*, but h2 has cellsweep [\d.]+, Another MPI\n.*same cellsweep and MPI"),
    ("rename", "h1", "error    directory", 2, r"rank 1 of 2 on h2: .*h2 sees a half-written file: a rename there is not atomic")])
def test_the_doctor_says_what_is_odd_about_a_host(tmp_path, config, odd, host, verdict, code, words):
    (tmp_path / "hosts").mkdir()
    preload = f'if [ "$(hostname)" = {host} ]; then export ODD_HOST={odd} LD_PRELOAD={SHIM}; fi; exec "$0" "$@"'
    with make_hosts(tmp_path / "hosts", 2) as hosts:
        looked = subprocess.run(hosts.mpirun("sh", "-c", preload, BINARY, "doctor", config, hosts=["h1", "h2"]),
                                env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True, timeout=120)
    assert looked.returncode == code, looked.stdout + looked.stderr
    assert re.search(f"^{verdict} +{words}", looked.stdout, re.MULTILINE), looked.stdout


def test_several_hosts_trains_on_the_hosts_of_a_hostfile(tmp_path, config, alone):
    tree, folder = tmp_path / "tree", tmp_path / "hosts"
    shutil.copytree(SOURCE / "launch", tree / "launch")
    (tree / "build/release").mkdir(parents=True)
    (tree / "build/release/cellsweep").symlink_to(pathlib.Path(BINARY).resolve())
    folder.mkdir()
    (tree / "hosts").write_text("h1 slots=1\nh2 slots=1\n")
    with make_hosts(folder, 2) as hosts:
        done = subprocess.run(hosts.on("h0", tree / "launch/mpirun/several-hosts", tree / "hosts", config, "--set", "name=hosts",
                                       "--progress", "line"),
                              env={**os.environ, **MPI_ENVIRONMENT, "NETWORK": NETWORK + ".0/24",
                                   "OMPI_MCA_plm_rsh_agent": str(hosts.remote_shell())},
                              capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "2 ranks" in done.stdout, done.stdout
    assert end_of(tmp_path / "runs/hosts/run") == alone
