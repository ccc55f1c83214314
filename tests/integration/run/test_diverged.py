"""Runs whose losses or weights are lost: they are reported, kept apart, and leave nothing that holds such numbers."""

import json
import re
import struct

import numpy
import pytest
from conftest import ENGINES, read_history, read_safetensors, start


def write_regression(folder, targets_of, **train):
    """A file that trains on 64 sequences whose targets are targets_of(their sums)."""
    random = numpy.random.default_rng(8)
    files = {}
    for part, count in (("train", 64), ("validation", 32)):
        inputs = random.normal(size=(count, 12, 3)).astype("f4")
        targets = targets_of(inputs.sum(axis=(1, 2))).astype("f4")
        numpy.save(folder / f"{part}-x.npy", inputs)
        numpy.save(folder / f"{part}-y.npy", targets)
        files[part] = {"inputs": str(folder / f"{part}-x.npy"), "labels": str(folder / f"{part}-y.npy")}
    path = folder / "regression.yaml"
    path.write_text(json.dumps({
        "name": "lost",
        "data": {"format": "npy", **files},
        "model": {"cell": "lstm", "hidden_size": 16},
        "train": {"loss": "mse", "batch_size": 16, "epochs": 1, **train},
        "metrics": {"prometheus": {"enabled": False}},
        "output": {"directory": str(folder / "runs")},
    }))
    return path


def ending(folder):
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()][-1]


def are_finite(path):
    return all(numpy.isfinite(values).all() for values in read_safetensors(path).values() if values.dtype == numpy.float32)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ranks", [None, 2])
def test_weights_that_are_lost_in_the_last_epoch(tmp_path, engine, ranks):
    path = write_regression(tmp_path, lambda sums: 5000 + 3000 * sums)
    done = start("run", path, "--set", f"parallel.engine={engine}", ranks=ranks)
    folder = tmp_path / "runs" / "lost"
    assert done.returncode == 1, done.stderr
    assert ending(folder)["event"] == "diverged"
    assert re.search(r"is not finite in epoch 1, after step [1-4]: a smaller learning rate", ending(folder)["reason"])
    assert not (folder / "run" / "weights.safetensors").exists()
    assert not list(folder.glob("run/checkpoint/*.safetensors"))


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in ((name, values.astype("<f4")) for name, values in tensors.items()):
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


@pytest.mark.parametrize("engine", ENGINES)
def test_validation_that_is_lost_is_reported_although_training_is_well(tmp_path, engine):
    path = write_regression(tmp_path, lambda sums: sums / 10)
    assert start("run", path, "--output", tmp_path / "good", "--set", f"parallel.engine={engine}").returncode == 0
    weights = read_safetensors(tmp_path / "good" / "lost" / "run" / "weights.safetensors")
    # Training has its batch's statistics; validation has these, and comes to infinities of both signs.
    weights["batch_norm.moving_mean"] = numpy.full(16, 3e38)
    weights["dense.kernel"] = numpy.sign(weights["dense.kernel"]) * 3
    write_safetensors(tmp_path / "large.safetensors", weights)
    done = start("run", path, "--set", f"model.initial_weights={tmp_path / 'large.safetensors'}", "--set",
                 f"parallel.engine={engine}")
    folder = tmp_path / "runs" / "lost"
    assert done.returncode == 1, done.stderr
    assert ending(folder)["reason"] == \
        "val_loss (nan) is not finite in epoch 1, after step 4: a smaller learning rate or clipping of gradients may help; else look at the validation data"
    assert not (folder / "run" / "weights.safetensors").exists()


def test_a_sweep_keeps_the_best_weights_and_compares_by_runs_that_finished(tmp_path):
    path = write_regression(tmp_path, lambda sums: sums / 10, epochs=3, schedule={"name": "step", "decay_steps": 4})
    config = json.loads(path.read_text())
    # The first run is the better one in its first epoch, and lost in its second.
    config["sweep"] = {"parameters": {"train.schedule.decay_rate": {"values": [1e30, 1e-9]}}}
    config["checkpoint"] = {"every_steps": 1}
    path.write_text(json.dumps(config))
    done = start("run", path, "--set", "parallel.ranks_per_run=1", ranks=2)
    assert done.returncode == 3, done.stderr
    compared = json.loads(start("compare", "--json", tmp_path / "runs" / "lost").stdout)
    assert [run["status"] for run in compared["runs"]] == ["finished", "diverged"]
    assert compared["metric"] == {"name": "val_loss", "goal": "minimize"}
    run = tmp_path / "runs" / "lost" / compared["runs"][1]["run_id"]
    assert "in epoch 2, after step " in compared["runs"][1]["reason"]
    files = sorted(file.name for file in (run / "checkpoint").iterdir())
    assert files[0] == "best.safetensors" and 2 <= len(files) <= 3 and all(are_finite(run / "checkpoint" / name) for name in files)
    assert not (run / "weights.safetensors").exists()
    assert [epoch["epoch"] for epoch in read_history(run)] == [1]
    assert read_safetensors(run / "checkpoint" / "best.safetensors")["resume.steps"].tolist() == [4]
    assert start("run", "--resume", tmp_path / "runs" / "lost").returncode == 3
    assert (tmp_path / "runs" / "lost" / "ledger.jsonl").read_text().count('"started"') == 2, "nothing is tried again"
