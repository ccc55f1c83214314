"""launch/slurm's job scripts in a real Slurm: two nodes, and a third for when one is lost. Whatever cuts a job off, its end is the same."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
from conftest import BINARY, SOURCE, make_config, make_idx, read_history, start
from hosts import NEEDS, can_make_hosts
from metrics_servers import wait_for
from slurm import PROGRAMS, make_slurm

SKIPPED = 77  # what CTest counts as skipped
SHIM = os.environ["CELLSWEEP_BUILD"] + "/tests/integration/libodd_host.so"
EPOCHS = 900  # some 10 seconds in Slurm on a fast machine, so that a job is cut off before its end


@pytest.fixture(scope="session", autouse=True)
def needs(tmp_path_factory):
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.exit(f"SKIPPED: no job was started in Slurm, for {', '.join(missing)} is not installed: ./launch/deps --test", SKIPPED)
    if not can_make_hosts(tmp_path_factory.mktemp("probe")):
        pytest.exit(f"SKIPPED: no job was started in Slurm, for there are no hosts without {NEEDS}", SKIPPED)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with make_slurm(tmp_path_factory.mktemp("slurm"), nodes=3) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def no_job_is_left(slurm):
    yield
    slurm.cancel()


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What a user has: launch/, a config, the folder for runs; and the end of the run without Slurm."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copytree(SOURCE / "launch", folder / "launch")
    config = make_config(folder, make_idx(folder / "idx"))
    config.write_text(config.read_text().replace("epochs: 2", f"epochs: {EPOCHS}") +
                      "parallel: {reproducible: true}\ncheckpoint: {every_steps: 20}\n")
    done = start("run", config, "--set", "name=alone", ranks=2)
    assert done.returncode == 0, done.stderr
    return folder


def end_of(run):
    """Weights and history of a finished run, but for times."""
    return (run / "weights.safetensors").read_bytes(), read_history(run)


def is_as_alone(tree, directory):
    return end_of(directory / "run") == end_of(tree / "runs/alone/run")


def train(slurm, tree, settings=(), *options):
    """The job's number, its folder, and what it says."""
    number = slurm.submit("--partition=low", *options, "launch/slurm/train.sbatch", "small.yaml", *settings, cwd=tree)
    return number, tree / f"runs/cellsweep-{number}", tree / f"cellsweep-{number}.log"


def wait_for_epoch(directory, epoch):
    history = directory / "run/history.jsonl"
    wait_for(lambda: len(history.read_text().splitlines()) >= epoch, f"epoch {epoch} in {directory}")


def events(directory):
    return [json.loads(line)["event"] for line in (directory / "ledger.jsonl").read_text().splitlines()]


def test_four_ranks_on_two_nodes_give_what_two_on_one_host_give(slurm, tree):
    number, directory, log = train(slurm, tree)
    job = slurm.wait_for_state(number, "COMPLETED", "FAILED")
    assert job["JobState"] == "COMPLETED" and job["Restarts"] == "0", log.read_text()
    assert "4 rank(s) on 2 host(s); h1: 2 rank(s)" in log.read_text()  # the doctor's
    assert is_as_alone(tree, directory)


def test_a_preempted_job_goes_back_to_the_queue_and_on_from_its_checkpoint(slurm, tree):
    number, directory, log = train(slurm, tree)
    wait_for_epoch(directory, 5)
    urgent = slurm.submit("--partition=high", "--nodes=3", "--ntasks-per-node=2", "--wrap=sleep 1")
    slurm.wait_for_state(urgent, "RUNNING", "COMPLETED")
    assert "goes back to the queue" in log.read_text()
    job = slurm.wait_for_state(number, "COMPLETED", "FAILED", seconds=90)
    assert job["JobState"] == "COMPLETED" and job["Restarts"] == "1", log.read_text()
    assert "interrupted" in events(directory)
    assert is_as_alone(tree, directory)


