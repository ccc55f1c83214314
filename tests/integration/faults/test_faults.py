"""Whatever happens to a rank, the job ends in time, with one message that names it; and what only takes long ends nothing."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest
from conftest import start
from jobs import on_this_host, running_job

TIMEOUT = 4
HOST = socket.gethostname()


@pytest.fixture
def job(config, tmp_path):
    with running_job(tmp_path, on_this_host(3), config, TIMEOUT) as job:
        job.wait_for_epoch(3)
        job.wait_for_heartbeats()
        yield job


@pytest.mark.parametrize("lost, speaker", [(1, 0), (2, 0), (0, 1)])
def test_a_stopped_rank_is_named(job, lost, speaker):
    job.signal(signal.SIGSTOP, lost)
    assert job.end() not in (0, None)
    [(message, missing)] = job.messages()
    assert (message["speaker"], message["host"]) == (str(speaker), HOST)
    named = rf"missing: rank {lost} on {HOST}, which has reported nothing for [\d.]+ s, last seen in [\w -]+ \(operation \d+\)"
    assert re.fullmatch(named, missing[0]), job.errors()
    # The third one waits, too, maybe in the operation before, which the speaker could leave already.
    assert all(re.fullmatch(r"missing: rank \d on \S+, which has been for .*", line) for line in missing[1:]), job.errors()


def test_a_killed_rank_ends_the_job(job):
    job.signal(signal.SIGKILL, 1)
    assert job.end() == 128 + signal.SIGKILL
    assert "rank 1 with PID" in job.errors() and f"on node {HOST}" in job.errors()  # mpirun's words
    assert not job.messages()


def test_time_in_which_the_whole_job_is_suspended_does_not_count(job):
    # Rank 1 stops first and continues last, so that the others wait for it at both ends.
    job.signal(signal.SIGSTOP, 1)
    time.sleep(0.5)
    job.signal(signal.SIGSTOP, 0, 2)
    time.sleep(TIMEOUT + 2)
    job.signal(signal.SIGCONT, 0, 2)
    time.sleep(0.5)
    job.signal(signal.SIGCONT, 1)
    job.wait_for_epoch(job.epoch() + 3)
    assert not job.messages()


def test_a_slow_rank_is_waited_for(job):
    job.signal(signal.SIGSTOP, 1)
    time.sleep(TIMEOUT / 2)
    job.signal(signal.SIGCONT, 1)
    job.wait_for_epoch(job.epoch() + 3)
    assert not job.messages()


def sweep_of(config):
    """The config, as a sweep of two runs."""
    with config.open("a") as file:
        file.write("sweep: {parameters: {train.optimizer.learning_rate: {values: [0.01, 0.02]}}}\n")
    return config


def test_a_rank_of_another_group_than_rank_0s_is_named(config, tmp_path):
    with running_job(tmp_path, on_this_host(4), sweep_of(config), TIMEOUT, "--set", "parallel.ranks_per_run=2") as job:
        job.wait_for_runs(2)
        job.wait_for_heartbeats()
        job.signal(signal.SIGSTOP, 3)
        assert job.end() not in (0, None)
        [(message, missing)] = job.messages()
        assert message["speaker"] == "2" and "of ranks 2, 3)" in message[0]
        assert [line for line in missing if line.startswith(f"missing: rank 3 on {HOST}, which has reported nothing for ")], job.errors()


# With three ranks for two runs, any one of them idles.
@pytest.mark.parametrize("ranks, lost, role", [(2, 1, "trains run 00[12].*"), (2, 0, "assigns the runs"), (3, 0, "assigns the runs")])
def test_a_silent_group_of_one_is_named_though_nobody_waits_in_an_operation(config, tmp_path, ranks, lost, role):
    with running_job(tmp_path, on_this_host(ranks), sweep_of(config), TIMEOUT, "--set", "parallel.ranks_per_run=1") as job:
        job.wait_for_runs(2)
        job.signal(signal.SIGSTOP, lost)
        # Watchdogs have 2 seconds in which to report first.
        assert job.end(TIMEOUT + 2 + 5) not in (0, None)
        [own] = [line for line in job.errors().splitlines() if line.startswith("cellsweep:")]
        assert re.match(rf"cellsweep: rank {1 - lost} on {HOST}: rank {lost} on {HOST}, which {role}, has sent nothing for ", own)


@pytest.mark.parametrize("suspended", [False, True])
def test_groups_that_train_for_long_are_not_taken_for_silent(config, tmp_path, suspended):
    timeout = 2
    with running_job(tmp_path, on_this_host(3), sweep_of(config), timeout, "--set", "parallel.ranks_per_run=1") as job:
        job.wait_for_runs(2)
        if suspended:
            job.signal(signal.SIGSTOP)
        time.sleep(timeout + 5)
        if suspended:
            job.signal(signal.SIGCONT)
            time.sleep(timeout + 2)
        assert job.process.poll() is None and "cellsweep:" not in job.errors(), job.errors()


def test_more_ranks_than_cores_are_no_fault(config):
    done = start("run", config, "--set", "parallel.timeout_seconds=30", "--set", "train.epochs=2", ranks=16)
    assert done.returncode == 0, done.stderr
    assert "cellsweep:" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount the small disk this needs")
def test_a_disk_that_fills_up_ends_the_sweep(config, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        done = start("run", config, "--output", disk, "--set", "train.epochs=1500", ranks=2)
        assert done.returncode == 2, (done.returncode, done.stderr)
        [own] = [line for line in done.stderr.splitlines() if line.startswith("cellsweep:")]
        assert own.startswith(f"cellsweep: rank 0 on {HOST}: ") and "No space left" in own
    finally:
        subprocess.run(["umount", pathlib.Path(disk)], check=True)
