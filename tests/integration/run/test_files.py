"""Files and folders as others left them: no text leads out of a sweep's folder, no link is followed there, nothing that is not a
run's own is removed, and nothing waits for ever."""

import fcntl
import json
import os
import shutil
import stat
import subprocess
import threading

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, refused, start


def contents(folder):
    """All that is there, but for who owns it."""
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*")) if path.name != "owner.json"}


@pytest.fixture
def sweep(config, tmp_path):
    """The folder of a sweep of two runs that are over."""
    config.write_text(config.read_text() + "sweep: {parameters: {model.cell: {values: [gru, lstm]}}}\n")
    folder = tmp_path / "sweep"
    assert start("run", config, "--resume", folder).returncode == 0
    return folder


def add_line(folder, **line):
    with (folder / "ledger.jsonl").open("a") as ledger:
        ledger.write(json.dumps(line) + "\n")


def keep_plan_alone(folder):
    """What the ledger says of its runs is lost."""
    ledger = folder / "ledger.jsonl"
    ledger.write_text(ledger.read_text().splitlines()[0] + "\n")


@pytest.mark.parametrize("run_id", ["{victim}", "../victim", "..", ".", "", ".hidden", "a/b", "a b", "x" * 101, "001-gru"])
def test_a_run_id_that_names_no_folder_of_the_sweep_is_refused_with_its_line(sweep, tmp_path, run_id):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("to keep")
    add_line(sweep, event="planned", more=True, runs=[{"run_id": run_id.format(victim=victim), "parameters": {}, "point": 2}])
    lines = len((sweep / "ledger.jsonl").read_text().splitlines())
    before = contents(sweep)
    for arguments in (["run", "--resume", sweep], ["compare", sweep]):
        refused(start(*arguments), f"ledger.jsonl:{lines}: run")
    assert (victim / "file").read_text() == "to keep"
    assert contents(sweep) == before


@pytest.mark.parametrize("more", [{"run_id": "notes", "parameters": {"model.cell": "gru"}, "point": 2},
                                  {"run_id": "003-gru", "parameters": {}, "point": 2}])
def test_a_run_that_was_never_planned_is_refused(sweep, more):
    notes = sweep / more["run_id"]
    notes.mkdir()
    (notes / "file").write_text("to keep")
    add_line(sweep, event="planned", more=True, runs=[more])
    refused(start("run", "--resume", sweep), "its runs are not those of sweep.yaml")
    assert (notes / "file").read_text() == "to keep"


def test_other_parameters_than_planned_are_refused(sweep):
    ledger = sweep / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('{"model.cell":"lstm"}', '{"train.epochs":"3"}'))
    refused(start("run", "--resume", sweep), "its runs are not those of sweep.yaml")


def test_no_link_is_followed_in_place_of_a_run(trained, tmp_path):
    victim = tmp_path / "victim"
    (trained / "run").rename(victim)
    (trained / "run").symlink_to(victim)
    keep_plan_alone(trained)
    before = contents(victim)
    refused(start("run", "--resume", trained), trained / "run", "is a symbolic link")
    refused(start("compare", trained), trained / "run", "is a symbolic link")
    assert contents(victim) == before and (trained / "run").is_symlink()


def test_no_link_is_followed_in_place_of_checkpoints(trained, tmp_path):
    victim = tmp_path / "victim"
    (trained / "run" / "checkpoint").rename(victim)
    (trained / "run" / "checkpoint").symlink_to(victim)
    keep_plan_alone(trained)
    add_line(trained, event="started", run_id="run", cell="gru", attempt=1)
    before = contents(victim)
    refused(start("run", "--resume", trained), "checkpoint: is a symbolic link")
    assert contents(victim) == before


def test_a_folder_that_is_no_runs_is_left_alone(trained):
    keep_plan_alone(trained)
    shutil.rmtree(trained / "run")
    (trained / "run").mkdir()
    (trained / "run" / "letter").write_text("to keep")
    refused(start("run", "--resume", trained), "run: is a folder with no config.yaml")
    assert [path.name for path in (trained / "run").iterdir()] == ["letter"]


