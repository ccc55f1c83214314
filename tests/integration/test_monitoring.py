"""A real run's endpoint, scraped while it trains."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest
from conftest import MPI_ENVIRONMENT, command_line


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def scraped(config):
    """The text of the endpoint after the second epoch of a run on two ranks."""
    port = free_port()
    line = command_line(["run", config, "--set", "train.epochs=100000", "--set", "metrics.prometheus.enabled=true",
                         "--set", f"metrics.prometheus.port={port}"], ranks=2)
    process = subprocess.Popen(line, env={**os.environ, **MPI_ENVIRONMENT}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    text = answer.read().decode()
                if re.search(r'cellsweep_accuracy\{[^}]*split="validation"', text):
                    return text
            except OSError:
                assert process.poll() is None
            time.sleep(0.2)
        raise AssertionError("no metrics within 60 s")
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_what_is_served(scraped):
    for name in ("run_info", "epoch", "step", "samples_total", "samples_per_second", "loss", "accuracy", "learning_rate",
                 "step_seconds_bucket", "all_reduce_seconds_bucket"):
        assert f"cellsweep_{name}{{" in scraped, name
    assert 'cell="gru"' in scraped and 'ranks="2"' in scraped
    assert float(re.search(r"cellsweep_all_reduce_seconds_count\{[^}]*\} (\S+)", scraped)[1]) > 0
    if shutil.which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=scraped, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
