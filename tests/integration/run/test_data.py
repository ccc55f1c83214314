"""Labels and inputs in the forms in which people save them, and what is said of them."""

import json

import numpy
import pytest
from conftest import ENGINES, read_history, read_safetensors, start

SAMPLES = 48


@pytest.fixture
def npy(tmp_path):
    """Makes a config of .npy files out of inputs (samples, 4, 3) and labels, the same for training and validation."""
    def make(labels, inputs=None, loss=None, **data):
        if inputs is None:
            inputs = numpy.random.default_rng(7).random((SAMPLES, 4, 3), dtype=numpy.float32)
        numpy.save(tmp_path / "x.npy", inputs)
        numpy.save(tmp_path / "y.npy", labels)
        files = {"inputs": str(tmp_path / "x.npy"), "labels": str(tmp_path / "y.npy")}
        config = tmp_path / "npy.yaml"
        config.write_text(json.dumps({
            "name": "npy", "data": {"format": "npy", "train": files, "validation": files, **data},
            "model": {"cell": "gru", "hidden_size": 4}, "train": {"epochs": 2, "batch_size": 9, **({"loss": loss} if loss else {})},
            "metrics": {"prometheus": {"enabled": False}}, "output": {"directory": str(tmp_path / "runs")}}))
        return config
    return make


def trained(config, *arguments, name="npy", ranks=None):
    done = start("run", config, "--set", f"name={name}", *arguments, ranks=ranks)
    assert done.returncode == 0, done.stderr
    run = config.parent / "runs" / name / "run"
    return done.stderr, read_history(run), read_safetensors(run / "weights.safetensors")


CLASSES = numpy.arange(SAMPLES) % 3
FORMS = {
    "float64": (CLASSES.astype("f8"), "saved as float64, and are taken as classes"),
    "float32": (CLASSES.astype("f4"), "saved as float32, and are taken as classes"),
    "from_one": (CLASSES + 1, "the labels 1, 2, 3 become the classes 0 to 2"),
    "around_zero": (CLASSES - 1, "the labels -1, 0, 1 become the classes 0 to 2"),
    "ids": (CLASSES * 1000 + 7, "the labels 7, 1007, 2007 become the classes 0 to 2"),
    "column": (CLASSES[:, None], "are taken as (48)"),
    "one_hot": (numpy.eye(3)[CLASSES], "are one-hot, and are taken as 3 classes"),
    "one_hot_bool": (numpy.eye(3, dtype=bool)[CLASSES], "are one-hot"),
}


@pytest.mark.parametrize("form", FORMS)
def test_class_labels_in_any_form_are_the_same_classes(npy, form):
    labels, notice = FORMS[form]
    log, history, weights = trained(npy(CLASSES), name="plain")
    assert "classes" not in log and weights["dense.bias"].shape == (3,)
    log, other_history, other = trained(npy(labels), name="other", ranks=2 if form == "from_one" else None)
    assert log.count(notice) == 1, log
    assert other["dense.bias"].shape == (3,)
    if form != "from_one":
        assert other_history == history and all((other[key] == weights[key]).all() for key in weights)


def test_the_report_keeps_the_names_of_classes(npy, tmp_path):
    trained(npy(CLASSES * 2 - 1))
    page = tmp_path / "page.html"
    assert start("compare", tmp_path / "runs" / "npy", "--html", page).returncode == 0
    assert '"names":["-1","1","3"]' in page.read_text()


def test_a_loss_that_does_not_fit_offers_both_ways(npy):
    done = start("run", npy(numpy.random.default_rng(1).random(SAMPLES)))
    assert done.returncode == 2
    assert "set train.loss to mse" in done.stderr and "whole numbers" in done.stderr
    done = start("run", npy(CLASSES, loss="mse"))
    assert done.returncode == 2
    assert "sparse_categorical_crossentropy" in done.stderr and "save the targets as floats" in done.stderr
    assert not (npy(CLASSES).parent / "runs").exists()


def test_whole_floats_are_targets_where_the_loss_says_so(npy):
    log, history, weights = trained(npy(CLASSES.astype("f4"), loss="mse"))
    assert weights["dense.bias"].shape == (1,) and "accuracy" not in history[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_input_scale(npy, engine):
    pixels = numpy.random.default_rng(3).integers(0, 256, (SAMPLES, 4, 3), dtype=numpy.uint8)
    floats = pixels.astype("f4")
    choose = ("--set", f"parallel.engine={engine}")

    def weights_of(name, notice, inputs, scale):
        log, _, weights = trained(npy(CLASSES, inputs), "--set", f"data.input_scale={scale}", *choose, name=name)
        assert log.count("(data.input_scale)") == bool(notice), log
        assert notice in log, log
        return weights

    def equal(a, b):
        return all((a[key] == b[key]).all() for key in a)

    scaled = weights_of("a", "are divided by 255", pixels, "auto")
    assert equal(scaled, weights_of("b", "are divided by 255", pixels, "1/255"))
    assert equal(scaled, weights_of("c", "are divided by 255", floats, "1/255"))
    assert equal(scaled, weights_of("d", "", floats / numpy.float32(255), "auto"))
    plain = weights_of("e", "are taken as they are", pixels, "none")
    assert not equal(scaled, plain)
    assert equal(plain, weights_of("f", "", floats, "auto"))


def test_input_scale_of_idx(config, tmp_path):
    done = start("run", config, "--set", "data.input_scale=none", ranks=2)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("train-images-idx3-ubyte are taken as they are (data.input_scale)") == 1


def test_a_number_that_is_not_finite_is_reported_with_its_position(npy):
    inputs = numpy.ones((SAMPLES, 4, 3))
    inputs[5, 2, 1] = numpy.nan
    done = start("run", npy(CLASSES, inputs))
    assert done.returncode == 2
    assert "x.npy" in done.stderr and "sample 5, step 2, feature 1 is not a number" in done.stderr


def test_a_relative_path_is_reported_with_its_folder(npy, tmp_path):
    config = npy(CLASSES)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = start("run", config, "--set", "data.train.inputs=x.npy", cwd=elsewhere)
    assert done.returncode == 2
    assert f"did you mean {tmp_path / 'x.npy'}?" in done.stderr
    assert f"paths are relative to the working directory {elsewhere}" in done.stderr
    done = start("run", config, "--set", "data.train.inputs=none.npy", cwd=elsewhere)
    assert done.returncode == 2
    assert f"none.npy: cannot open: No such file or directory; paths are relative to the working directory {elsewhere}" in done.stderr
    (tmp_path / "w.safetensors").write_text("")
    done = start("run", config, "--set", "model.initial_weights=w.safetensors", cwd=elsewhere)
    assert done.returncode == 2 and f"did you mean {tmp_path / 'w.safetensors'}?" in done.stderr


@pytest.mark.parametrize("ranks", [None, 2])
def test_initial_weights_that_do_not_serve_leave_no_run(npy, tmp_path, ranks):
    weights = tmp_path / "w.pt"
    weights.write_bytes(b"PK\x03\x04" + bytes(26) + b"archive/data.pkl")
    done = start("run", npy(CLASSES), "--set", f"model.initial_weights={weights}", ranks=ranks)
    assert done.returncode == 2
    assert "is a PyTorch file (torch.save)" in done.stderr and "weight_hh_l0 transposed" in done.stderr
    assert not (tmp_path / "runs").exists()
