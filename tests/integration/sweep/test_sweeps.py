"""Sweeps on groups of ranks, cut off and resumed."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from conftest import BINARY, command_line, events, MPI_ENVIRONMENT, results, SOURCE, start

SHIM = os.environ["CELLSWEEP_BUILD"] + "/tests/integration/libkill_at_write.so"
SWEEP = """sweep:
  parameters:
    model.cell: {values: [simple_rnn, lstm, gru]}
    train.optimizer.learning_rate: {values: [0.3, 0.01]}
"""


@pytest.fixture
def sweep(config):
    config.write_text(config.read_text() + SWEEP)
    return config


@pytest.mark.parametrize("ranks, ranks_per_run, groups", [(1, "1", 1), (2, "1", 2), (3, "2", 1), (4, "auto", 4), (8, "auto", 6)])
def test_groups_share_the_runs(sweep, tmp_path, ranks, ranks_per_run, groups):
    done = start("run", sweep, "--set", f"parallel.ranks_per_run={ranks_per_run}", ranks=ranks)
    assert done.returncode == 0, done.stderr
    ledger = events(tmp_path / "runs" / "small")
    assert [event["event"] for event in ledger].count("finished") == 6
    # How many runs were under way at a time.
    running, most = 0, 0
    for event in ledger:
        running += {"started": 1, "finished": -1}.get(event["event"], 0)
        most = max(most, running)
    assert most <= groups and (most > 1 or groups == 1)
    assert ("ranks are idle" in done.stderr) == (ranks == 3)


def test_the_number_of_groups_changes_no_result(sweep, tmp_path):
    for ranks in (1, 3):
        assert start("run", sweep, "--set", "parallel.ranks_per_run=1", ranks=ranks).returncode == 0
    assert results(tmp_path / "runs" / "small")["runs"] == [
        run | {"sweep": "small"} for run in results(tmp_path / "runs" / "small-2")["runs"]]


def test_sweeps_of_one_name_are_told_apart(config, tmp_path):
    for seed in (1, 2):
        done = start("run", config, "--set", f"train.seed={seed}", "--set", "train.epochs=1", "--resume", tmp_path / f"array_{seed}")
        assert done.returncode == 0, done.stderr
    folders = [tmp_path / "array_1", tmp_path / "array_2"]
    rows = list(csv.DictReader(io.StringIO(start("compare", "--csv", *folders).stdout)))
    assert sorted((row["sweep"], row["folder"], row["train.seed"]) for row in rows) == [
        ("small", "array_1", "1"), ("small", "array_2", "2")]
    table = start("compare", *folders, "--filter", "train.seed=2").stdout
    assert "array_1" not in table
    table = start("compare", *folders).stdout.splitlines()
    assert table[1].split()[:4] == ["folder", "run", "cell", "seed"]
    assert sorted(line.split()[:4] for line in table[2:4]) == [["array_1", "run", "gru", "1"], ["array_2", "run", "gru", "2"]]
    only = json.loads(start("compare", "--json", folders[0]).stdout)["runs"][0]
    assert only["folder"] == "array_1" and only["parameters"] == {}


def test_more_ranks_a_run_than_there_are_is_refused(sweep):
    done = start("run", sweep, "--set", "parallel.ranks_per_run=3", ranks=2)
    assert done.returncode == 2 and "there are 2 rank(s)" in done.stderr


def test_a_combination_that_cannot_be_costs_its_run_alone(config, tmp_path):
    config.write_text(config.read_text() + """sweep:
  parameters:
    train.optimizer.clipnorm: {values: [null, 1.0]}
    train.optimizer.clipvalue: {values: [null, 1.0]}
""")
    done = start("run", config, "--set", "parallel.ranks_per_run=1", ranks=2)
    assert done.returncode == 3 and "only one of" in done.stderr
    statuses = sorted(run["status"] for run in results(tmp_path / "runs" / "small")["runs"])
    assert statuses == ["failed", "finished", "finished", "finished"]
    # It would fail again, so it is not tried again.
    again = start("run", "--resume", tmp_path / "runs" / "small")
    assert again.returncode == 3
    assert [event["event"] for event in events(tmp_path / "runs" / "small")].count("started") == 3


@pytest.mark.parametrize("values", ["[null, 1.0]", "[1.0, null]"])
def test_a_combination_that_cannot_be_is_marked_before(config, values):
    config.write_text(config.read_text() + f"""sweep:
  parameters:
    train.optimizer.clipnorm: {{values: [1.0]}}
    train.optimizer.clipvalue: {{values: {values}}}
