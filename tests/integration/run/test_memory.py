"""Sizes are held against the memory of host, control group and process before anything is allocated."""

import contextlib
import json
import os
import pathlib
import re

import numpy
import pytest
from conftest import start
from test_memory_limit import make_group

FREE_SPACE = 4_000_000 * 1024  # bytes of address space


def limited(*arguments):
    """Under ulimit -v, with a bound on time: what is not refused would take long."""
    return start(*arguments, under=["sh", "-c", f"ulimit -v {FREE_SPACE // 1024}; exec timeout 60 \"$0\" \"$@\""])


def refused(done, *words):
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    for word in words:
        assert word in done.stderr, done.stderr
    assert "bad_alloc" not in done.stderr


@pytest.fixture
def stray(tmp_path):
    def make(label):
        labels = (numpy.arange(24) % 3).astype("i8")
        labels[3] = label
        numpy.save(tmp_path / "y.npy", labels)
        numpy.save(tmp_path / "x.npy", numpy.zeros((24, 2, 2), "f4"))
        files = {"inputs": str(tmp_path / "x.npy"), "labels": str(tmp_path / "y.npy")}
        config = tmp_path / "stray.yaml"
        config.write_text(json.dumps({"data": {"format": "npy", "train": files, "validation": files},
                                      "metrics": {"prometheus": {"enabled": False}},
                                      "output": {"directory": str(tmp_path / "runs")}}))
        return config
    return make


@pytest.mark.parametrize("label", [268435457, 9999999])
def test_a_stray_label(stray, tmp_path, label):
    refused(limited("run", stray(label)), "y.npy", f"the labels need {label + 1:,} classes for 24 samples", "sample 3",
            "set data.classes")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("assignments", "key"), [
    (["model.hidden_size=20000"], "model.hidden_size (it is 20000)"),
    (["model.hidden_size=2000", "model.layers=100"], "model.layers (100)"),
    (["data.classes=1000000", "model.hidden_size=4000"], "classes"),
    (["data.synthetic.length=1000000", "data.format=synthetic"], "data.synthetic"),
    (["data.format=synthetic", "data.synthetic.train_samples=60000", "train.batch_size=60000", "train.loss=mse",
      "model.hidden_size=512"], "train.batch_size (60000)"),
])
def test_sizes_of_the_config(config, tmp_path, assignments, key):
    done = limited("run", config, *(part for text in assignments for part in ("--set", text)))
    refused(done, "GB", key, "ulimit -v permits")
    assert not (tmp_path / "runs").exists()


def test_a_batch_larger_than_the_data_takes_no_more_than_the_data(config):
    done = limited("run", config, "--set", "train.batch_size=1000000000")
    assert done.returncode == 0, done.stderr


def test_a_header_that_promises_more_than_memory_holds(config, tmp_path):
    images = tmp_path / "idx" / "train-images-idx3-ubyte"
    samples = 2_000_000_000
    images.write_bytes(numpy.array([0x803, samples, 10, 20], ">u4").tobytes())
    os.truncate(images, 16 + samples * 200)  # takes no room on the disk
    labels = tmp_path / "idx" / "train-labels-idx1-ubyte"
    labels.write_bytes(numpy.array([0x801, samples], ">u4").tobytes())
    os.truncate(labels, 8 + samples)
    refused(start("run", config), "train-images-idx3-ubyte", "values need 400.0 GB")


def test_a_control_group(config):
    group = make_group()
    if group is None:
        pytest.skip("no control group with a limit of memory can be made here")
    try:
        join = ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$0" "$@"']
        done = start("plan", config, "--set", "model.hidden_size=3000", under=join)
        assert done.returncode == 0 and "its control group" in done.stderr and "permits 67 MB" in done.stderr
    finally:
        with contextlib.suppress(OSError):
            pathlib.Path(group).rmdir()


def test_one_of_a_sweep_costs_its_run_alone(config):
    config.write_text(config.read_text() + "sweep: {parameters: {model.hidden_size: {values: [4, 30000]}}}\n")
    done = limited("run", config)
    assert done.returncode == 3, done.stderr
    assert "002-30000 will fail: a model of" in done.stderr and "bad_alloc" not in done.stderr


def test_plan_shows_parameters_and_memory(config):
    done = start("plan", config)
    assert re.fullmatch(r"run  \(\d+ parameters, \d+ MB\)\n1 run\n", done.stdout), done.stdout
    done = start("plan", config, "--set", "model.hidden_size=50000")
    assert done.returncode == 0 and "needs" in done.stderr and "this host has" in done.stderr
    done = start("plan", config, "--set", "data.directory=/none")
    assert done.returncode == 0 and done.stdout == "run\n1 run\n" and "sizes of runs are not known" in done.stderr


def test_the_doctor_looks_at_memory(config):
    def memory_row(*arguments):
        done = start("doctor", "--json", *arguments, ranks=2)
        rows = {row["check"]: row for row in json.loads(done.stdout)["checks"]}
        return done.returncode, rows["host_memory"]

    code, row = memory_row()
    assert row["verdict"] == "ok" and "this host has" in row["found"]
    code, row = memory_row(config)
    assert row["verdict"] == "ok" and "run run needs" in row["found"] and "for 2 rank(s)" in row["found"]
    code, row = memory_row(config, "--set", "model.hidden_size=50000")
    assert code == 2 and row["verdict"] == "error" and "model.hidden_size" in row["right"]


@pytest.mark.parametrize(("cell", "units", "batch"), [("lstm", 512, 64), ("gru", 1024, 16), ("simple_rnn", 256, 1024)])
def test_the_estimate_is_no_more_than_what_is_taken(tmp_path, cell, units, batch):
    """A run that fits must not be refused."""
    config = tmp_path / "size.yaml"
    config.write_text(f"""data: {{format: synthetic, synthetic: {{length: 50, train_samples: 1024, validation_samples: 64}}}}
model: {{cell: {cell}, hidden_size: {units}}}
train: {{loss: mse, max_steps: 2, batch_size: {batch}}}
metrics: {{prometheus: {{enabled: false}}}}
checkpoint: {{enabled: false}}
output: {{directory: {tmp_path / 'runs'}}}
""")
    planned = start("plan", config).stdout
    estimate = float(re.search(r"([\d.]+) (MB|GB)", planned)[1]) * (1e9 if "GB" in planned else 1e6)
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True);"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)")
    peak = float(start("run", config, under=["/usr/bin/python3", "-c", script]).stdout)
    assert 0.7 * peak < estimate < 1.15 * peak, (estimate, peak)


def test_many_classes_are_left_out_of_the_report(tmp_path):
    config = tmp_path / "many.yaml"
    config.write_text(f"""data: {{format: synthetic, classes: 300, synthetic: {{task: copy_memory, length: 3, classes: 3, train_samples: 20}}}}
model: {{hidden_size: 4}}
train: {{epochs: 1}}
metrics: {{prometheus: {{enabled: false}}}}
output: {{directory: {tmp_path / 'runs'}}}
""")
    assert start("run", config).returncode == 0
    page = tmp_path / "page.html"
    assert start("compare", tmp_path / "runs" / "cellsweep", "--html", page).returncode == 0
    assert "its 300 classes are more than the 200 that a matrix can show" in page.read_text()