def test_a_job_that_comes_near_its_time_limit_goes_back_to_the_queue(slurm, tree):
    # Slurm looks at limits every 30 seconds, so the signal comes 10 to 40 seconds before the end, which may not come by itself.
    endless = ["--set", "train.epochs=100000"]
    to_ranks, _, log_of_ranks = train(slurm, tree, endless, "--nodes=1", "--time=1", "--signal=USR1@10")
    number, directory, log = train(slurm, tree, endless, "--time=1", "--signal=B:USR1@10")
    slurm.wait_for_state(number, "RUNNING")
    job = slurm.wait_for_state(number, "PENDING", "COMPLETED", "FAILED", "TIMEOUT", seconds=90)
    assert job["JobState"] == "PENDING" and "goes back to the queue" in log.read_text(), log.read_text()
    done_before = len(read_history(directory / "run"))
    slurm.run("scontrol", "update", f"JobId={number}", "TimeLimit=10")
    wait_for(lambda: "goes back to the queue" in log_of_ranks.read_text(), "the ranks' job goes back, too")
    slurm.run("scancel", to_ranks)
    wait_for_epoch(directory, done_before + 10)
    assert slurm.job(number)["Restarts"] == "1" and events(directory).count("interrupted") == 1
    slurm.cancel()
    resumed = read_history(directory / "run")
    done = start("run", tree / "small.yaml", "--set", f"name=as-long-{number}", "--set", f"train.epochs={len(resumed)}", ranks=2)
    assert done.returncode == 0, done.stderr
    assert resumed == read_history(tree / f"runs/as-long-{number}/run")


@pytest.mark.parametrize("name", ["USR1", "TERM"])
def test_a_signal_to_the_batch_script_alone_puts_the_job_back_too(slurm, tree, name):
    number, directory, log = train(slurm, tree, ["--set", "train.epochs=100000"])
    wait_for_epoch(directory, 5)
    slurm.run("scancel", "--batch", f"--signal={name}", number)
    job = slurm.wait_for_state(number, "PENDING", "FAILED", "CANCELLED", "COMPLETED")
    assert job["JobState"] == "PENDING" and "goes back to the queue" in log.read_text(), log.read_text()
    assert "interrupted" in events(directory)
    wait_for_epoch(directory, len(read_history(directory / "run")) + 3)
    assert slurm.job(number)["Restarts"] == "1", log.read_text()


def test_an_interrupt_of_the_batch_script_ends_the_job_after_a_checkpoint(slurm, tree):
    number, directory, log = train(slurm, tree)
    wait_for_epoch(directory, 5)
    slurm.run("scancel", "--batch", "--signal=INT", number)
    job = slurm.wait_for_state(number, "PENDING", "FAILED", "CANCELLED", "COMPLETED")
    assert job["JobState"] == "FAILED" and job["ExitCode"] == "130:0", log.read_text()
    assert "interrupted" in events(directory)


def test_of_an_array_only_the_task_that_was_signalled_goes_back(slurm, tree):
    number = slurm.submit("--array=1-2", "--ntasks-per-node=2", "launch/slurm/sweep.sbatch", "small.yaml", "--set",
                          "train.epochs=100000", cwd=tree)
    for task in (1, 2):
        wait_for_epoch(tree / f"runs/cellsweep-{number}_{task}", 5)
    slurm.run("scancel", "--batch", "--signal=USR1", f"{number}_2")
    job = slurm.wait_for_state(f"{number}_2", "PENDING", "FAILED", "CANCELLED", "COMPLETED")
    assert job["JobState"] == "PENDING", (tree / f"cellsweep-{number}_2.log").read_text()
    assert slurm.job(f"{number}_1")["JobState"] == "RUNNING" and slurm.job(f"{number}_1")["Restarts"] == "0"


