"""By which metric a sweep ranks its runs, and in which order."""

import json

import pytest
import yaml
from conftest import start

SWEEP = """sweep:
  metric: {name: val_loss}
  parameters: {train.optimizer.learning_rate: {values: [1e-4, 0.3]}}
"""


def results(folder):
    return json.loads(start("compare", "--json", folder).stdout)


def test_without_a_goal_a_loss_is_minimised(config, tmp_path):
    config.write_text(config.read_text() + SWEEP)
    planned = start("plan", config)
    assert planned.stdout.splitlines()[-2:] == ["metric: val_loss, minimize (by default, as it is a loss)", "2 runs"]
    assert "warning" not in planned.stderr
    assert start("run", config).returncode == 0
    compared = results(tmp_path / "runs" / "small")
    losses = [run["best_val_loss"] for run in compared["runs"]]
    assert compared["metric"]["goal"] == "minimize" and losses == sorted(losses)


def test_a_goal_that_contradicts_its_metric_is_warned_about_once(config, tmp_path):
    config.write_text(config.read_text() + SWEEP.replace("val_loss}", "val_loss, goal: maximize}"))
    for arguments in (["plan", config], ["run", config], ["compare", tmp_path / "runs" / "small"]):
        done = start(*arguments, ranks=2 if arguments[0] == "run" else None)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("sweep.metric.goal is maximize, but val_loss is a loss") == 1, done.stderr


def test_a_folder_of_a_former_version_goes_on_with_its_goal(config, tmp_path):
    config.write_text(config.read_text() + SWEEP)
    assert start("run", config).returncode == 0
    folder = tmp_path / "runs" / "small"
    saved = (folder / "sweep.yaml").read_text()
    assert yaml.safe_load(saved)["sweep"]["metric"] == {"name": "val_loss", "goal": "minimize", "target": None, "impute": "worst"}
    # What was written where the default was to maximise anything.
    (folder / "sweep.yaml").write_text(saved.replace("goal: minimize", "goal: maximize"))
    for arguments in (["--resume", folder], [config, "--resume", folder]):
        done = start("run", *arguments)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("val_loss is a loss") == 1


def test_a_regression_is_ranked_by_its_loss(config, tmp_path):
    config.write_text(config.read_text() + "sweep: {parameters: {train.seed: {values: [1, 2]}}}\n")
    settings = [part for setting in ("data.format=synthetic", "data.synthetic.length=12", "data.synthetic.train_samples=50",
                                     "data.synthetic.validation_samples=20", "train.loss=mse") for part in ("--set", setting)]
    assert "metric: val_loss, minimize (by default, as train.loss is mse)" in start("plan", config, *settings).stdout
    assert start("run", config, *settings).returncode == 0
    folder = tmp_path / "runs" / "small"
    compared = results(folder)
    assert compared["metric"] == {"name": "val_loss", "goal": "minimize"}
    assert all(run["best_metric"] is not None for run in compared["runs"])
    refused = start("compare", "--sort", "-val_accuracy", folder)
    assert refused.returncode == 2 and "no run has an accuracy" in refused.stderr
    # A former version named the accuracy there.
    saved = (folder / "sweep.yaml").read_text()
    (folder / "sweep.yaml").write_text(saved.replace("goal: minimize", "goal: maximize").replace("name: val_loss", "name: val_accuracy"))
    ledger = (folder / "ledger.jsonl").read_text()
    (folder / "ledger.jsonl").write_text(ledger.replace('{"name":"val_loss","goal":"minimize"}',
                                                        '{"name":"val_accuracy","goal":"maximize"}'))
    assert start("run", "--resume", folder).returncode == 0
    assert start("run", config, *settings, "--resume", folder).returncode == 0
    assert results(folder)["metric"] == {"name": "val_loss", "goal": "minimize"}


@pytest.mark.parametrize("settings", [["train.early_stopping.monitor=accuracy", "train.early_stopping.patience=1"],
                                      ["sweep.metric.name=val_accuracy"]])
def test_a_metric_that_no_run_has_is_an_error_before_training(config, settings, tmp_path):
    done = start("run", config, "--set", "train.loss=mse", *[part for each in settings for part in ("--set", each)])
    assert done.returncode == 2, done.stderr
    assert "with train.loss mse a run has no accuracy" in done.stderr
    assert not (tmp_path / "runs").exists()


# Metrics beside the loss are in all that is written and shown of a run, and it is ranked by them.
def test_further_metrics_are_everywhere(config, tmp_path):
    config.write_text(config.read_text() + SWEEP.replace("val_loss", "val_balanced_accuracy"))
    done = start("run", config, "--set", "train.metrics=[accuracy,balanced_accuracy]", ranks=2)
    assert done.returncode == 0, done.stderr
    assert " - balanced_accuracy: " in done.stdout and " - val_balanced_accuracy: " in done.stdout
    folder = tmp_path / "runs" / "small"
    compared = results(folder)
    assert compared["metric"] == {"name": "val_balanced_accuracy", "goal": "maximize"}
    values = [run["best_metric"] for run in compared["runs"]]
    assert values == [run["best_val_balanced_accuracy"] for run in compared["runs"]] == sorted(values, reverse=True)
    best = folder / compared["runs"][0]["run_id"]
    line = json.loads((best / "history.jsonl").read_text().splitlines()[-1])
    assert list(line)[2:8] == ["loss", "accuracy", "balanced_accuracy", "val_loss", "val_accuracy", "val_balanced_accuracy"]
    families = (best / "metrics.om").read_text()
    assert f'split="validation"}} {line["val_balanced_accuracy"]:.4g}'[:-1] in families
    assert "cellsweep_balanced_accuracy{" in families and "cellsweep_epoch_balanced_accuracy{" in families
    table = start("compare", "--sort", "val_balanced_accuracy", folder).stdout
    assert "val_balanced_accuracy" in table.splitlines()[0]
    assert "val_balanced_accuracy,last_val_balanced_accuracy" in start("compare", "--csv", folder).stdout
    assert start("compare", "--filter", "val_balanced_accuracy>=0", folder).returncode == 0


def test_a_metric_that_nothing_measures_is_an_error(config):
    done = start("plan", config, "--set", "train.early_stopping.monitor=val_balanced_accuracy")
    assert done.returncode == 2 and "but train.metrics has no balanced_accuracy" in done.stderr
    done = start("run", config, "--set", "train.metrics=[mean_absolute_error]")
    assert done.returncode == 2 and "a run has no mean_absolute_error; there are accuracy, " in done.stderr


def test_plan_refuses_a_metric_for_which_the_data_has_too_few_classes(tmp_path):
    path = tmp_path / "few.yaml"
    path.write_text("data: {format: synthetic, synthetic: {task: copy_memory, classes: 5}}\n"
                    "train: {metrics: [accuracy, top_5_accuracy]}\n")
    plan, run = start("plan", path), start("run", path, "--output", tmp_path / "runs")
    assert (plan.returncode, run.returncode) == (2, 2)
    message = "train.metrics has top_5_accuracy, which says nothing with fewer than 6 classes, and the data has 5"
    assert message in plan.stderr and message in run.stderr
    assert start("plan", path, "--set", "data.synthetic.classes=6").returncode == 0
