"""Sweep files that were written for W&B and other programs, in the styles that people have."""

import pathlib
import re
import shlex

import pytest
import yaml
from conftest import start

FILES = sorted((pathlib.Path(__file__).parent / "wandb_sweeps").glob("*.yaml"))
TIDY = """program: fit.py
method: grid
metric: {name: val_acc, goal: maximize}
parameters:
  seed: {values: [1]}
  lr: {values: [0.1]}
  model: {values: [LSTM, GRU]}
  optimizer: {values: [adam]}
  num_layers: {values: [1, 2]}
  hidden_dim: {value: 32}
  num_epochs: {value: 3}
  batch_size: {value: 16}
"""


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base.yaml"
    path.write_text("data: {format: synthetic, synthetic: {task: copy_memory, length: 3, classes: 10, train_samples: 40, "
                    "validation_samples: 20}}\nmetrics: {prometheus: {enabled: false}}\n")
    return path


@pytest.fixture
def sweep(tmp_path):
    def write(text):
        path = tmp_path / "sweep.yaml"
        path.write_text(text)
        return path
    return write


def suggestion(base, path):
    result = start("plan", base, "--sweep", path, "--suggest-map")
    assert result.returncode == 0, result.stderr
    return result.stdout


def arguments(text):
    return shlex.split(text.splitlines()[0])


def test_there_are_ten_files():
    assert len(FILES) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_plans_with_what_is_suggested(base, path):
    text = suggestion(base, path)
    planned = start("plan", base, "--sweep", path, *arguments(text))
    assert planned.returncode == 0, (text, planned.stderr)
    assert re.search(r"\d+ runs?$", planned.stdout), planned.stdout
    # The section says the same.
    section = text.split("\n\n")[1]
    base.write_text(base.read_text() + section)
    settings = [word for word in arguments(text) if word.startswith("sweep.")]
    again = start("plan", base, "--sweep", path, *sum((["--set", word] for word in settings), []))
    assert again.returncode == 0 and again.stdout == planned.stdout, (section, again.stderr)


@pytest.mark.parametrize("name, expected", [
    ("caps", {"LR": "train.optimizer.learning_rate", "RNN_TYPE": "model.cell", "SAMPLING_RATIO": None, "Best_Val_Loss": "val_loss"}),
    ("nested", {"model.rnn_type": "model.cell", "optimizer.name": "train.optimizer.name", "model.n_head": None,
                "trainer.max_epoch": "train.epochs", "validation/acc": "val_accuracy"}),
    ("ranges", {"lookback": None, "dropout_rate": "model.dropout", "val_rmse": "val_loss"}),
    ("models", {"model": "model.cell", "data": None, "acc_mean": "accuracy"}),
    ("anchors", {"nhid": "model.hidden_size", "bsz": "train.batch_size", "clip": "train.optimizer.global_clipnorm",
                 "my name's": None, "tied": None}),
    ("script", {"rnn": "model.cell", "model_dir": None, "cuda": None, "units": "model.hidden_size"}),
])
def test_what_is_suggested(base, name, expected):
    path = next(path for path in FILES if path.stem == name)
    section = yaml.safe_load(suggestion(base, path).split("\n\n")[1])["map"]
    assert {key: section[key] for key in expected} == expected


@pytest.mark.parametrize("train, expected", [
    ("", "train.metrics=accuracy,f1_score"),
    ("train: {metrics: [balanced_accuracy]}\n", "train.metrics=balanced_accuracy,f1_score"),
    ("train: {metrics: [f1]}\n", None),
])
def test_a_metric_that_is_not_measured_is_asked_for(base, sweep, train, expected):
    base.write_text(base.read_text() + train)
    path = sweep("method: grid\nmetric: {name: val/f1, goal: maximize}\nparameters: {lr: {values: [0.1]}}\n")
    words = arguments(suggestion(base, path))
    assert "val/f1=val_f1_score" in words
    assert [word for word in words if word.startswith("train.")] == ([expected] if expected else [])
    planned = start("plan", base, "--sweep", path, *words)
    assert planned.returncode == 0 and "metric: val_f1_score, maximize" in planned.stdout, planned.stderr


def test_plan_names_the_right_key_for_each_name(base, sweep):
    refused = start("plan", base, "--sweep", sweep(TIDY))
    assert refused.returncode == 2 and len(refused.stderr.encode()) < 2048, refused.stderr
    for name, key in (("seed", "train.seed"), ("lr", "train.optimizer.learning_rate"), ("model", "model.cell"),
                      ("optimizer", "train.optimizer.name"), ("num_layers", "model.layers"), ("hidden_dim", "model.hidden_size"),
                      ("num_epochs", "train.epochs"), ("batch_size", "train.batch_size"), ("val_acc", "val_accuracy")):
        lines = [line for line in refused.stderr.splitlines() if f"'{name}'" in line]
        assert len(lines) == 1 and f"did you mean '{key}'?" in lines[0], (name, refused.stderr)


