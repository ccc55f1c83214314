"""Runs of 16 ranks, more than there are cores, start and end again and again, and leave nothing behind, however they end.

CELLSWEEP_CYCLES, the number of times, is 6 unless it is set; CELLSWEEP_RANKS, of ranks, 16."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from conftest import MPI_ENVIRONMENT, SOURCE
from cycles import WAYS, alone

SKIPPED = 77  # what CTest counts as skipped
COUNT = int(os.environ.get("CELLSWEEP_CYCLES", "6"))
RANKS = os.environ.get("CELLSWEEP_RANKS", "16")


@pytest.fixture(scope="session", autouse=True)
def needs_namespaces():
    if subprocess.run(alone("true"), capture_output=True).returncode != 0:
        pytest.exit("SKIPPED: no run was started and ended, for that needs root, and a kernel that lets it make namespaces", SKIPPED)


def inside(*command, seconds):
    """What `command` prints in namespaces of its own."""
    done = subprocess.run(alone(sys.executable, *command), env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True,
                          timeout=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_left(config):
    lines = inside(SOURCE / "tests/integration" / "cycles.py", config, COUNT, RANKS, seconds=120 + 60 * COUNT).splitlines()
    cycles = [json.loads(line) for line in lines]
    assert [cycle for cycle in cycles if cycle["problem"] or cycle["left"]] == []
    assert len(cycles) == COUNT
    for way in WAYS:
        seconds = sorted(cycle["seconds"] for cycle in cycles if cycle["way"] == way)
        print(f"{way}: {len(seconds)} cycles, median {seconds[len(seconds) // 2]} s, longest {seconds[-1]} s")


LEAVE = """
import cycles, os, socket, subprocess, json, time
cycles.TEMPORARY.mkdir()
before = cycles.belongings()
assert before == {"processes": [], "files": [], "segments": [], "sockets": []}, before
kept = [socket.create_server(("127.0.0.1", 0)), subprocess.Popen(["sleep", "60"]),
        open(cycles.TEMPORARY / "left", "w"), subprocess.run(["ipcmk", "-M", "100"], check=True, capture_output=True)]
time.sleep(0.1)
print(json.dumps({kind: len(each) for kind, each in cycles.belongings().items()}))
"""


def test_what_is_left_is_seen():
    """A socket, a process, a file and a segment, each of them once."""
    found = inside("-c", f"import sys; sys.path.insert(0, {str(SOURCE / 'tests/integration')!r})\n{LEAVE}", seconds=60)
    assert json.loads(found) == {"processes": 1, "files": 1, "segments": 1, "sockets": 1}