""")
    plan = start("plan", config)
    assert plan.returncode == 0, plan.stderr
    lines = plan.stdout.splitlines()
    assert sorted(line[:3] for line in lines[:2]) == ["001", "002"] and lines[-1] == "2 runs"
    assert sum("will fail: " in line and "only one of" in line for line in lines) == 1
    assert sum(" parameters, " in line for line in lines) == 1
    assert "--set" not in plan.stdout + plan.stderr
    for command, runs in (("summary", 'Model: "'), ("bench", " ms/step")):
        done = start(command, config, *(["--steps", "2"] if command == "bench" else []), ranks=2)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(runs) == 1
        assert done.stderr.count("will fail: ") == 1 and "--set" not in done.stderr
    config.write_text(config.read_text().replace(values, "[1.0]"))
    for command in ("plan", "summary", "bench"):
        none = start(command, config)
        assert (none.returncode, none.stdout) == (2, ""), f"{command}: no run is permitted"


def test_resuming_another_sweep_is_refused_and_reported(sweep, tmp_path):
    assert start("run", sweep).returncode == 0
    folder = tmp_path / "runs" / "small"
    before = (folder / "ledger.jsonl").read_bytes()
    other = start("run", sweep, "--resume", folder, "--set", "train.epochs=3")
    assert other.returncode == 2 and "train.epochs: 2 → 3" in other.stderr
    sweep.write_text(sweep.read_text().replace("[0.3, 0.01]", "[0.3, 0.02]"))
    other = start("run", sweep, "--resume", folder)
    assert other.returncode == 2 and "[0.3, 0.01]} → {values: [0.3, 0.02]}" in other.stderr
    assert start("run", "--resume", tmp_path).returncode == 2
    assert (folder / "ledger.jsonl").read_bytes() == before
    # How and where it runs may change.
    assert start("run", "--resume", folder, "--set", "parallel.ranks_per_run=1", ranks=2).returncode == 0


def epochs_reported(folder):
    ledger = folder / "ledger.jsonl"
    return ledger.read_text().count('"event":"epoch"') if ledger.exists() else 0


def kill_a_rank(process, number, folder, epochs):
    """Ends one rank as the kernel would, once the ledger has so many epochs."""
    while epochs_reported(folder) < epochs and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    ranks = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    os.kill(int(ranks[number - 1]), signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode != 0


def test_killed_and_resumed_with_other_ranks_it_comes_to_the_same(sweep, tmp_path):
    settings = ["--set", "train.epochs=4000", "--set", "parallel.ranks_per_run=1",
                "--set", "sweep.early_terminate.type=hyperband", "--set", "sweep.early_terminate.min_iter=500",
                "--set", "sweep.metric.name=val_loss", "--set", "sweep.metric.goal=minimize"]
    assert start("run", sweep, *settings, "--output", tmp_path / "whole", ranks=2).returncode == 0
    folder = tmp_path / "cut" / "small"
    for arguments, ranks, victim in ((["run", sweep, *settings, "--output", tmp_path / "cut"], 4, 3),
                                     (["run", "--resume", folder], 2, 1)):
        before = epochs_reported(folder)
        process = subprocess.Popen(command_line(arguments, ranks), env={**os.environ, **MPI_ENVIRONMENT},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        kill_a_rank(process, victim, folder, before + 600)
    done = start("run", "--resume", folder, ranks=3)
    assert done.returncode == 0, done.stderr
    assert results(folder) == results(tmp_path / "whole" / "small")
    ledger = [event["event"] for event in events(folder)]
    assert ledger.count("resumed") == 2 and "pruned" in ledger


def test_killed_at_any_write_nothing_that_finished_is_lost(config, tmp_path):
    config.write_text(config.read_text().replace("epochs: 2", "epochs: 1") +
                      "sweep: {parameters: {train.seed: {values: [1, 2]}}}\n")
    assert start("run", config, "--output", tmp_path / "whole").returncode == 0
    expected = results(tmp_path / "whole" / "small")
    for point in range(1, 200):
        parent = tmp_path / f"cut{point}"
        parent.mkdir()
        environment = {**os.environ, "LD_PRELOAD": SHIM, "KILL_BELOW": str(parent), "KILL_AT_WRITE": str(point)}
        cut = subprocess.run([BINARY, "run", str(config), "--output", str(parent)], env=environment, capture_output=True)
        folder = parent / "small"
        if cut.returncode == 0:
            break
        assert cut.returncode == -signal.SIGKILL, cut.stderr
        if not (folder / "sweep.yaml").exists():
            continue
        ledger = folder / "ledger.jsonl"
        lines = ledger.read_text().splitlines(keepends=True) if ledger.exists() else []
        finished = [event["run_id"] for event in map(json.loads, (line for line in lines if line.endswith("\n")))
                    if event["event"] == "finished"]
        weights = {run: (folder / run / "weights.safetensors").read_bytes() for run in finished}
        done = start("run", "--resume", folder)
        assert done.returncode == 0, (point, done.stderr)
        assert results(folder) == expected, point
        begun = [event["run_id"] for event in events(folder)[len(lines):] if event["event"] == "started"]
        assert not set(begun) & set(finished), point
        for run, content in weights.items():
            assert (folder / run / "weights.safetensors").read_bytes() == content
    assert 20 < point < 199


def test_two_jobs_do_not_write_to_one_sweep(sweep, tmp_path):
    first = subprocess.Popen(command_line(["run", sweep, "--set", "train.epochs=5000"]), stdout=subprocess.PIPE)
    folder = tmp_path / "runs" / "small"
    try:
        while not (folder / "ledger.jsonl").exists():
            time.sleep(0.05)
        second = start("run", "--resume", folder, "--set", "metrics.prometheus.enabled=false")
        assert second.returncode == 2 and "another job writes to this sweep" in second.stderr
    finally:
        first.kill()
        first.communicate()


def test_the_sweeps_that_are_delivered_can_be_planned():
    for path in (SOURCE / "configs").glob("*.yaml"):
        done = start("plan", path)
        assert done.returncode == 0, done.stderr
    assert start("plan", SOURCE / "configs" / "learning_rate_sweep.yaml").stdout.endswith("24 runs\n")


def test_a_sweep_file_of_wandb_is_taken_as_it_is(config, tmp_path):
    sweep = tmp_path / "wandb.yaml"
    sweep.write_text("""program: train.py
