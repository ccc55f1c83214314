"""A real sweep under mpirun, scraped by a real Prometheus with the project's own configuration."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import numpy
from conftest import MPI_ENVIRONMENT, SOURCE, command_line, write_idx

EPOCHS = 300
# A learning rate of 1e30 diverges at once: a run for the tables and the alert of runs that came to a bad end.
SWEEP = """name: live
data: {{format: idx, directory: "{idx}"}}
model: {{hidden_size: 32}}
train: {{epochs: {epochs}, batch_size: 50, optimizer: {{name: sgd}}}}
metrics: {{prometheus: {{port: 0, discovery_directory: "{targets}"}}}}
output: {{directory: "{runs}"}}
sweep:
  parameters:
    model.cell: {{values: [simple_rnn, lstm, gru]}}
    train.optimizer.learning_rate: {{values: [0.1, 1e30]}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what):
    """The first value of `condition()` that is true; fails with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} s: {what}")


def copy_monitoring(folder):
    """monitoring/ without the fixed ports as targets, on which another run of this machine may listen."""
    shutil.copytree(SOURCE / "monitoring", folder / "monitoring")
    (folder / "monitoring/prometheus/targets/local.json").unlink()
    return folder / "monitoring"


def write_data(folder):
    """3,000 training images that take some epochs to learn."""
    folder.mkdir()
    random = numpy.random.default_rng(7)
    for name, count in (("train", 3000), ("t10k", 300)):
        labels = numpy.arange(count) % 4
        images = random.integers(0, 200, (count, 12, 12))
        images[numpy.arange(count), 11, labels] += 40
        write_idx(folder / f"{name}-images-idx3-ubyte", images)
        write_idx(folder / f"{name}-labels-idx1-ubyte", labels)
    return folder


@contextlib.contextmanager
def ended(process):
    """Ends it, and all that it started, when the test is over."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            finally:
                process.kill()


def train(folder, monitoring):
    """Starts the sweep on two ranks. Half of its runs diverge, so that it ends with code 3."""
    config = folder / "live.yaml"
    config.write_text(SWEEP.format(idx=write_data(folder / "idx"), targets=monitoring / "prometheus/targets", runs=folder / "runs",
                                    epochs=EPOCHS))
    return ended(subprocess.Popen(command_line(["run", config], ranks=2), env={**os.environ, **MPI_ENVIRONMENT},
                                  stdout=(folder / "train.log").open("w"), stderr=subprocess.STDOUT))


class Prometheus:
    """Asks a server at `url`. Figures come as in its HTTP API."""

    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        try:
            with urllib.request.urlopen(f"{self.url}{path}", data, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def query(self, expression, at=None):
        parameters = {"query": expression, **({"time": at} if at else {})}
        return self.get("/api/v1/query", **parameters)["result"]

    def ready(self):
        try:
            return self.get("/api/v1/status/buildinfo")
        except OSError:
            return None


@contextlib.contextmanager
def prometheus(folder, monitoring):
    port = free_port()
    process = subprocess.Popen(
        ["prometheus", f"--config.file={monitoring}/prometheus/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
         f"--web.listen-address=127.0.0.1:{port}"], stdout=(folder / "prometheus.log").open("w"), stderr=subprocess.STDOUT)
    with ended(process):
        server = Prometheus(f"http://127.0.0.1:{port}")
        wait_for(server.ready, 60, "Prometheus answers")
        yield server


def dashboards():
    """Every dashboard by its file's name, and in it every panel but rows."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((SOURCE / "monitoring/grafana/dashboards").glob("*.json"))}


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def fill(expression, **values):
    """`expression` with Grafana's variables filled in, each of which must be known."""
    def value(match):
        name = match["braced"] or match["plain"]
        if name.isdigit():
            return match[0]  # a group of label_replace
        return str(values[name])
    return re.sub(r"\$(?:\{(?P<braced>\w+)(?::\w+)?\}|(?P<plain>\w+))", value, expression)
