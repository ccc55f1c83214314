"""Jobs of several ranks that train until something happens to them."""

import contextlib
import os
import pathlib
import re
import subprocess
import time

from conftest import BINARY, MPI_ENVIRONMENT, MPIRUN, SLOWNESS

# What a rank's watchdog says when it ends the job.
MESSAGE = re.compile(r"^cellsweep: rank (?P<speaker>\d+) of \d+ on (?P<host>\S+): (?P<operation>[\w -]+) \(operation \d+ of ranks [\d, -]+\) "
                     r"has waited .* ending this job$", re.M)


class Job:
    """`launch` turns a rank's command into the whole command line. `disturb` it, then `end` gives how it ended."""

    def __init__(self, folder, launch, config, timeout, *arguments):
        self._folder = pathlib.Path(folder)
        self.timeout = timeout
        self._pids = self._folder / "pids"
        self._pids.write_text("")
        rank = f'echo $OMPI_COMM_WORLD_RANK $$ >> {self._pids}; exec "$0" "$@"'
        command = ["sh", "-c", rank, BINARY, "run", config, "--set", "train.epochs=1000000", "--set",
                   f"parallel.timeout_seconds={timeout}", *arguments]
        with self._file("out").open("w") as out, self._file("err").open("w") as err:
            self.process = subprocess.Popen(list(map(str, launch(command))), env={**os.environ, **MPI_ENVIRONMENT}, stdout=out, stderr=err)

    def _file(self, name):
        return self._folder / f"job.{name}"

    def epoch(self):
        return max(map(int, re.findall(r"^Epoch (\d+)/", self._file("out").read_text(), re.M)), default=0)

    def wait_for_epoch(self, epoch, seconds=60):
        deadline = time.monotonic() + seconds * SLOWNESS
        while self.epoch() < epoch:
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < deadline, f"not in epoch {epoch} within {seconds} s"
            time.sleep(0.1)

    def wait_for_runs(self, count, seconds=60):
        """Until so many runs have ended an epoch."""
        deadline = time.monotonic() + seconds * SLOWNESS
        while len(list(self._folder.glob("runs/*/*/history.jsonl"))) < count:
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < deadline, f"not {count} runs within {seconds} s"
            time.sleep(0.1)

    def wait_for_heartbeats(self):
        """Until each watchdog has reported where its rank trains; they do so twenty times a deadline."""
        time.sleep(self.timeout / 4)

    def pids(self):
        """Process ids by rank, as their hosts count them."""
        return {int(rank): int(pid) for rank, pid in map(str.split, self._pids.read_text().splitlines())}

    def signal(self, number, *ranks):
        for rank in ranks or self.pids():
            os.kill(self.pids()[rank], number)

    def end(self, seconds=None):
        """The exit code; fails where the job has not ended in the time that is promised."""
        self.process.wait(timeout=seconds or self.timeout + 5)
        return self.process.returncode

    def errors(self):
        return self._file("err").read_text()

    def messages(self):
        """What watchdogs said: the place and the lines of those who are missing, of each."""
        text = self.errors()
        return [(match, re.findall(r"^  (\w+: .*)$", text[match.end():], re.M)) for match in MESSAGE.finditer(text)]


@contextlib.contextmanager
def running_job(*arguments):
    """Ends mpirun, which ends its ranks, however it is left. Stopped ranks continue first, so that they can be ended."""
    job = Job(*arguments)
    try:
        yield job
    finally:
        job.process.terminate()
        try:
            job.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            job.process.kill()
            job.process.wait()


def on_this_host(ranks):
    return lambda command: [MPIRUN, "-np", ranks, *command]