@pytest.mark.parametrize("how", ["from a project", "with --chdir", "a copy of the script", "the tree's own folder"])
def test_a_job_starts_from_any_folder(slurm, tree, tmp_path, monkeypatch, how):
    project = tmp_path / "a project"
    project.mkdir()
    shutil.copytree(tree / "idx", project / "idx")
    config = (tree / "small.yaml").read_text().replace(f"epochs: {EPOCHS}", "epochs: 1")
    (project / "my.yaml").write_text(re.sub('directory: "[^"]*idx"', 'directory: idx', config))
    script, options, folder = tree / "launch/slurm/train.sbatch", [], project
    if how == "with --chdir":
        script, options, folder = script.relative_to(tree), [f"--chdir={project}"], tree
    elif how == "a copy of the script":
        monkeypatch.setenv("CELLSWEEP_TREE", str(tree))
        script = shutil.copy(script, project / "mine.sbatch")
    elif how == "the tree's own folder":
        script, options, folder = shutil.copy(script, tree / "mine.sbatch"), [f"--output={project}/cellsweep-%j.log"], tree
    settings = [f"{project}/my.yaml", "--set", f"data.directory={project}/idx"] if folder == tree else ["my.yaml"]
    number = slurm.submit("--nodes=1", *options, script, *settings, cwd=folder)
    job = slurm.wait_for_state(number, "COMPLETED", "FAILED")
    where = tree if how == "the tree's own folder" else project
    assert job["JobState"] == "COMPLETED", (project / f"cellsweep-{number}.log").read_text()
    assert (where / f"runs/cellsweep-{number}/run/weights.safetensors").exists()


def test_a_script_that_does_not_find_its_tree_says_what_to_set(slurm, tree, tmp_path):
    script = shutil.copy(tree / "launch/slurm/train.sbatch", tmp_path / "mine.sbatch")
    number = slurm.submit(script, "my.yaml", cwd=tmp_path)
    job = slurm.wait_for_state(number, "COMPLETED", "FAILED")
    log = (tmp_path / f"cellsweep-{number}.log").read_text()
    assert job["ExitCode"] == "2:0" and "CELLSWEEP_TREE" in log, log


def test_restarts_are_limited(slurm, tree, monkeypatch):
    monkeypatch.setenv("MAX_RESTARTS", "0")
    number, directory, log = train(slurm, tree)
    wait_for_epoch(directory, 2)
    slurm.run("scancel", "--signal=USR1", number)
    job = slurm.wait_for_state(number, "FAILED", "COMPLETED", "PENDING")
    assert job["JobState"] == "FAILED" and job["ExitCode"] == "138:0", log.read_text()
    assert f"--resume {directory.relative_to(tree)}" in log.read_text()


def test_a_signal_that_finds_the_doctor_at_work_is_not_lost(slurm, tree):
    number, directory, log = train(slurm, tree)
    wait_for(lambda: "start 1 of" in log.read_text(), "the doctor's turn")
    slurm.wait_for_state(number, "RUNNING")
    wait_for(lambda: f"{number}.0" in slurm.run("squeue", "--steps", "--noheader", "--format=%i"), "the doctor's step")
    slurm.run("scancel", "--signal=USR1", f"{number}.0")
    slurm.wait_for_state(number, "PENDING")
    assert "goes back to the queue" in log.read_text() and not directory.exists()


@pytest.mark.parametrize("options, state, code", [([], "CANCELLED", None), (["--signal=INT"], "FAILED", "130:0")])
def test_a_cancelled_job_stays_away_and_can_be_gone_on_with_by_hand(slurm, tree, monkeypatch, options, state, code):
    # srun ends the ranks that leave last, and gives the greatest of all codes: theirs must be the others'.
    late = tree / "late"
    late.write_text(f'#!/bin/sh\n[ "$SLURM_PROCID" != 3 ] || export ODD_HOST=late LD_PRELOAD={SHIM}\nexec {BINARY} "$@"\n')
    late.chmod(0o755)
    monkeypatch.setenv("CELLSWEEP", str(late))
    number, directory, log = train(slurm, tree)
    wait_for_epoch(directory, 2)
    slurm.run("scancel", *options, number)
    job = slurm.wait_for_state(number, "CANCELLED", "FAILED", "PENDING")
    assert job["JobState"] == state and job["ExitCode"] == (code or job["ExitCode"]), log.read_text()
    wait_for(lambda: not slurm.run("squeue", "--noheader"), "no job is left")
    done = start("run", "--resume", directory, ranks=2)
    assert done.returncode == 0, done.stderr
    assert is_as_alone(tree, directory)


