"""Searches, which choose their points as they go."""

import shutil

import pytest
from conftest import events, results, start

BAYES = """sweep:
  method: bayes
  run_cap: 12
  metric: {name: val_loss, goal: minimize}
  parameters:
    train.optimizer.learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 0.1}
    train.epochs: {values: [1, 60]}
"""


def points(folder):
    return [run["parameters"] for event in events(folder) if event["event"] == "planned" for run in event["runs"]]


def test_a_bayes_search_of_groups_draws_the_same_points_again(config, tmp_path):
    config.write_text(config.read_text() + BAYES)
    tried = []
    for number in range(3):
        done = start("run", config, "--set", "parallel.ranks_per_run=1", "--output", tmp_path / str(number), ranks=3)
        assert done.returncode == 0, done.stderr
        tried.append(points(tmp_path / str(number) / "small"))
    assert len(tried[0]) == 12
    assert tried[0] == tried[1] == tried[2]
    assert len({tuple(point.values()) for point in tried[0]}) == 12


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_a_search_ends_with_its_last_point_and_says_so(config, tmp_path, method):
    config.write_text(config.read_text() + f"""sweep:
  method: {method}
  run_cap: 16
  metric: {{name: val_loss, goal: minimize}}
  parameters:
    train.optimizer.learning_rate: {{values: [0.1, 0.10, 1e-2]}}
    train.optimizer.momentum: {{values: [0, 0.9]}}
  conditions: {{train.optimizer.momentum: {{train.optimizer.learning_rate: [1e-1]}}}}
""")
    planned = start("plan", config)
    assert planned.returncode == 0 and planned.stdout.endswith("3 runs\n")
    assert "'0.10' is '0.1'" in planned.stderr and "only 3 different points" in planned.stderr
    done = start("run", config, ranks=2)
    assert done.returncode == 0 and done.stderr.count("only 3 different points") == 1, done.stderr
    assert done.stderr.count("'0.10' is '0.1'") == 1
    folder = tmp_path / "runs" / "small"
    assert [run["status"] for run in results(folder)["runs"]] == ["finished"] * 3
    again = start("run", "--resume", folder)
    assert again.returncode == 0, again.stderr
    assert [event["event"] for event in events(folder)].count("started") == 3


def test_a_bayes_search_whose_runs_have_all_ended_is_resumed(config, tmp_path):
    config.write_text(config.read_text() + BAYES)
    assert start("run", config).returncode == 0
    folder = tmp_path / "runs" / "small"
    whole = points(folder)
    # As if the job had been killed after its eighth run, before it planned the next one.
    lines = (folder / "ledger.jsonl").read_text().splitlines(keepends=True)
    ends = [number for number, line in enumerate(lines) if '"event":"finished"' in line]
    (folder / "ledger.jsonl").write_text("".join(lines[:ends[7] + 1]))
    for run in folder.iterdir():
        if run.is_dir() and int(run.name[:3]) > 8:
            shutil.rmtree(run)
    again = start("run", "--resume", folder)
    assert again.returncode == 0, again.stderr
    assert points(folder) == whole


def test_a_bayes_search_plans_as_it_goes_and_is_resumed(config, tmp_path):
    config.write_text(config.read_text() + """sweep:
  method: bayes
  run_cap: 8
  metric: {name: val_loss, goal: minimize}
  parameters:
    train.optimizer.learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1.0}
    model.cell: {values: [lstm, gru]}
""")
    planned = start("plan", config)
    assert "and 3 more, which the search will choose" in planned.stdout and planned.stdout.endswith("8 runs\n")
    done = start("run", config, "--set", "parallel.ranks_per_run=1", ranks=2)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "small"
    ledger = events(folder)
    assert [event["event"] for event in ledger].count("finished") == 8
    assert sum(event.get("more", False) for event in ledger) == 3
    # As if it had been cut off before its last run ended.
    lines = (folder / "ledger.jsonl").read_text().splitlines(keepends=True)
    (folder / "ledger.jsonl").write_text("".join(lines[:-1]))
    again = start("run", "--resume", folder)
    assert again.returncode == 0, again.stderr
    assert [event["event"] for event in events(folder)].count("started") == 9
    assert [run["status"] for run in results(folder)["runs"]] == ["finished"] * 8
