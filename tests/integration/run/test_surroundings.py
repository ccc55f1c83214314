"""What surrounds a program: standard streams, umask, arguments, and names that are no text."""

import json
import os
import stat
import subprocess

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, refused, start

SHIM = os.environ["CELLSWEEP_BUILD"] + "/tests/integration/liblog_fsync.so"


def test_closed_standard_streams_get_into_no_file(config, tmp_path):
    folder = tmp_path / "closed"
    script = 'exec <&- >&- 2>&-; exec "$@"'
    diverging = ["--set", "train.optimizer.learning_rate=1e38"]
    subprocess.run(["sh", "-c", script, "sh", BINARY, "run", config, *diverging, "--resume", folder],
                   env={**os.environ, **MPI_ENVIRONMENT}, timeout=60)
    for line in (folder / "ledger.jsonl").read_text().splitlines():
        json.loads(line)
    assert start("compare", folder).returncode == 0


def test_a_reader_that_has_had_enough_is_no_failure():
    done = subprocess.run(["bash", "-c", f"set -o pipefail; '{BINARY}' schema | head -c 5"], capture_output=True, text=True,
                          env={**os.environ, **MPI_ENVIRONMENT}, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_result_that_cannot_be_written_is_a_failure(config, trained):
    commands = [["schema"], ["schema", "--markdown"], ["plan", config], ["summary", config], ["compare", trained],
                ["compare", trained, "--json"], ["compare", trained, "--csv"], ["run", config, "--print-config"], ["--help"],
                ["--version"], ["doctor", config, "--json"], ["bench", config, "--steps", "5"]]
    for arguments in commands:
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, *map(str, arguments)], env={**os.environ, **MPI_ENVIRONMENT}, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 1 and "standard output" in done.stderr, (arguments, done)
    with open("/dev/full", "w") as full:  # what it shows is no result
        assert subprocess.run([BINARY, "run", config], stdout=full, timeout=60).returncode == 0


@pytest.mark.parametrize("mask, mode", [(0o077, 0o600), (0o027, 0o640), (0o002, 0o664)])
def test_permissions_are_those_that_umask_leaves(config, tmp_path, mask, mode):
    folder = tmp_path / "masked"
    script = f'umask {mask:o}; exec "$@"'
    for arguments in (["run", config, "--resume", folder], ["compare", folder, "--html", folder / "report.html"]):
        assert start(*arguments, under=["sh", "-c", script, "sh"]).returncode == 0
    modes = {path: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*") if path.is_file()}
    assert len(modes) >= 8 and set(modes.values()) == {oct(mode)}, modes


def test_a_path_that_only_a_shell_understands_is_refused(config, tmp_path):
    home = {"HOME": "/home/ann"}
    for arguments in (["--set", "output.directory=~/runs"], ["--output", "~/runs"], ["--output=~/runs"], ["--resume", "~/runs"],
                      ["--set", "data.directory=~/runs"], ["--set", "model.initial_weights=~/runs"]):
        done = subprocess.run([BINARY, "run", config, *arguments], cwd=tmp_path, env={**os.environ, **home}, capture_output=True,
                              text=True, timeout=60)
        refused(done, "~", "write /home/ann/runs")
    refused(start("compare", "~ann/runs"), "write the path in full")
    config.write_text(config.read_text().replace(str(tmp_path / "runs"), "~/runs"))
    refused(start("run", config, cwd=tmp_path), "output.directory", "begins with ~")
    assert not (tmp_path / "~").exists()


def test_an_empty_argument_is_not_taken_for_none(config, trained, tmp_path):
    for arguments in (["run", config, "--resume", ""], ["run", config, "--output", ""], ["run", ""], ["plan", ""],
                      ["plan", config, "--sweep", ""], ["compare", ""], ["compare", trained, "--html", ""],
                      ["compare", trained, "--sort", ""], ["compare", trained, "--filter", ""],
                      ["run", config, "--set", "output.directory="], ["run", config, "--set", "model.initial_weights="],
                      ["run", config, "--set", ""], ["run", config, "--resume="]):
        refused(start(*arguments, cwd=tmp_path))
    assert not (tmp_path / "runs").exists()


def test_bytes_that_are_no_text_in_a_jobs_id_cost_nothing(config, tmp_path):
    environment = {**{os.fsencode(name): os.fsencode(value) for name, value in {**os.environ, **MPI_ENVIRONMENT}.items()},
                   b"SLURM_JOB_ID": b"7\xff\xfe"}
    folder = tmp_path / "odd"
    for arguments in (["run", config], ["run"]):
        done = subprocess.run([BINARY, *arguments, "--resume", folder], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    assert json.loads((folder / "owner.json").read_text())["job"] == "7\ufffd\ufffd"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can name a host")
def test_bytes_that_are_no_text_in_a_hosts_name_cost_nothing(config, tmp_path):
    targets = tmp_path / "targets"
    script = ("import socket, subprocess, sys\nsocket.sethostname(b'h/\\xff1')\n"
              "sys.exit(subprocess.run(sys.argv[1:]).returncode)")
    done = subprocess.run(["unshare", "--uts", "python3", "-c", script, BINARY, "run", config, "--set", "metrics.prometheus.enabled=true",
                           "--set", "metrics.prometheus.port=0", "--set", "metrics.prometheus.final_scrape_seconds=0",
                           "--set", f"metrics.prometheus.discovery_directory={targets}", "--resume", tmp_path / "odd"],
                          capture_output=True, text=True, timeout=60)
    if "unshare" in done.stderr:
        pytest.skip("no namespace can be made here")
    assert done.returncode == 0 and "not announced" not in done.stderr, done.stderr
    assert json.loads((tmp_path / "odd" / "owner.json").read_text())["host"] == "h__1"


def test_folders_that_are_made_are_on_the_disk_in_their_parents(config, tmp_path):
    log = tmp_path / "log"
    folder = tmp_path / "new" / "sweep"
    done = start("run", config, "--resume", folder, under=["env", f"LD_PRELOAD={SHIM}", f"FSYNC_LOG={log}"])
    assert done.returncode == 0, done.stderr
    flushed = log.read_text().splitlines()
    first_file = min(flushed.index(line) for line in flushed if line.startswith(f"{folder}/"))
    assert str(tmp_path) in flushed[:first_file] and str(tmp_path / "new") in flushed[:first_file]
    # The run's folder, then its checkpoints' one, each before the first file in it.
    for made in (folder / "run", folder / "run" / "checkpoint"):
        first_file = min(flushed.index(line) for line in flushed if line.startswith(f"{made}/"))
        assert str(made.parent) in flushed[:first_file], made