def test_a_run_that_begins_anew_removes_only_what_runs_write(trained):
    keep_plan_alone(trained)
    add_line(trained, event="started", run_id="run", cell="gru", attempt=1)
    run = trained / "run"
    kept = {run / "notes.txt": "mine", run / "checkpoint" / "step-best.safetensors": "mine", run / "metrics-x.om": "mine"}
    for path, text in kept.items():
        path.write_text(text)
    for path in (run / "checkpoint").glob("[sb]*[0-9t].safetensors"):
        if path not in kept:
            path.write_text("damaged")
    (run / "metrics-1.om").write_text("of the attempt before")
    done = start("run", "--resume", trained)
    assert done.returncode == 0 and "resumes from" not in done.stdout, done.stderr
    assert {path: path.read_text() for path in kept} == kept
    assert not (run / "metrics-1.om").exists()
    assert "damaged" not in [path.read_bytes()[:7].decode("latin1") for path in (run / "checkpoint").iterdir()]


@pytest.mark.parametrize("lose", [os.remove, lambda path: path.write_text(""), lambda path: os.truncate(path, 40), keep_plan_alone],
                         ids=["missing", "empty", "cut", "plan"])
def test_a_lost_ledger_costs_no_finished_run(trained, lose):
    (trained / "run" / "notes.txt").write_text("mine")
    lose(trained if lose is keep_plan_alone else trained / "ledger.jsonl")
    before = contents(trained)
    refused(start("run", "--resume", trained), trained / "ledger.jsonl", trained / "run", "lost")
    assert contents(trained) == before


def test_a_ledger_that_is_none_stays_as_it_is(trained, tmp_path):
    ledger = trained / "ledger.jsonl"
    target = tmp_path / "target"
    target.write_text("two lines\nof which the last has no end")
    ledger.unlink()
    ledger.symlink_to(target)
    refused(start("run", "--resume", trained), "ledger.jsonl", "symbolic link")
    refused(start("compare", trained), "ledger.jsonl", "symbolic link")
    ledger.unlink()
    shutil.copy(target, ledger)
    refused(start("run", "--resume", trained), "ledger.jsonl:1: ")
    assert target.read_text() == ledger.read_text() == "two lines\nof which the last has no end"


@pytest.mark.parametrize("name", ["sweep.yaml", "owner.json"])
def test_no_link_is_followed_to_a_sweeps_own_files(trained, tmp_path, name):
    (trained / name).rename(tmp_path / "target")
    (trained / name).symlink_to(tmp_path / "target")
    refused(start("run", "--resume", trained), f"{name}: is a symbolic link")


