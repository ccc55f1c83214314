"""cellsweep doctor: a row for each check, the right verdict, and nothing left behind."""

import json
import os
import shutil
import socket
import subprocess

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, start

CHECKS = ["ranks", "versions", "devices", "runs", "host_memory", "directory", "clocks", "ports", "all_reduce", "binding", "memory",
          "network"]
CORES = len(os.sched_getaffinity(0))


def examine(tmp_path, *arguments, ranks=None, under=()):
    """The exit code, the rows by check, and the whole object."""
    done = start("doctor", "--json", "--set", "metrics.prometheus.port=0", "--set", f"output.directory={tmp_path / 'a' / 'runs'}",
                 *arguments, ranks=ranks, cwd=tmp_path, under=under)
    report = json.loads(done.stdout[:done.stdout.rindex("}") + 1])
    assert [row["check"] for row in report["checks"]] == CHECKS
    assert report["verdict"] in [row["verdict"] for row in report["checks"]]
    assert all(row["found"] and (row["verdict"] == "ok") == (row["right"] == "") for row in report["checks"])
    assert (done.returncode == 2) == (report["verdict"] == "error") and done.returncode in (0, 2), done.stderr
    return done.returncode, {row["check"]: row for row in report["checks"]}, report


@pytest.mark.parametrize("ranks", [None, 2])
def test_nothing_wrong(tmp_path, ranks):
    code, rows, _ = examine(tmp_path, "--expect-ranks", ranks or 1, ranks=ranks)
    assert code == 0
    # How busy the machine is may make these two warnings.
    assert all(rows[check]["verdict"] == "ok" for check in CHECKS if check not in ("all_reduce", "binding")), rows
    assert f"{ranks or 1} rank" in rows["ranks"]["found"] and "Open MPI" in rows["versions"]["found"]
    assert ("16 MiB" in rows["all_reduce"]["found"]) == (ranks == 2)
    assert list(tmp_path.iterdir()) == []


def test_people_see_each_check(config):
    done = start("doctor", config, ranks=2)
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines() if not line.startswith(" ")] == CHECKS


def test_another_number_of_ranks(tmp_path):
    code, rows, _ = examine(tmp_path, "--expect-ranks", 5, ranks=2)
    assert code == 2 and rows["ranks"]["verdict"] == "error"
    assert "2 rank" in rows["ranks"]["found"] and "5" in rows["ranks"]["found"]


def test_singletons(tmp_path):
    done = start("doctor", cwd=tmp_path, under=["env", "OMPI_COMM_WORLD_SIZE=5"])
    assert done.returncode == 2 and "asked for 5 ranks, but MPI sees 1" in done.stderr


@pytest.mark.parametrize("ranks", [None, 2])
@pytest.mark.parametrize("what", ["file", "proc"])
def test_a_directory_that_cannot_be_written(tmp_path, what, ranks):
    (tmp_path / "file").write_text("kept")
    path = {"file": tmp_path / "file", "proc": "/proc/nowhere"}[what]
    code, rows, _ = examine(tmp_path, "--set", f"output.directory={path}", ranks=ranks)
    assert code == 2 and rows["directory"]["verdict"] == "error" and str(path) in rows["directory"]["found"]
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount the small disk this needs")
@pytest.mark.parametrize(("size", "verdict"), [("1m", "error"), ("100m", "warning")])
def test_little_room(tmp_path, size, verdict):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk]).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        _, rows, _ = examine(tmp_path, "--set", f"output.directory={disk}")
        assert rows["directory"]["verdict"] == verdict and "free" in rows["directory"]["found"]
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_taken_port_of_a_further_group(tmp_path, config):
    config.write_text(config.read_text() + "sweep: {parameters: {model.cell: {values: [simple_rnn, lstm]}}}\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, rows, _ = examine(tmp_path, config, "--set", "metrics.prometheus.enabled=true", "--set", "parallel.ranks_per_run=1",
                                "--set", f"metrics.prometheus.port={port - 1}", ranks=2)
    assert code == 0 and rows["ports"]["verdict"] == "warning" and f"127.0.0.1:{port} " in rows["ports"]["found"]


