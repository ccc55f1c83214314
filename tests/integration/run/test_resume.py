"""Runs that are interrupted or killed, and resume: to the same bits as one that was not."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from conftest import MPI_ENVIRONMENT, command_line, make_config, make_idx, read_safetensors, start

EPOCHS = 1500  # some seconds
SETTINGS = ["--set", f"train.epochs={EPOCHS}", "--set", "train.optimizer.name=adam", "--set", "train.schedule.name=cosine",
            "--set", "model.dropout=0.2", "--set", "checkpoint.every_steps=50"]


def events(folder):
    ledger = folder / "ledger.jsonl"
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return [json.loads(line) for line in lines]


def results(folder):
    """Weights and history of each run, without what depends on the clock."""
    found = {}
    for run in sorted(path for path in folder.iterdir() if path.is_dir()):
        history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
        for epoch in history:
            del epoch["seconds"], epoch["samples_per_second"]
        found[run.name] = (history, (run / "weights.safetensors").read_bytes())
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A data set, and what a run ends with that nothing disturbs, by its number of ranks."""
    folder = tmp_path_factory.mktemp("undisturbed")
    make_idx(folder / "idx")
    config = make_config(folder, folder / "idx")
    whole = {}

    def undisturbed(ranks, *more):
        if (ranks, more) not in whole:
            target = folder / f"whole-{len(whole)}"
            done = start("run", config, *SETTINGS, *more, "--resume", target, ranks=ranks)
            assert done.returncode == 0, done.stderr
            whole[ranks, more] = results(target)
        return whole[ranks, more]

    return config, undisturbed


