"""launch/supervise: what it starts again, how often, what ends it; and a real run whose ranks are killed."""

import json
import os
import pathlib
import signal
import subprocess

import pytest
from conftest import MPI_ENVIRONMENT, SOURCE, command_line, read_history, start
from metrics_servers import running, wait_for

SUPERVISE = SOURCE / "launch/supervise"


def supervise(directory, script, *options, cwd=None):
    """A shell script in place of training; it gets the folder as $2."""
    return subprocess.run([SUPERVISE, "--back-off", "1", *options, "--", "sh", "-c", f"echo start >> starts; {script}", "--resume", directory],
                          cwd=cwd or directory, capture_output=True, text=True, timeout=60)


def starts(directory):
    return len((directory / "starts").read_text().splitlines())


@pytest.mark.parametrize("code", [0, 2, 3, 127])
def test_an_end_that_another_try_would_not_change(tmp_path, code):
    assert supervise(tmp_path, f"exit {code}").returncode == code
    assert starts(tmp_path) == 1


@pytest.mark.parametrize("script, word", [("exit 1", "code 1 "), ("kill -9 $$", "code 137 (signal KILL)")])
def test_a_failure_is_tried_again_and_not_for_ever(tmp_path, script, word):
    done = supervise(tmp_path, script, "--attempts", "3")
    assert done.returncode == 1 and starts(tmp_path) == 3
    lines = done.stderr.splitlines()
    assert len(lines) == 3 and all(word in line for line in lines), done.stderr
    assert "again in 1 s" in lines[0] and "again in 2 s" in lines[1] and "gives up" in lines[2], done.stderr


def test_a_failure_and_then_success(tmp_path):
    assert supervise(tmp_path, "test -e second || { touch second; exit 139; }").returncode == 0
    assert starts(tmp_path) == 2


@pytest.mark.parametrize("progress", [
    "mkdir -p run/checkpoint; touch run/checkpoint/step-$(printf %010d $(wc -l < starts)).safetensors",
    """echo '{"event":"finished"}' >> ledger.jsonl"""])
def test_failures_are_counted_anew_after_progress(tmp_path, progress):
    done = supervise(tmp_path, f"test $(wc -l < starts) -gt 3 || {{ {progress}; }}; exit 1", "--attempts", "2")
    assert done.returncode == 1 and starts(tmp_path) == 4
    assert [line.split("failure ")[1][0] for line in done.stderr.splitlines()] == ["1", "1", "1", "2"], done.stderr


def test_a_folder_whose_name_begins_as_an_option(tmp_path):
    script = """mkdir -p -- -d; echo '{"event":"finished"}' >> ./-d/ledger.jsonl; test $(wc -l < starts) -gt 3"""
    done = subprocess.run([SUPERVISE, "--back-off", "1", "--attempts", "2", "--", "sh", "-c", f"echo start >> starts; {script}", "--resume=-d"],
                          cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and starts(tmp_path) == 4 and "usage" not in done.stderr.lower(), done.stderr


def test_lines_that_each_start_writes_are_no_progress(tmp_path):
    done = supervise(tmp_path, """echo '{"event":"started"}' >> ledger.jsonl; exit 1""", "--attempts", "2")
    assert done.returncode == 1 and starts(tmp_path) == 2


@pytest.mark.parametrize("before", [None, "", '{"event":"interrupted"}\n'])
@pytest.mark.parametrize("event, count", [("interrupted", 1), ("epoch", 2)])
def test_a_signal_to_the_ranks_ends_it_only_where_they_say_so(tmp_path, event, count, before):
    if before is not None:
        (tmp_path / "ledger.jsonl").write_text(before)
    done = supervise(tmp_path, f"""echo '{{"event":"{event}"}}' >> ledger.jsonl; exit 143""", "--attempts", "2")
    assert done.returncode == (143 if count == 1 else 1) and starts(tmp_path) == count, done.stderr


@pytest.mark.parametrize("name", ["TERM", "INT", "USR1", "USR2"])
def test_a_signal_is_handed_on_and_ends_it(tmp_path, name):
    script = f"trap 'echo {name} > got; kill $!; exit 9' {name}; touch ready; sleep 60 & wait"
    with running(SUPERVISE, "--", "bash", "-c", script, "--resume", tmp_path, cwd=tmp_path) as process:
        wait_for((tmp_path / "ready").exists, "the command runs")
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.wait(timeout=20) == 9
    assert (tmp_path / "got").read_text() == f"{name}\n"


def test_a_signal_ends_the_wait_before_a_new_try(tmp_path):
    with running(SUPERVISE, "--back-off", "300", "--", "sh", "-c", "exit 1", "--resume", tmp_path, stderr=subprocess.PIPE,
                 text=True) as process:
        assert "again in 300 s" in process.stderr.readline()
        process.terminate()
        assert process.wait(timeout=20) == 1


@pytest.mark.parametrize("arguments, word", [(["--", "true"], "--resume DIR"), (["--attempts", "0", "--", "true"], "from 1"),
                                             (["true", "--resume", "x"], "after --"), (["--back-off"], "--back-off needs")])
def test_a_mistake_is_reported(arguments, word):
    done = subprocess.run([SUPERVISE, *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and word in done.stderr, done.stderr


def rank_of(process):
    """The process id of a rank that mpirun, started by supervise, has started."""
    def children(pid):
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    ranks = [rank for launcher in children(process.pid) for rank in children(launcher)
             if "cellsweep" in pathlib.Path(f"/proc/{rank}/comm").read_text()]
    return ranks[0] if ranks else None


def checkpoints(directory):
    return set((directory / "run/checkpoint").glob("step-*.safetensors"))


def test_a_run_whose_ranks_are_killed_ends_as_if_they_had_not_been(tmp_path, config):
    config.write_text(config.read_text().replace("epochs: 2", "epochs: 1500") +
                      "parallel: {reproducible: true}\ncheckpoint: {every_steps: 100}\n")
    directory = tmp_path / "runs/killed"
    log = tmp_path / "log"
    with log.open("w") as stderr, running(SUPERVISE, "--back-off", "1", "--", *command_line(
            ["run", config, "--resume", directory], ranks=2), env={**os.environ, **MPI_ENVIRONMENT}, stderr=stderr) as process:
        for failure in (1, 2):
            before = checkpoints(directory)
            wait_for(lambda: checkpoints(directory) - before, "a further checkpoint")
            os.kill(wait_for(lambda: rank_of(process), "ranks run"), signal.SIGKILL)
            wait_for(lambda: log.read_text().count("starts it again") == failure, "the next try")
        code = process.wait(timeout=120)
    said = log.read_text()
    assert code == 0, said
    assert said.count("code 137 (signal KILL)") == 2 and said.count("failure 1 of 5") == 2, said
    alone = start("run", config, "--set", "name=alone", ranks=2)
    assert alone.returncode == 0, alone.stderr
    ends = [((run / "weights.safetensors").read_bytes(), read_history(run))
            for run in (directory / "run", tmp_path / "runs/alone/run")]
    assert ends[0] == ends[1]
    events = [json.loads(line)["event"] for line in (directory / "ledger.jsonl").read_text().splitlines()]
    assert events.count("finished") == 1 and events[-1] == "finished"