method: random
run_cap: 4
metric: {name: val_loss, goal: minimize}
parameters:
  train.optimizer.learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 0.1}
  model: {parameters: {cell: {values: [lstm, gru]}}}
""")
    planned = start("plan", config, "--sweep", sweep)
    assert planned.returncode == 0 and planned.stdout.endswith("4 runs\n")
    assert "program" in planned.stderr
    assert start("plan", config, "--sweep", sweep).stdout == planned.stdout
    sweep.write_text(sweep.read_text().replace("train.optimizer.learning_rate", "learning_rate"))
    refused = start("plan", config, "--sweep", sweep)
    assert refused.returncode == 2
    assert "wandb.yaml:6:3" in refused.stderr and "did you mean 'train.optimizer.learning_rate'" in refused.stderr


def test_a_thousand_runs_are_compared_in_two_seconds(tmp_path):
    folder = tmp_path / "many"
    lines = [{"event": "planned", "sweep": "many", "metric": {"name": "val_loss", "goal": "minimize"},
              "runs": [{"run_id": f"{i:04}", "parameters": {"train.seed": str(i)}, "point": i} for i in range(1000)]}]
    for i in range(1000):
        (folder / f"{i:04}").mkdir(parents=True)
        (folder / f"{i:04}" / "history.jsonl").write_text("".join(json.dumps(
            {"epoch": epoch, "step": epoch, "loss": 1 / epoch, "val_loss": 1 / (epoch + i), "learning_rate": 0.1, "seconds": 1,
             "samples_per_second": 10}) + "\n" for epoch in range(1, 11)))
        lines.append({"event": "started", "run_id": f"{i:04}", "cell": "lstm"})
        lines.append({"event": "finished", "run_id": f"{i:04}", "seconds": 3})
    (folder / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    begun = time.monotonic()
    done = start("compare", "--json", "--sort", "val_loss", folder)
    took = time.monotonic() - begun
    assert json.loads(done.stdout)["runs"][0]["run_id"] == "0999"
    assert took < 2


def test_a_sweep_is_resumed_however_its_values_are_spelled(config, tmp_path):
    text = config.read_text()
    sweep = "sweep: {{parameters: {{train.optimizer.learning_rate: {{values: [{}]}}}}}}\n"
    config.write_text(text + sweep.format("0.1, 0.01"))
    assert start("run", config).returncode == 0
    folder = tmp_path / "runs" / "small"
    config.write_text(text + sweep.format("1e-1, 1.0e-2"))
    again = start("run", config, "--resume", folder)
    assert again.returncode == 0, again.stderr
    # A former version planned a value twice where it was spelled twice.
    planned = events(folder)[0]
    planned["runs"] = [{"run_id": f"00{point + 1}-{rate}", "parameters": {"train.optimizer.learning_rate": rate}, "point": point}
                       for point, rate in enumerate(["0.1", "0.10", "0.01"])]
    for run in folder.iterdir():
        if run.is_dir():
            shutil.rmtree(run)
    (folder / "ledger.jsonl").write_text(json.dumps(planned) + "\n")
    again = start("run", "--resume", folder)
    assert again.returncode == 0, again.stderr
    assert [run["status"] for run in results(folder)["runs"]] == ["finished"] * 3


def test_a_grid_of_very_many_points_is_cut_to_the_cap(config):
    config.write_text(config.read_text() + """sweep:
  run_cap: 10
  parameters:
    train.seed: {distribution: int_uniform, min: 1, max: 1000000}
    train.batch_size: {distribution: int_uniform, min: 1, max: 1000000}
""")
    planned = start("plan", config)
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.splitlines()[9].startswith("010-1-10  train.batch_size=1  train.seed=10")


def test_what_can_be_planned_can_be_run_and_resumed(config, tmp_path):
    values = ", ".join(str(number) for number in range(99_850))
    small = config.read_text()
    config.write_text(small + f"sweep: {{parameters: {{train.seed: {{values: [{values}]}}}}}}\n")
    planned = start("plan", config)
    assert planned.returncode == 0 and planned.stdout.endswith("99850 runs\n"), planned.stderr
    config.write_text(small + f"sweep: {{run_cap: 2, parameters: {{train.seed: {{values: [{values}]}}}}}}\n")
    done = start("run", config, ranks=2)
    assert done.returncode == 0, done.stderr[:2000]
    again = start("run", "--resume", tmp_path / "runs" / "small")
    assert again.returncode == 0, again.stderr[:2000]
