"""A real Slurm on hosts made of namespaces: slurmctld and munged on h0, slurmd on the others, two partitions of one priority each."""

import contextlib
import os
import pathlib
import subprocess
import time

from conftest import MPI_ENVIRONMENT
from hosts import make_hosts
from metrics_servers import running, wait_for

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun")
CORES = 2  # that a node claims to have


class Slurm:
    """Commands run on h0. A job in partition `low` is preempted by one in `high`, and has 10 seconds then."""

    def __init__(self, folder, hosts):
        self.folder, self.hosts = pathlib.Path(folder), hosts
        self.nodes = hosts.names[1:]
        self.settings = self.folder / "slurm.conf"

    def run(self, *command, cwd=None):
        """What a command prints; an error where it fails."""
        done = subprocess.run(self.hosts.on("h0", "env", "-C", cwd or self.folder, f"SLURM_CONF={self.settings}", *command),
                              env={**os.environ, **MPI_ENVIRONMENT}, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def submit(self, *arguments, cwd=None):
        """sbatch with these arguments; the job's number."""
        return self.run("sbatch", "--parsable", *arguments, cwd=cwd).strip()

    def job(self, number):
        """What Slurm knows of a job, such as JobState, Restarts, ExitCode, Reason."""
        return dict(word.split("=", 1) for word in self.run("scontrol", "--oneliner", "show", "job", number).split() if "=" in word)

    def wait_for_state(self, number, *states, seconds=60):
        try:
            return wait_for(lambda: (job := self.job(number))["JobState"] in states and job, f"job {number} is {states}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.job(number)}") from None

    def cancel(self):
        """No job is left, and every node is free."""
        self.run("scancel", "--user=root")
        wait_for(lambda: not self.run("squeue", "--noheader"), "no job is left")


def write_settings(slurm, munge_socket):
    folder, nodes = slurm.folder, ",".join(slurm.nodes)
    for node in slurm.nodes:
        (folder / f"spool.{node}").mkdir()
        # PMIx makes folders by the job's name there, which would be one for all hosts in /tmp.
        (folder / f"tmp.{node}").mkdir(mode=0o777)
    (folder / "state").mkdir()
    slurm.settings.write_text(f"""ClusterName=test
SlurmctldHost=h0({slurm.hosts.address("h0")})
SlurmUser=root
AuthType=auth/munge
# A requeued job waits until the credentials of its first start are over; 5 seconds is the least.
AuthInfo=socket={munge_socket},cred_expire=5
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/tmp.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SlurmdTimeout=5
KillWait=10
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName={nodes} CPUs={CORES} Boards=1 SocketsPerBoard=1 CoresPerSocket={CORES} ThreadsPerCore=1 RealMemory=2000
PartitionName=low Nodes={nodes} Default=YES MaxTime=60 PriorityTier=1 PreemptMode=REQUEUE GraceTime=10
PartitionName=high Nodes={nodes} MaxTime=60 PriorityTier=10 PreemptMode=OFF
""")


@contextlib.contextmanager
def munge(folder):
    """munged with a key of its own; its socket."""
    folder.mkdir(mode=0o755)
    key, socket = folder / "key", folder / "socket"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    files = [f"--{name}-file={folder / name}" for name in ("pid", "log", "seed")]
    with running("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={socket}", *files):
        wait_for(socket.exists, "munged")
        yield socket


@contextlib.contextmanager
def make_slurm(folder, nodes):
    """A cluster for a while. `folder` is its alone, and its path short: a socket's name has at most 107 letters."""
    folder = pathlib.Path(folder)
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        slurm = Slurm(folder, stack.enter_context(make_hosts(folder, nodes)))
        write_settings(slurm, stack.enter_context(munge(folder / "munge")))
        hosts = slurm.hosts
        stack.enter_context(running(*hosts.on("h0", "slurmctld", "-D", "-c", "-f", slurm.settings)))
        for node in slurm.nodes:
            stack.enter_context(running(*hosts.on(node, "slurmd", "-D", "-N", node, "-f", slurm.settings)))
        ready = time.monotonic()
        with contextlib.suppress(AssertionError):
            wait_for(lambda: is_ready(slurm), "the nodes are idle", 40)
        if not is_ready(slurm):
            logs = [line for log in folder.glob("slurm*.log") for line in log.read_text().splitlines() if "error" in line]
            raise AssertionError("\n".join([f"no Slurm after {time.monotonic() - ready:.0f} s", *logs]))
        yield slurm


def is_ready(slurm):
    with contextlib.suppress(AssertionError):
        return slurm.run("sinfo", "--noheader", "--Node", "--format=%t", "--partition=low").split() == ["idle"] * len(slurm.nodes)
    return False
