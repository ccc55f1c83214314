"""A real sweep under mpirun, which finds its way to a Prometheus with the project's own configuration; and the dashboards."""

import contextlib
import json
import os
import pathlib
import re
import shutil

import numpy
from conftest import MPI_ENVIRONMENT, SOURCE, command_line, write_idx
from metrics_servers import running

FAKE_NVML = pathlib.Path(os.environ["CELLSWEEP_BUILD"]) / "tests/integration"
# Enough for some seconds, of which Prometheus needs a few to find a new target.
EPOCHS = 250
# The last run trains until the test ends it, however fast the machine is. A learning rate of 1e30 diverges at once: runs for
# the tables and the alert of what came to a bad end.
SWEEP = """name: live
data: {{format: idx, directory: "{idx}"}}
model: {{hidden_size: 32}}
train: {{epochs: {epochs}, batch_size: 500, optimizer: {{name: sgd}}}}
metrics: {{prometheus: {{port: 0, discovery_directory: "{targets}"}}}}
output: {{directory: "{runs}"}}
sweep:
  parameters:
    model.cell: {{values: [simple_rnn, lstm]}}
    train.epochs: {{values: [{epochs}, 1000000]}}
    train.optimizer.learning_rate: {{values: [1e30, 0.1]}}
  conditions:
    train.epochs: {{model.cell: [lstm]}}
"""
RUNS = ["001-simple_rnn-1e30", "002-simple_rnn-0.1", f"003-lstm-{EPOCHS}-1e30", f"004-lstm-{EPOCHS}-0.1", "005-lstm-1000000-1e30",
        "006-lstm-1000000-0.1"]
TRAINED = [run for run in RUNS if run.endswith("-0.1")]


def copy_monitoring(folder):
    """monitoring/ without what runs of this machine left among its targets."""
    shutil.copytree(SOURCE / "monitoring", folder / "monitoring")
    for found in (folder / "monitoring/prometheus/targets").glob("*.json"):
        found.unlink()
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
def train(folder, monitoring):
    """The sweep on two ranks, on a host that seems to have GPUs."""
    config = folder / "live.yaml"
    config.write_text(SWEEP.format(idx=write_data(folder / "idx"), targets=monitoring / "prometheus/targets", runs=folder / "runs",
                                   epochs=EPOCHS))
    environment = {**os.environ, **MPI_ENVIRONMENT, "LD_LIBRARY_PATH": str(FAKE_NVML)}
    with running(*command_line(["run", config], ranks=2), env=environment) as training:
        yield training


def is_under_way(query):
    """Does the last run train, and has every panel something to show? `query` asks Prometheus."""
    return all(query(expression) for expression in (
        f'cellsweep_epoch{{run_id="{RUNS[-1]}"}}>5', f'cellsweep_run_state{{run_id="{RUNS[-1]}",state="running"}}==1',
        'ALERTS{alertstate="firing"}', f'rank:cellsweep_compute_seconds:ratio_to_median30s{{run_id="{RUNS[-1]}"}}'))


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