class Job:
    """A run in the background."""

    def __init__(self, arguments, ranks=None, environment=()):
        self.process = subprocess.Popen(command_line(arguments, ranks), env={**os.environ, **MPI_ENVIRONMENT, **dict(environment)},
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_epochs(self, folder, epochs):
        deadline = time.monotonic() + 60
        while sum(event["event"] == "epoch" for event in events(folder)) < epochs:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def wait_for_checkpoint(self, folder):
        deadline = time.monotonic() + 60
        while not list((folder / "run" / "checkpoint").glob("step-*.safetensors")):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def ranks(self):
        answer = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
        return [int(line) for line in answer.stdout.split()]

    def end(self):
        """The exit code, and the log."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out + err


@pytest.mark.parametrize("name, ranks", [("TERM", None), ("INT", None), ("USR1", None), ("USR2", None), ("USR1", 2), ("USR2", 4), ("TERM", 2)])
def test_a_signal_is_a_checkpoint_an_exit_code_and_no_loss(place, tmp_path, name, ranks):
    config, undisturbed = place
    folder = tmp_path / "cut"
    number = getattr(signal, "SIG" + name)
    # An mpirun that is asked to end gives its ranks SIGTERM after this time, ends them after as long again, and has
    # an exit code of its own; the other signals it hands on.
    ends_mpirun = ranks and name == "TERM"
    patience = {"OMPI_MCA_odls_base_sigkill_timeout": "2"} if ends_mpirun else {}
    epochs = 0
    # A longer run, for SIGTERM comes late.
    more = ("--set", "model.hidden_size=64", "--set", "train.batch_size=2") if ends_mpirun else ()
    for _ in range(1 if ends_mpirun else 2):
        job = Job(["run", config, *SETTINGS, *more, "--resume", folder], ranks, patience)
        job.wait_for_epochs(folder, epochs + 20)
        before = time.monotonic()
        job.process.send_signal(number)
        code, log = job.end()
        assert time.monotonic() - before < (20 if ends_mpirun else 10)
        last = events(folder)[-1]
        assert last["event"] == "interrupted" and last["reason"] == f"interrupted by SIG{name}", log
        assert f"resume with: cellsweep run --resume {folder}" in log
        assert code == (1 if ends_mpirun else 128 + number), log
        epochs = sum(event["event"] == "epoch" for event in events(folder))
    done = start("run", config, *SETTINGS, *more, "--resume", folder, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert "resumes from step" in done.stdout
    assert results(folder) == undisturbed(ranks, *more)


@pytest.mark.parametrize("ranks", [None, 2])
def test_a_run_that_was_killed_goes_on(place, tmp_path, ranks):
    config, undisturbed = place
    folder = tmp_path / "cut"
    job = Job(["run", config, *SETTINGS, "--resume", folder], ranks)
    job.wait_for_epochs(folder, 30)
    job.wait_for_checkpoint(folder)  # the writer may be slower than the training
    os.kill(job.ranks()[0] if ranks else job.process.pid, signal.SIGKILL)
    assert job.end()[0] != 0
    done = start("run", "--resume", folder, ranks=ranks)
    assert done.returncode == 0 and "resumes from step" in done.stdout, done.stderr
    assert results(folder) == undisturbed(ranks)


def test_a_reproducible_run_goes_on_with_the_same_bits_on_other_ranks(place, tmp_path):
    config, undisturbed = place
    more = ("--set", "parallel.reproducible=true")
    folder = tmp_path / "cut"
    job = Job(["run", config, *SETTINGS, *more, "--resume", folder], 2)
    job.wait_for_epochs(folder, 20)
    job.process.send_signal(signal.SIGUSR1)
    assert job.end()[0] == 128 + signal.SIGUSR1
    job = Job(["run", "--resume", folder], 4)
    job.wait_for_epochs(folder, 40)
    os.kill(job.ranks()[0], signal.SIGKILL)
    assert job.end()[0] != 0
    done = start("run", "--resume", folder)
    assert done.returncode == 0, done.stderr
    assert results(folder) == undisturbed(None, *more)


@pytest.fixture
def cut(place, tmp_path):
    """The folder of an interrupted run, and what its end will be."""
    config, undisturbed = place
    folder = tmp_path / "cut"
    job = Job(["run", config, *SETTINGS, "--set", "checkpoint.keep=3", "--resume", folder])
    job.wait_for_epochs(folder, 20)
    while len(checkpoints(folder)) < 3:  # the disk decides how many of those that are due are written
        assert job.process.poll() is None
        time.sleep(0.005)
    job.process.terminate()
    assert job.end()[0] == 143
    return folder, undisturbed(None)


def checkpoints(folder):
    return sorted((folder / "run" / "checkpoint").glob("step-*.safetensors"))


def damage(path, how):
    content = path.read_bytes()
    if how == "torn":
        path.write_bytes(content[:len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "damaged":
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif how == "newer":
        path.write_bytes(content.replace(b'"version":"1"', b'"version":"9"'))
    elif how == "foreign":
        path.write_text("no checkpoint at all")


@pytest.mark.parametrize("how, reason", [("torn", "the data has"), ("empty", "too short"), ("damaged", "checksum"),
                                         ("newer", "is of format 9"), ("foreign", "header length")])
def test_a_checkpoint_that_is_no_good_is_passed_over_for_the_one_before(cut, how, reason):
    folder, whole = cut
    latest = checkpoints(folder)
    assert len(latest) == 3
    damage(latest[-1], how)
    done = start("run", "--resume", folder)
    assert done.returncode == 0, done.stderr
    assert f"a checkpoint is passed over: {latest[-1]}" in done.stderr and reason in done.stderr
    assert f"resumes from step {int(latest[-2].stem[5:]):,}" in done.stdout
    assert results(folder) == whole


def test_without_any_good_checkpoint_the_run_begins_anew(cut):
    folder, whole = cut
    for path in (folder / "run" / "checkpoint").iterdir():
        damage(path, "torn")
    done = start("run", "--resume", folder)
    assert done.returncode == 0 and done.stderr.count("is passed over") == 4, done.stderr
    assert "resumes from" not in done.stdout
    assert results(folder) == whole


def test_another_runs_checkpoint_is_refused(cut, place, tmp_path):
    folder, whole = cut
    other = tmp_path / "other"
    config, _ = place
    assert start("run", config, *SETTINGS, "--set", "train.epochs=2", "--set", "train.seed=9", "--resume", other).returncode == 0
    newest = folder / "run" / "checkpoint" / "step-9999999999.safetensors"
    shutil.copy(checkpoints(other)[-1], newest)
    done = start("run", "--resume", folder)
    assert done.returncode == 0 and f"{newest}: is of another run: train" in done.stderr, done.stderr
    assert results(folder) == whole


def test_the_latest_and_the_best_are_kept_and_serve_as_weights(place, tmp_path):
    config, _ = place
    folder = tmp_path / "done"
    assert start("run", config, *SETTINGS, "--set", "train.epochs=30", "--resume", folder).returncode == 0
    history = [json.loads(line) for line in (folder / "run" / "history.jsonl").read_text().splitlines()]
    names = sorted(path.name for path in (folder / "run" / "checkpoint").iterdir())
    assert names == ["best.safetensors", f"step-{history[-1]['step']:010}.safetensors"]
    # One epoch at a learning rate of nothing evaluates the best epoch's weights.
    best = min(history, key=lambda epoch: epoch["val_loss"])
    again = tmp_path / "again"
    weights = folder / "run" / "checkpoint" / "best.safetensors"
    done = start("run", config, "--set", f"model.initial_weights={weights}", "--set", "train.epochs=1",
                 "--set", "train.optimizer.learning_rate=0", "--set", "train.optimizer.name=sgd", "--resume", again)
    assert done.returncode == 0, done.stderr
    kernel = read_safetensors(again / "run" / "weights.safetensors")["rnn.kernel"]
    final = read_safetensors(folder / "run" / "weights.safetensors")["rnn.kernel"]
    assert (kernel == final).all() == (best is history[-1])
    assert (kernel == read_safetensors(weights)["rnn.kernel"]).all()


def test_without_checkpoints_a_run_begins_anew(place, tmp_path):
    config, undisturbed = place
    folder = tmp_path / "cut"
    job = Job(["run", config, *SETTINGS, "--set", "checkpoint.enabled=false", "--resume", folder])
    job.wait_for_epochs(folder, 20)
    job.process.terminate()
    assert job.end()[0] == 143
    assert not (folder / "run" / "checkpoint").exists()
    assert start("run", "--resume", folder).returncode == 0
    assert results(folder) == undisturbed(None)


def test_a_signal_to_one_rank_stops_all_groups_of_a_sweep(place, tmp_path):
    config, _ = place
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(config.read_text() + "sweep: {parameters: {train.seed: {values: [1, 2, 3]}}}\n")
    settings = [*SETTINGS, "--set", "parallel.ranks_per_run=1"]
    assert start("run", sweep, *settings, "--resume", tmp_path / "whole", ranks=2).returncode == 0
    folder = tmp_path / "cut"
    job = Job(["run", sweep, *settings, "--resume", folder], 2)
    job.wait_for_epochs(folder, 40)
    os.kill(job.ranks()[1], signal.SIGTERM)
    code, log = job.end()
    assert code == 143, log
    assert [event["event"] for event in events(folder)].count("interrupted") == 2
    assert "1 run(s) were not begun: interrupted by SIG" in log
    answer = start("compare", "--json", folder)
    statuses = sorted(run["status"] for run in json.loads(answer.stdout)["runs"])
    assert statuses == ["interrupted", "interrupted", "planned"]
    done = start("run", "--resume", folder, ranks=3)
    assert done.returncode == 0, done.stderr
    assert results(folder) == results(tmp_path / "whole")


def test_a_finished_sweep_says_that_nothing_was_left_and_waits_for_nobody(place, tmp_path):
    config, _ = place
    settings = [*SETTINGS, *(word for setting in ("train.epochs=1", "metrics.prometheus.enabled=true", "metrics.prometheus.port=0",
                             f"metrics.prometheus.discovery_directory={tmp_path / 'targets'}",
                             "metrics.prometheus.final_scrape_seconds=0.2") for word in ("--set", setting))]
    folder = tmp_path / "runs"
    first = start("run", config, *settings, "--resume", folder, ranks=2)
    assert first.returncode == 0 and "waiting for a last scrape" in first.stderr, first.stderr
    assert "left to train" not in first.stderr
    again = start("run", "--resume", folder, ranks=2)
    assert again.returncode == 0 and f"runs are in {folder}" in again.stdout, again.stderr
    assert "nothing was left to train: all 1 run(s) are over" in again.stderr
    assert "waiting for a last scrape" not in again.stderr


def test_a_sweep_begins_in_a_folder_that_is_new_or_empty_and_nowhere_else(place, tmp_path):
    config, _ = place
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter").write_text("to keep")
    done = start("run", config, "--resume", full)
    assert done.returncode == 2 and "is not empty, and has no sweep.yaml" in done.stderr
    assert [path.name for path in full.iterdir()] == ["letter"]
    done = start("run", "--resume", tmp_path / "missing")
    assert done.returncode == 2 and "a FILE that begins one" in done.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    assert start("run", config, "--resume", empty).returncode == 0
    assert (empty / "run" / "weights.safetensors").exists()


def contents(folder):
    """Of all files but older checkpoints: one whose write was under way may yet appear."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "checkpoint"]
    return {path: path.read_bytes() for path in [*files, checkpoints(folder)[-1]]}


def test_what_is_left_of_a_requeued_job_writes_nothing(place, tmp_path):
    config, undisturbed = place
    folder = tmp_path / "cut"
    arguments = ["run", config, *SETTINGS, "--resume", folder]
    left = Job(arguments, environment={"SLURM_JOB_ID": "70"})
    left.wait_for_epochs(folder, 20)
    left.process.send_signal(signal.SIGSTOP)
    try:
        stranger = Job(arguments, environment={"SLURM_JOB_ID": "71", "SLURM_RESTART_COUNT": "3"})
        code, log = stranger.end()
        assert code == 2 and "another job writes to this sweep" in log
        requeued = Job(arguments, environment={"SLURM_JOB_ID": "70", "SLURM_RESTART_COUNT": "1"})
        code, log = requeued.end()
        assert code == 0, log
        before = contents(folder)
    finally:
        left.process.send_signal(signal.SIGCONT)
    code, log = left.end()
    assert code == 1 and "was taken over (job 70, restart 1" in log, log
    assert contents(folder) == before
    assert results(folder) == undisturbed(None)