def test_more_ranks_than_cores(tmp_path):
    _, rows, _ = examine(tmp_path, ranks=CORES + 1)
    assert rows["binding"]["verdict"] == "warning" and f"{CORES + 1} ranks on {CORES} core" in rows["binding"]["found"]
    assert "mpi_yield_when_idle" in rows["binding"]["right"] or "--bind-to core" in rows["binding"]["right"]


@pytest.mark.skipif(CORES < 2, reason="needs two cores")
def test_ranks_bound_to_one_core(tmp_path):
    core = min(os.sched_getaffinity(0))
    _, rows, _ = examine(tmp_path, ranks=2, under=["taskset", "-c", core])
    assert rows["binding"]["verdict"] == "warning" and "--bind-to core" in rows["binding"]["right"]


def test_a_gpu_that_is_not_there(tmp_path):
    code, rows, _ = examine(tmp_path, "--set", "parallel.device=cuda", ranks=2)
    assert code == 2 and rows["devices"]["verdict"] == "error" and rows["network"]["verdict"] == "ok"


def test_a_wrong_file(tmp_path):
    done = start("doctor", tmp_path / "none.yaml", ranks=2)
    assert done.returncode == 2 and "none.yaml" in done.stderr and done.stdout == ""


# What ends a job at once, and what the row says of it.
@pytest.mark.parametrize("setting, words", [
    ("parallel.ranks_per_run=7", "there are 1 rank(s)"),
    ("train.precision=bf16", "train.precision: bf16 is for GPUs"),
    ("model.initial_weights=/nosuch.safetensors", "/nosuch.safetensors"),
    ("train.loss=mse", "sparse_categorical_crossentropy"),
])
def test_runs_that_cannot_begin(tmp_path, config, setting, words):
    code, rows, _ = examine(tmp_path, config, "--set", setting)
    assert code == 2 and rows["runs"]["verdict"] == "error" and words in rows["runs"]["found"]
    assert "data" not in rows["host_memory"]["right"] and rows["host_memory"]["verdict"] != "error"
    assert start("run", config, "--set", setting, cwd=tmp_path).returncode == 2


def test_a_password_that_cannot_be_read(tmp_path, config):
    settings = []
    for setting in ("enabled=true", "port=0", "basic_auth.username=ann", "basic_auth.password_file=/nosuch"):
        settings += ["--set", f"metrics.prometheus.{setting}"]
    code, rows, _ = examine(tmp_path, config, *settings)
    assert code == 2 and rows["runs"]["verdict"] == "error" and "/nosuch" in rows["runs"]["found"]
    assert start("run", config, *settings, cwd=tmp_path).returncode == 2


def test_an_engine_whose_library_is_not_there(tmp_path, config):
    """The library lies beside the program; a copy of the program has none."""
    program = tmp_path / "bin" / "cellsweep"
    program.parent.mkdir()
    shutil.copy(BINARY, program)
    done = subprocess.run([program, "doctor", "--json", config, "--set", "parallel.engine=torch"], capture_output=True, text=True,
                          env={**os.environ, **MPI_ENVIRONMENT}, cwd=tmp_path)
    rows = {row["check"]: row for row in json.loads(done.stdout)["checks"]}
    assert done.returncode == 2 and rows["runs"]["verdict"] == "error", done.stderr
    assert "libcellsweep_torch.so" in rows["runs"]["found"]


def test_a_combination_that_is_not_permitted_is_a_warning(tmp_path, config):
    config.write_text(config.read_text() + """sweep:
  parameters:
    train.optimizer.clipnorm: {values: [1.0]}
    train.optimizer.clipvalue: {values: [null, 1.0]}
""")
    code, rows, _ = examine(tmp_path, config)
    assert code == 0 and rows["runs"]["verdict"] == "warning"
    assert rows["runs"]["found"] == "2 run(s), 1 at a time, of which 1 will fail"


@pytest.mark.parametrize("values, verdict", [("[/nosuch.safetensors, null]", "warning"), ("[/nosuch.safetensors]", "error")])
def test_a_run_that_cannot_begin_leaves_the_others(tmp_path, config, values, verdict):
    config.write_text(config.read_text() + f"sweep: {{parameters: {{model.initial_weights: {{values: {values}}}}}}}\n")
    code, rows, _ = examine(tmp_path, config)
    assert rows["runs"]["verdict"] == verdict, rows["runs"]
    assert code == (2 if verdict == "error" else 0)
