"""A signal ends a job with a checkpoint if there is something to save, and at once if there is not."""

import os
import pathlib
import re
import resource
import signal
import subprocess
import time

import pytest
from conftest import BINARY, MPI_ENVIRONMENT
from jobs import on_this_host, running_job

TIMEOUT = 20
ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGXCPU, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("ranks", [1, 2])
def test_a_training_is_saved(config, tmp_path, number, ranks):
    with running_job(tmp_path, on_this_host(ranks), config, TIMEOUT) as job:
        job.wait_for_epoch(2)
        job.signal(number)
        assert job.end(15) == 128 + number, job.errors()
        assert f"{number.name}: 1 run(s) stopped on the way" in job.errors()
    [checkpoints] = (tmp_path / "runs").glob("*/*/checkpoint")
    assert list(checkpoints.glob("*.safetensors"))


def test_nohup_keeps_a_training_from_the_end_of_its_terminal(config, tmp_path):
    with running_job(tmp_path, lambda command: ["nohup", *command], config, TIMEOUT) as job:
        job.wait_for_epoch(2)
        job.process.send_signal(signal.SIGHUP)
        job.wait_for_epoch(job.epoch() + 3)
        job.process.send_signal(signal.SIGTERM)
        assert job.end(15) == 128 + signal.SIGTERM, job.errors()


def wait_for_handlers(pid):
    """Until the process has come so far that it takes signals itself."""
    deadline = time.monotonic() + 30
    while not int(re.search(r"^SigCgt:\s*(\w+)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1], 16) >> signal.SIGTERM - 1 & 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def slow(tmp_path):
    """A config whose data, 1.6 GB, take long to make."""
    path = tmp_path / "slow.yaml"
    path.write_text(f"""name: slow
data: {{format: synthetic, synthetic: {{length: 10000, train_samples: 20000, validation_samples: 16}}}}
train: {{loss: mse}}
metrics: {{prometheus: {{enabled: false}}}}
output: {{directory: {tmp_path / 'runs'}}}
""")
    return path


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_job_that_reads_its_data_ends_at_once(slow, tmp_path, number):
    with subprocess.Popen([BINARY, "run", slow], stderr=subprocess.PIPE, text=True) as job:
        assert "engine" in job.stderr.readline()
        began = time.monotonic()
        job.send_signal(number)
        _, errors = job.communicate(timeout=15)
        assert job.returncode == 128 + number and time.monotonic() - began < 2
        assert errors.splitlines()[-1:] == [ f"cellsweep: ended by {number.name}"]
    assert not (tmp_path / "runs").exists()


def test_ranks_that_read_their_data_end_at_once_and_report_it_once(slow, tmp_path):
    with running_job(tmp_path, on_this_host(2), slow, TIMEOUT) as job:
        deadline = time.monotonic() + 20
        while "engine" not in job.errors():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        began = time.monotonic()
        job.signal(signal.SIGTERM)
        assert job.end(15) == 128 + signal.SIGTERM and time.monotonic() - began < 5
        assert job.errors().count("cellsweep: ended by SIGTERM") == 1


def test_a_reader_that_goes_away_does_not_end_a_training(config):
    done = subprocess.run(["bash", "-c", f"{BINARY} run {config} --progress line | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"],
                          env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_file_that_grows_beyond_its_limit_is_an_error(config, tmp_path):
    done = subprocess.run([BINARY, "run", config], capture_output=True, text=True, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)))
    assert done.returncode in (0, 1, 2, 3) and "File too large" in done.stderr, (done.returncode, done.stderr)