def test_the_permitted_keys_are_listed_once(base, sweep):
    refused = start("plan", base, "--sweep", sweep("method: grid\nparameters: {first_odd: {value: 1}, second_odd: {value: 1}}\n"))
    assert refused.returncode == 2 and refused.stderr.count("train.optimizer.{") == 1, refused.stderr
    assert "--ignore first_odd" in refused.stderr and "--suggest-map" in refused.stderr
    refused = start("plan", base, "--set", "model.oddity=1", "--set", "model.another=1")
    assert refused.stderr.count("hidden_size") == 1, refused.stderr


def test_names_may_be_mapped_and_ignored(base, sweep):
    path = sweep("method: grid\nmetric: {name: val/acc, goal: maximize}\nparameters:\n  model: {values: [LSTM, gru]}\n"
                 "  group: {parameters: {lr: {values: [.1, 1e-2]}, odd: {value: 3}}}\n  rest: {parameters: {a: {value: 1}}}\n"
                 "conditions: {group.lr: {model: [LSTM]}}\n")
    words = ["--map", "model=model.cell", "--map", "group.lr=train.optimizer.learning_rate", "--map", "val/acc=val_accuracy",
             "--ignore", "group.odd", "--ignore", "rest"]
    planned = start("plan", base, "--sweep", path, *words)
    assert planned.returncode == 0 and planned.stdout.endswith("3 runs\n"), planned.stderr + planned.stdout
    shown = start("run", base, "--print-config", "--sweep", path, *words)
    config = yaml.safe_load(shown.stdout)["sweep"]
    assert config["metric"]["name"] == "val_accuracy" and config["parameters"]["model.cell"] == {"values": ["lstm", "gru"]}
    # An argument goes before the section, and one that finds nothing is reported.
    base.write_text(base.read_text() + "map: {model: train.seed, group.lr: train.optimizer.learning_rate, group.odd: null, rest: null}\n")
    planned = start("plan", base, "--sweep", path, "--map", "model=model.cell", "--map", "val/acc=val_accuracy", "--map", "x=name.y=train.seed")
    assert planned.returncode == 0 and "no parameter or metric 'x=name.y'" in planned.stderr, planned.stderr
    for words, message in ((["--map", "model=modle.cell"], "did you mean 'model.cell'?"), (["--map", "model"], "name=key"),
                           (["--map", "model=name"], "cannot be swept")):
        refused = start("plan", base, "--sweep", path, *words)
        assert refused.returncode == 2 and message in refused.stderr, refused.stderr


def test_set_goes_to_the_sweep_wherever_it_comes_from(base, sweep):
    path = sweep("method: random\nparameters: {train.seed: {min: 1, max: 9}}\n")
    planned = start("plan", base, "--sweep", path, "--set", "sweep.run_cap=3")
    assert planned.returncode == 0 and planned.stdout.endswith("3 runs\n"), planned.stderr
    refused = start("plan", base, "--sweep", path, "--set", "sweep.run_cap=3", "--set", "train.seed=1")
    assert refused.returncode == 2 and "varied by the sweep" in refused.stderr
    refused = start("plan", base, "--sweep", path)
    assert refused.returncode == 2 and refused.stderr.count("run_cap") == 1 and "sweep.yaml:1:9" in refused.stderr


def test_what_is_for_wandb_alone_is_reported_once(base):
    path = next(path for path in FILES if path.stem == "launch")
    planned = start("plan", base, "--sweep", path, *arguments(suggestion(base, path)))
    lines = [line for line in planned.stderr.splitlines() if "passed over" in line]
    assert len(lines) == 1, planned.stderr
    for key in ("apiVersion", "kind", "job", "image_uri", "scheduler", "metric.impute_while_running"):
        assert key in lines[0]


# Another number of classes may come from the file, from an argument, or from the data's own files.
def test_a_metric_that_the_data_is_too_small_for_is_not_suggested(base, sweep):
    path = sweep(TIDY.replace("val_acc", "val_top5_acc"))
    assert "train.metrics=accuracy,top_5_accuracy" in arguments(suggestion(base, path))
    few = start("plan", base, "--sweep", path, "--suggest-map", "--set", "data.synthetic.classes=5").stdout
    assert "top_5_accuracy" not in few.splitlines()[0] and "val_top5_acc=val_accuracy" in arguments(few)
    assert "fewer than 6 classes, and the data has 5" in few
    base.write_text(base.read_text().replace("classes: 10", "classes: 5"))
    text = suggestion(base, path)
    assert text == few
    assert start("plan", base, "--sweep", path, *arguments(text)).returncode == 0


def test_a_metric_without_a_name_is_mapped_in_the_file(base, sweep):
    path = sweep(TIDY.replace("val_acc", "''"))
    text = suggestion(base, path)
    assert "--map" not in text
    base.write_text(base.read_text() + text)
    planned = start("plan", base, "--sweep", path)
    assert planned.returncode == 0 and "metric: val_accuracy, maximize" in planned.stdout, planned.stderr
