"""cycles.py FILE COUNT RANKS: starts and ends a run COUNT times, in three ways in turn, and reports what each left behind.

It must be the first process of namespaces that are its own (see `alone`), so that all processes, sockets, shared memory and
temporary files that are there are those of the runs. Prints a line of JSON a cycle.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

from conftest import BINARY, MPIRUN

SECONDS = 60  # the longest that anything is waited for
TEMPORARY = pathlib.Path("/dev/shm/tmp")


def alone(*command):
    """The command line that runs `command` as the first process of its own namespaces. They need root."""
    script = 'ip link set lo up && mount -t tmpfs shm /dev/shm && exec "$@"'
    return ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--ipc", "--net", "--mount", "sh", "-ec", script, "sh",
            *map(str, command)]


def processes():
    """Command lines of all processes but this one, by id."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        if int(folder.name) != os.getpid():
            try:
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except FileNotFoundError:
                pass  # it has just ended
    return found


def sockets():
    """Lines of the kernel's tables. A connection that waits out its last packets (state 06) belongs to nobody."""
    tables = [pathlib.Path("/proc/net", name).read_text() for name in ("tcp", "tcp6", "udp", "udp6", "unix")]
    lines = [line for table in tables for line in table.splitlines()[1:]]
    return [line for line in lines if line.split()[3] != "06"]


def belongings():
    """All that a run could leave behind."""
    segments = [line for kind in ("shm", "sem", "msg") for line in pathlib.Path("/proc/sysvipc", kind).read_text().splitlines()[1:]]
    files = [str(path) for path in pathlib.Path("/dev/shm").rglob("*") if path != TEMPORARY]
    return {"processes": sorted(processes().values()), "files": sorted(files), "segments": segments, "sockets": sockets()}


def reap():
    """Orphans are the children of the first process."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wait_until(is_so, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def ranks():
    return [pid for pid, line in processes().items() if line.startswith(f"{BINARY} run")]


def kill_a_rank(job):
    os.kill(random.choice(ranks()), signal.SIGKILL)


def terminate(job):
    job.terminate()


# How a run ends, and with how many epochs it is certain not to end before.
WAYS = {"by itself": (1, None), "rank killed": (1000000, kill_a_rank), "mpirun terminated": (1000000, terminate)}


def cycle(config, ranks_of_run, way):
    """One run, from start to end; what went otherwise than it should, or nothing."""
    epochs, end = WAYS[way]
    runs = TEMPORARY.parent / "runs"
    log = TEMPORARY.parent / "log"
    with log.open("w") as output:
        job = subprocess.Popen([MPIRUN, "-np", ranks_of_run, BINARY, "run", config, "--set", f"train.epochs={epochs}", "--set",
                                f"output.directory={runs}"], stdout=output, stderr=subprocess.STDOUT)
    if end:
        if not wait_until(lambda: job.poll() is not None or list(runs.glob("*/*/history.jsonl"))) or job.poll() is not None:
            return f"no epoch: code {job.poll()}: {log.read_text()}"
        end(job)
    try:
        code = job.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return f"hangs: {processes()}"
    if (code == 0) != (end is None):
        return f"code {code}: {log.read_text()}"
    if end is None and not list(runs.glob("*/*/weights.safetensors")):
        return f"no weights: {log.read_text()}"
    shutil.rmtree(runs)
    log.unlink()
    return None


def main(config, count, ranks_of_run):
    TEMPORARY.mkdir()
    os.environ["TMPDIR"] = str(TEMPORARY)
    random.seed(1)
    before = belongings()
    for number in range(count):
        way = list(WAYS)[number % len(WAYS)]
        begin = time.monotonic()
        problem = cycle(config, ranks_of_run, way)
        wait_until(lambda: reap() or belongings() == before, 5)
        after = belongings()
        left = {kind: [each for each in after[kind] if each not in before[kind]] for kind in after}
        print(json.dumps({"way": way, "problem": problem, "left": {kind: each for kind, each in left.items() if each},
                          "seconds": round(time.monotonic() - begin, 2)}), flush=True)
        if problem:
            return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