def test_an_array_trains_a_file_each(slurm, tree):
    for name, cell in (("a", "lstm"), ("b", "simple_rnn")):
        (tree / f"{name}.yaml").write_text((tree / "small.yaml").read_text().replace(f"epochs: {EPOCHS}", "epochs: 1")
                                           .replace("cell: gru", f"cell: {cell}"))
    number = slurm.submit("--array=0-2", "--ntasks-per-node=2", "launch/slurm/sweep.sbatch", "a.yaml", "b.yaml", cwd=tree)
    wait_for(lambda: not slurm.run("squeue", "--noheader"), "the array is over")
    assert [f"cell: {cell}" in (tree / f"runs/cellsweep-{number}_{task}/run/config.yaml").read_text()
            for task, cell in enumerate(["lstm", "simple_rnn"])] == [True, True]
    assert "no file" in (tree / f"cellsweep-{number}_2.log").read_text()


def test_an_array_trains_a_seed_each(slurm, tree):
    number = slurm.submit("--array=3-4", "--ntasks-per-node=2", "launch/slurm/sweep.sbatch", "small.yaml", "--set",
                          "train.epochs=1", cwd=tree)
    wait_for(lambda: not slurm.run("squeue", "--noheader"), "the array is over")
    for seed in (3, 4):
        assert f"seed: {seed}\n" in (tree / f"runs/cellsweep-{number}_{seed}/run/config.yaml").read_text()


def test_a_bad_config_ends_the_job_with_code_2(slurm, tree):
    number, _, log = train(slurm, tree, ["--set", "model.cell=lstn"])
    job = slurm.wait_for_state(number, "FAILED", "COMPLETED")
    assert job["ExitCode"] == "2:0" and "did you mean 'lstm'" in log.read_text(), log.read_text()


def test_a_stopped_rank_is_named_in_time_and_the_job_goes_on(slurm, tree):
    timeout = 5
    number, directory, log = train(slurm, tree, ["--set", f"parallel.timeout_seconds={timeout}"])
    wait_for_epoch(directory, 5)
    subprocess.run(slurm.hosts.on("h2", "pkill", "-STOP", "--newest", "--exact", "cellsweep"), check=True)
    stopped = time.monotonic()
    wait_for(lambda: "missing: rank" in log.read_text(), "a rank is missed")
    wait_for(lambda: "starts it again" in log.read_text(), "the step is over")
    assert time.monotonic() - stopped < timeout + 5, log.read_text()
    assert re.search(r"missing: rank [23] on h2, which has reported nothing for [\d.]+ s, last seen in [\w -]+ \(operation \d+", log.read_text()), log.read_text()
    job = slurm.wait_for_state(number, "COMPLETED", "FAILED", seconds=90)
    assert job["JobState"] == "COMPLETED" and job["Restarts"] == "0", log.read_text()
    assert is_as_alone(tree, directory)


# The last one: a node is gone after it.
def test_a_job_that_loses_a_node_goes_on_on_others(slurm, tree):
    number, directory, log = train(slurm, tree)
    wait_for_epoch(directory, 5)
    assert slurm.job(number)["NodeList"] == "h[1-2]"
    slurm.hosts.power_off("h2")
    slurm.wait_for_state(number, "PENDING", seconds=60)
    job = slurm.wait_for_state(number, "COMPLETED", "FAILED", seconds=90)
    assert job["JobState"] == "COMPLETED" and job["NodeList"] == "h[1,3]", log.read_text()
    assert is_as_alone(tree, directory)
