"""Whatever a user gets wrong is reported once, ends every rank with code 2, without a hang, and leaves nothing half-written."""

import os
import pathlib
import socket
import struct
import subprocess

import numpy
import pytest
import yaml
from conftest import events, start, write_idx

RANKS = [None, 2]


def refused(done, *words):
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    own = [line for line in done.stderr.splitlines() if line.startswith("cellsweep:")]
    assert len(own) == 1, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.fixture(params=RANKS, ids=["alone", "mpirun"])
def ranks(request):
    return request.param


def test_config_errors_are_all_reported_with_their_location(config, ranks):
    config.write_text("name: small\nmodel: {cell: lstn, hidden_sise: 3}\ntrain:\n  epochs: many\n  epochs: 2\n")
    done = start("run", config, ranks=ranks)
    refused(done, f"{config}:2:15", "lstm", f"{config}:2:21", "hidden_size", f"{config}:4:11", f"{config}:5:3")


def test_numbers_as_people_write_them(config):
    done = start("run", config, "--print-config", "--set", "train.optimizer.learning_rate=1e-4")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["train"]["optimizer"]["learning_rate"] == 1e-4
    refused(start("run", config, "--set", "train.optimizer.learning_rate=fast"), "--set", "number")
    refused(start("run", config, "--set", "train.epoch=3"), "train.epochs")


@pytest.mark.parametrize("text", ["a: " + "[" * 600 + "]" * 600, "a: &a [" + "x, " * 60 + "]\nb: &b [" + "*a, " * 60 + "]\nc: [" + "*b, " * 60 + "]\n", "a: &a [*a]\n", "", "- 1\n"],
                         ids=["deep", "alias", "recursive", "empty", "list"])
def test_hostile_yaml(config, text, ranks):
    config.write_text(text)
    refused(start("run", config, ranks=ranks), str(config))


def test_missing_files(config, tmp_path, ranks):
    refused(start("run", tmp_path / "none.yaml", ranks=ranks), "none.yaml")
    refused(start("run", config, "--set", f"data.directory={tmp_path / 'nowhere'}", ranks=ranks), "nowhere")


def damage_truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def damage_extend(path):
    path.write_bytes(path.read_bytes() + b"x")


def damage_overflow(path):
    path.write_bytes(struct.pack(">IIII", 0x0803, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) + b"x" * 64)


def damage_empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [damage_truncate, damage_extend, damage_overflow, damage_empty])
def test_damaged_idx(config, idx, tmp_path, damage, ranks):
    damage(idx / "train-images-idx3-ubyte")
    refused(start("run", config, ranks=ranks), "train-images-idx3-ubyte")
    assert not (tmp_path / "runs").exists()


def test_labels_outside_the_classes(config, idx):
    refused(start("run", config, "--set", "data.classes=3"), "train-labels-idx1-ubyte", "3")
    write_idx(idx / "t10k-labels-idx1-ubyte", numpy.full(30, 9))
    refused(start("run", config), "t10k-labels-idx1-ubyte", "9")


def test_initial_weights_of_another_model(config, tmp_path, ranks):
    assert start("run", config).returncode == 0
    weights = tmp_path / "runs" / "small" / "run" / "weights.safetensors"
    done = start("run", config, "--set", f"model.initial_weights={weights}", "--set", "model.hidden_size=9", ranks=ranks)
    refused(done, "weights.safetensors", "shape [5,24]", "[5,27]")


def test_output_that_cannot_be_written(config, tmp_path, ranks):
    (tmp_path / "file").write_text("")
    refused(start("run", config, "--output", tmp_path / "file", ranks=ranks), "--output")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount the small disk this needs")
def test_full_disk(config, tmp_path, ranks):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk])
    if mounted.returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        done = start("run", config, "--output", disk, "--set", "model.hidden_size=64", ranks=ranks)
        assert done.returncode == 2, done.stderr
        assert "No space left" in done.stderr
        left = [p.name for p in pathlib.Path(disk).rglob("*") if p.is_file()]
        assert "weights.safetensors" not in left and not [n for n in left if n.startswith("weights")], left
        # Once there is room, it is tried again.
        [failed] = [event for event in events(disk / "small") if event["event"] == "failed"]
        assert "permanent" not in failed, failed
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        done = start("run", "--resume", disk / "small", ranks=ranks)
        assert done.returncode == 0, done.stderr
        assert (disk / "small" / "run" / "weights.safetensors").exists()
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount the disk this needs")
def test_a_disk_that_is_read_only(config, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk])
    if mounted.returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        assert start("run", config, "--output", disk).returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for arguments in ([config, "--output", disk], ["--resume", disk / "small"]):
            done = start("run", *arguments)
            assert done.returncode == 2 and "Read-only file system" in done.stderr, done.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_taken_port_is_a_warning(config, ranks):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start("run", config, "--set", "metrics.prometheus.enabled=true", "--set", f"metrics.prometheus.port={port}",
                     ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert str(port) in done.stderr and "warn" in done.stderr


def test_usage(ranks):
    done = start("run", ranks=ranks)
    assert done.returncode == 2 and "FILE" in done.stderr
    assert start("--help", ranks=ranks).returncode == 0


def test_loss_that_does_not_fit_the_data(config):
    done = start("run", config, "--set", "train.loss=mse")
    assert done.returncode == 2 and "sparse_categorical_crossentropy" in done.stderr
