"""What a run leaves, and that the number of ranks does not matter."""

import json
import os

import numpy
import pytest
from conftest import read_safetensors, start


def test_a_run_leaves_its_files(config, tmp_path):
    done = start("run", config, "--progress", "line")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "small"
    run = folder / "run"
    assert sorted(p.name for p in run.iterdir()) == ["checkpoint", "config.yaml", "history.jsonl", "metrics.om", "weights.safetensors"]
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert [h["epoch"] for h in history] == [1, 2]
    assert list(history[0]) == ["epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate",
                                "seconds", "samples_per_second"]
    assert history[1]["loss"] < history[0]["loss"]
    weights = read_safetensors(run / "weights.safetensors")
    assert weights["rnn.kernel"].shape == (5, 24) and weights["rnn.bias"].shape == (2, 24)
    events = [json.loads(line)["event"] for line in (folder / "ledger.jsonl").read_text().splitlines()]
    assert events == ["planned", "started", "epoch", "epoch", "finished"]
    assert "Epoch 2/2" in done.stdout and f"runs are in {folder}" in done.stdout


def test_the_effective_config_repeats_the_run(config, tmp_path):
    assert start("run", config).returncode == 0
    first = tmp_path / "runs" / "small" / "run"
    assert start("run", first / "config.yaml").returncode == 0
    second = tmp_path / "runs" / "small-2" / "run"
    assert (first / "weights.safetensors").read_bytes() == (second / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_ranks_differ_by_rounding_only(config, tmp_path, cell):
    weights, losses = [], []
    for ranks in (1, 2, 3, 4):
        done = start("run", config, "--set", f"model.cell={cell}", "--set", f"name=np{ranks}",
                     "--set", "model.dropout=0.2", ranks=ranks)
        assert done.returncode == 0, done.stderr
        run = tmp_path / "runs" / f"np{ranks}" / "run"
        weights.append(read_safetensors(run / "weights.safetensors"))
        losses.append([json.loads(line)["val_loss"] for line in (run / "history.jsonl").read_text().splitlines()])
    for other, loss in zip(weights[1:], losses[1:]):
        for name, value in weights[0].items():
            numpy.testing.assert_allclose(other[name], value, rtol=0, atol=5e-6, err_msg=name)
        numpy.testing.assert_allclose(loss, losses[0], rtol=1e-5)


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
@pytest.mark.parametrize("batch_size", [64, 13, 3])  # 3: most of the eight shards are empty
def test_a_reproducible_run_is_bitwise_the_same_at_any_number_of_ranks(config, tmp_path, cell, batch_size):
    runs = []
    for ranks in (1, 2, 4, 8):
        done = start("run", config, "--set", "parallel.reproducible=true", "--set", f"model.cell={cell}",
                     "--set", f"name=np{ranks}", "--set", f"train.batch_size={batch_size}",
                     "--set", "model.dropout=0.2", "--set", "model.layers=2", "--set", "model.bidirectional=true",
                     "--set", "train.gradient_accumulation_steps=2", "--set", "train.optimizer.name=adam", ranks=ranks)
        assert done.returncode == 0, done.stderr
        run = tmp_path / "runs" / f"np{ranks}" / "run"
        history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
        epochs = [{k: v for k, v in h.items() if k not in ("seconds", "samples_per_second")} for h in history]
        runs.append(((run / "weights.safetensors").read_bytes(), epochs))
    assert len(runs[0][1]) == 2
    for weights, epochs in runs[1:]:
        assert epochs == runs[0][1]
        assert weights == runs[0][0]


def test_a_reproducible_run_needs_ranks_that_share_its_shards(config):
    done = start("run", config, "--set", "parallel.reproducible=true", ranks=3)
    assert done.returncode == 2
    assert "needs 1, 2, 4 or 8 ranks, not 3" in done.stderr


def test_no_more_threads_than_the_launcher_gave_cores(config):
    core = min(os.sched_getaffinity(0))
    done = start("run", config, "--set", "parallel.threads=7", under=["taskset", "-c", core])
    assert done.returncode == 0, done.stderr
    assert "parallel.threads is 7, but the launcher gave this rank 1 core(s)" in done.stderr
    assert "that many threads are used" not in start("run", config).stderr


def test_more_ranks_than_samples_in_a_batch(config):
    done = start("run", config, "--set", "train.batch_size=2", ranks=4)
    assert done.returncode == 0, done.stderr


def test_only_rank_0_prints(config):
    alone = start("run", config, "--progress", "line").stdout
    on_three = start("run", config, "--progress", "line", ranks=3).stdout
    assert len(on_three.splitlines()) == len(alone.splitlines())


def test_a_sweep_runs_all_and_is_compared(config, tmp_path):
    config.write_text(config.read_text() + """sweep:
  parameters:
    model.cell: {values: [simple_rnn, lstm, gru]}
    train.optimizer.learning_rate: {values: [1e-2, 0.1]}
""")
    plan = start("plan", config)
    assert plan.returncode == 0 and plan.stdout.splitlines()[-1] == "6 runs"
    done = start("run", config, ranks=2)
    assert done.returncode == 0, done.stderr
    table = start("compare", tmp_path / "runs" / "small")
    assert table.returncode == 0, table.stderr
    assert all(cell in table.stdout for cell in ("simple_rnn", "lstm", "gru"))
    rows = json.loads(start("compare", "--json", tmp_path / "runs" / "small").stdout)["runs"]
    assert len(rows) == 6
    best = [row["best_val_accuracy"] for row in rows]
    assert best == sorted(best, reverse=True)


def test_a_failing_run_does_not_stop_the_others(config, tmp_path):
    config.write_text(config.read_text() + "sweep: {parameters: {train.optimizer.learning_rate: {values: [1e30, 0.01]}}}\n")
    done = start("run", config, ranks=2)
    assert done.returncode == 3, done.stderr
    assert "not finite" in done.stderr
    rows = json.loads(start("compare", "--json", tmp_path / "runs" / "small").stdout)["runs"]
    assert [row["status"] for row in rows] == ["finished", "diverged"]


def test_regression_and_copy_memory(config):
    for settings in (["data.synthetic.task=adding", "train.loss=mse"], ["data.synthetic.task=copy_memory"]):
        sets = [part for setting in ["data.format=synthetic", "data.synthetic.length=12",
                                     "data.synthetic.train_samples=50", "data.synthetic.validation_samples=20", *settings]
                for part in ("--set", setting)]
        done = start("run", config, *sets, ranks=2)
        assert done.returncode == 0, done.stderr


def test_summary_is_keras_table(config):
    done = start("summary", config)
    assert done.returncode == 0
    assert "│ gru (GRU)                       │ (None, 8)              │           360 │" in done.stdout