def test_a_report_has_no_text_of_files_elsewhere(trained, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("name: a-secret\n")
    page = tmp_path / "page.html"
    (trained / "run" / "config.yaml").unlink()
    (trained / "run" / "config.yaml").symlink_to(secret)
    refused(start("compare", trained, "--html", page), "config.yaml: is a symbolic link")
    assert not page.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_report_never_takes_the_place_of_a_device(trained, tmp_path):
    device = tmp_path / "null"
    subprocess.run(["mknod", device, "c", "1", "3"], check=True)
    assert start("compare", trained, "--html", device).returncode == 0
    assert stat.S_ISCHR(device.stat().st_mode)
    disk = tmp_path / "disk"
    subprocess.run(["mknod", disk, "b", "240", "0"], check=True)
    refused(start("compare", trained, "--html", disk), f"{disk}: is no file")
    assert stat.S_ISBLK(disk.stat().st_mode)


def test_a_report_goes_through_links_and_pipes_and_keeps_permissions(trained, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    page.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(page)
    assert start("compare", trained, "--html", link).returncode == 0
    assert link.is_symlink() and page.read_text().startswith("<!") and stat.S_IMODE(page.stat().st_mode) == 0o640
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused_or_failed = start("compare", trained, "--html", pipe)  # nobody reads
    assert refused_or_failed.returncode == 1 and str(pipe) in refused_or_failed.stderr
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    # The reader's open() waits for a writer, which may come before it.
    while (done := start("compare", trained, "--html", pipe)).returncode != 0:
        assert "No such device" in done.stderr
    reader.join()
    assert read == [page.read_text()] and stat.S_ISFIFO(pipe.stat().st_mode)
    done = start("compare", trained, "--html", "/dev/stdout")
    assert done.returncode == 0 and done.stdout.startswith(page.read_text())
    refused(start("compare", trained, "--html", tmp_path), "is no file")


def test_a_pipe_in_place_of_a_file_is_refused_at_once(config, trained, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    patience = ["timeout", "-s", "KILL", "20"]
    refused(start("run", pipe, "--print-config", under=patience), pipe, "is not a regular file")
    refused(start("plan", config, "--sweep", pipe, under=patience), pipe, "is not a regular file")
    refused(start("run", config, "--set", f"model.initial_weights={pipe}", under=patience), pipe, "is not a regular file")
    refused(start("run", config, "--set", "metrics.prometheus.enabled=true", "--set", "metrics.prometheus.basic_auth.username=me",
                  "--set", f"metrics.prometheus.basic_auth.password_file={pipe}", under=patience), pipe, "is not a regular file")
    for name in ("owner.json", "ledger.jsonl", "sweep.yaml"):
        (trained / name).rename(tmp_path / name)
        os.mkfifo(trained / name)
        commands = [["run", "--resume", trained]] + ([["compare", trained]] if name == "ledger.jsonl" else [])
        for arguments in commands:
            refused(start(*arguments, under=patience), trained / name, "is not a regular file")
        (tmp_path / name).rename(trained / name)


def test_a_job_that_is_refused_has_written_nothing(config, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    with (folder / "ledger.jsonl").open("w") as ledger:  # another job has just begun
        fcntl.flock(ledger, fcntl.LOCK_EX)
        refused(start("run", config, "--resume", folder), "another job writes to this sweep")
    assert [path.name for path in folder.iterdir()] == ["ledger.jsonl"]
    assert start("run", config, "--resume", folder).returncode == 0


def test_of_two_sweeps_that_begin_in_one_folder_the_first_is_kept(config, tmp_path):
    for attempt in range(4):
        folder = tmp_path / f"shared-{attempt}"
        jobs = [subprocess.Popen([BINARY, "run", config, "--set", f"train.epochs={epochs}", "--resume", folder],
                                 env={**os.environ, **MPI_ENVIRONMENT}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                for epochs in (30, 31)]
        errors = [job.communicate(timeout=60)[1] for job in jobs]
        codes = [job.returncode for job in jobs]
        assert sorted(codes) == [0, 2], errors
        assert f"epochs: {30 + codes.index(0)}\n" in (folder / "sweep.yaml").read_text(), errors


def test_temporary_files_of_killed_jobs_are_removed_and_nothing_else(trained):
    keep_plan_alone(trained)
    add_line(trained, event="started", run_id="run", cell="gru", attempt=1)
    run = trained / "run"
    ours = [trained / "sweep.yaml.partial-a1B2c3", trained / "owner.json.partial-a1B2c3", run / "config.yaml.partial-a1B2c3",
            run / "history.jsonl.partial-a1B2c3", run / "weights.safetensors.partial-a1B2c3", run / "metrics.om.partial-a1B2c3",
            run / "checkpoint" / "step-0000000018.safetensors.partial-a1B2c3",
            run / "checkpoint" / "best.safetensors.partial-a1B2c3"]
    kept = [trained / "sweep.yaml.backup", trained / "report.html.partial-a1B2c3", run / "config.yaml.backup", run / "mine.partial-a1B2c3",
            run / "config.yaml.partial-a1B2c", run / "config.yaml.partial-a1B2c34", run / "config.yaml.partial-a1B2c_",
            run / "checkpoint" / "step-1.safetensors.partial-a1B2c3", run / "checkpoint" / "best.safetensors.backup"]
    for path in ours + kept:
        path.write_text("left")
    for path in (run / "weights.safetensors.partial-aaaaaa", run / "checkpoint" / "best.safetensors.partial-aaaaaa"):
        path.mkdir()
        kept.append(path)
    done = start("run", "--resume", trained)
    assert done.returncode == 0 and "resumes from" in done.stdout, done.stderr
    assert [path for path in ours if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_temporary_files_of_a_run_that_is_over_are_removed(trained):
    ours = [trained / "run" / "metrics.om.partial-a1B2c3", trained / "run" / "checkpoint" / "best.safetensors.partial-a1B2c3"]
    for path in ours:
        path.write_text("left")
    assert start("run", "--resume", trained).returncode == 0
    assert [path for path in ours if path.exists()] == []
