"""A host whose cable is pulled, or that is switched off: the ranks that can still be reached end in time, and so do the others."""

import json
import re
import time

import pytest
from hosts import NEEDS, can_make_hosts, make_hosts
from jobs import running_job

SKIPPED = 77  # what CTest counts as skipped
TIMEOUT = 4
# With which mpirun notices in five seconds that a host is gone; by default it takes minutes. Once it ends a job for another
# reason, it no longer looks, and waits for ever: the watchdog must come later.
LATER = 10
KEEPALIVE = {"oob_tcp_keepalive_time": 2, "oob_tcp_keepalive_intvl": 1, "oob_tcp_keepalive_probes": 3}


@pytest.fixture(scope="session", autouse=True)
def namespaces(tmp_path_factory):
    if not can_make_hosts(tmp_path_factory.mktemp("hosts")):
        pytest.exit(f"SKIPPED: no host was lost, for this machine makes none: that needs {NEEDS}", SKIPPED)


@pytest.fixture
def hosts(tmp_path):
    (tmp_path / "hosts").mkdir()
    with make_hosts(tmp_path / "hosts", 2) as hosts:
        yield hosts


def job_on(hosts, config, tmp_path, parameters, timeout, *arguments):
    def launch(command):
        return hosts.mpirun(*command, hosts=["h1", "h2"], ranks_per_host=2, parameters=parameters)
    return running_job(tmp_path, launch, config, timeout, *arguments)


def wait_until_gone(hosts, names, seconds):
    """No rank is left on these hosts."""
    deadline = time.monotonic() + seconds
    while left := [name for name in names if hosts.runs(name, "cellsweep")]:
        assert time.monotonic() < deadline, f"there are ranks on {left} still"
        time.sleep(0.1)


def test_ranks_behind_a_cut_link_are_named(hosts, config, tmp_path):
    with job_on(hosts, config, tmp_path, {}, TIMEOUT) as job:
        job.wait_for_epoch(3)
        job.wait_for_heartbeats()
        hosts.set_link("h2", False)
        wait_until_gone(hosts, ["h1", "h2"], TIMEOUT + 5)
        [(message, missing)] = job.messages()
        assert (message["speaker"], message["host"]) == ("0", "h1")
        # One line for both, unless they were last seen in different operations. Rank 1 waits, too, maybe in another.
        silent = [line for line in missing if "which has reported nothing for" in line]
        reported = re.findall(r"missing: ranks? ([23])(?:, (3))? on h2, which has reported nothing for .* last seen in .* \(operation ", "\n".join(silent))
        assert {rank for ranks in reported for rank in ranks if rank} == {"2", "3"} and len(reported) == len(silent), job.errors()


def test_groups_behind_a_cut_link_save_their_runs_and_end(hosts, config, tmp_path):
    """One group on each host, so that no rank waits in an operation for one of the other host."""
    with config.open("a") as file:
        file.write("sweep: {parameters: {train.seed: {values: [1, 2]}}}\n")
    with job_on(hosts, config, tmp_path, {}, TIMEOUT, "--set", "parallel.ranks_per_run=2") as job:
        job.wait_for_runs(2)
        hosts.set_link("h2", False)
        # Watchdogs have 2 seconds in which to report first.
        wait_until_gone(hosts, ["h1", "h2"], TIMEOUT + 2 + 5)
        [message] = [line for line in job.errors().splitlines() if line.startswith("cellsweep:")]
        reported = re.match(r"cellsweep: rank 0 on h1: rank 2 on h2, which trains run (.*), has sent nothing for ", message)
    # Nobody gets a report of it, but the run that trained behind the cut stopped as after a signal: with a checkpoint.
    run = tmp_path / "runs/small" / reported[1]
    assert 'state="interrupted"} 1 ' in (run / "metrics.om").read_text()
    last_epoch = json.loads((run / "history.jsonl").read_text().splitlines()[-1])
    assert max(int(path.stem[5:]) for path in (run / "checkpoint").glob("step-*.safetensors")) >= last_epoch["step"]


@pytest.mark.parametrize("loss", ["set_link", "power_off"])
def test_mpirun_ends_too_where_it_keeps_connections_alive(hosts, config, tmp_path, loss):
    with job_on(hosts, config, tmp_path, KEEPALIVE, LATER) as job:
        job.wait_for_epoch(3)
        hosts.set_link("h2", False) if loss == "set_link" else hosts.power_off("h2")
        assert job.end() != 0
        wait_until_gone(hosts, ["h1", "h2"] if loss == "set_link" else ["h1"], LATER + 5)


def test_a_firewall_between_the_watchdogs_is_a_warning(hosts, config, tmp_path):
    hosts.block_udp("h2")
    with job_on(hosts, config, tmp_path, {}, 30) as job:
        deadline = time.monotonic() + 60
        while "warning" not in job.errors() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert job.errors().count("the network lets no UDP from ranks 2, 3 to rank 0 on h1") == 1, job.errors()
        job.wait_for_epoch(job.epoch() + 3)
        assert not job.messages()
