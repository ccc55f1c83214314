"""Several hosts on one machine: namespaces, each with a network, a name, processes and shared memory of its own, on one switch."""

import contextlib
import os
import pathlib
import shlex
import subprocess
import time

NETWORK = "10.77.0"
NEEDS = "root, and a kernel that lets it make namespaces (a container needs --privileged)"


class Hosts:
    """Hosts h0 (from which jobs are launched), h1, ... h<count> at 10.77.0.<number>; what runs on them ends with them.

    h0 shares this machine's process ids, so whoever starts a process there ends it. All hosts see this machine's files.
    """

    def __init__(self, folder, count):
        self.folder = pathlib.Path(folder)
        self.names = [f"h{number}" for number in range(count + 1)]
        self._holders = []
        self._pids = {}
        try:
            self._pids["switch"] = self._hold("--net")
            self._in_switch("ip link add br0 type bridge; ip link set br0 up")
            lines = ["127.0.0.1 localhost", *(f"{NETWORK}.{number + 1} {name}" for number, name in enumerate(self.names))]
            (self.folder / "hosts").write_text("\n".join(lines) + "\n")
            for number, name in enumerate(self.names):
                self._make(number, name)
        except BaseException:
            self.close()
            raise

    def _hold(self, *namespaces):
        """A process that keeps namespaces, and ends when this one does; its id."""
        # If it is the first process of a host, orphans become its children, which bash reaps.
        script = "while :; do sleep 3600; done" if "--pid" in namespaces else "exec sleep infinity"
        holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", *namespaces, "--fork", "--kill-child", "bash", "-c",
                                   script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._holders.append(holder)
        children = pathlib.Path(f"/proc/{holder.pid}/task/{holder.pid}/children")
        deadline = time.monotonic() + 10
        while holder.poll() is None and time.monotonic() < deadline:
            if child := children.read_text().split():
                return int(child[0])
            time.sleep(0.02)
        raise RuntimeError(f"no namespaces could be made: this needs {NEEDS}")

    def _make(self, number, name):
        own = ["--net", "--uts", "--mount", "--ipc"]
        # A process can only be put into a process namespace below its own, and h0 has to put processes on the others.
        pid = self._pids[name] = self._hold(*own, *(["--pid", "--mount-proc"] if number else []))
        self._in_switch(f"ip link add v{number} type veth peer name eth0 netns /proc/{pid}/ns/net; ip link set v{number} master br0 up")
        script = (f"hostname {name}; ip link set lo up; ip addr add {NETWORK}.{number + 1}/24 dev eth0; ip link set eth0 up; "
                  f"mount --bind {shlex.quote(str(self.folder / 'hosts'))} /etc/hosts; mount -t tmpfs -o size=512m shm /dev/shm")
        subprocess.run(self.on(name, "sh", "-ec", script), check=True)

    def _in_switch(self, script):
        subprocess.run(["nsenter", "-t", str(self._pids["switch"]), "--net", "sh", "-ec", script], check=True)

    def on(self, name, *command):
        """The command line that runs `command` on a host, in this folder."""
        own = ["--net", "--uts", "--mount", "--ipc", *([] if name == "h0" else ["--pid"])]
        return ["nsenter", "-t", str(self._pids[name]), *own, f"--wd={os.getcwd()}", "--", *map(str, command)]

    def address(self, name):
        return f"{NETWORK}.{self.names.index(name) + 1}"

    def set_link(self, name, up):
        """Plugs a host's network cable in, or pulls it."""
        self._in_switch(f"ip link set v{self.names.index(name)} {'up' if up else 'down'}")

    def power_off(self, name):
        """Every process of a host is gone at once, and no other process hears of it."""
        self.set_link(name, False)
        os.kill(self._pids[name], 9)

    def runs(self, name, program):
        """Whether a process of a host has this name. h0's cannot be distinguished from this machine's."""
        return subprocess.run(self.on(name, "pgrep", "-x", program), stdout=subprocess.DEVNULL).returncode == 0

    def block_udp(self, name):
        """A firewall that lets no datagrams from this host out."""
        subprocess.run(self.on(name, "ip", "rule", "add", "to", f"{NETWORK}.0/24", "ipproto", "udp", "blackhole"), check=True)

    def remote_shell(self):
        """A program that starts a command on a host, in place of ssh: PROGRAM HOST COMMAND..."""
        program = self.folder / "remote_shell"
        cases = "".join(f"  {name}) set -- {shlex.join(self.on(name, 'sh', '-c'))} \"$*\" ;;\n" for name in self.names)
        program.write_text(f'#!/bin/sh\nhost=$1\nshift\ncase $host in\n{cases}  *) echo "no host $host" >&2; exit 1 ;;\nesac\nexec "$@"\n')
        program.chmod(0o755)
        return program

    def mpirun(self, *command, hosts, ranks_per_host=1, parameters=None):
        """The command line, run on h0, that starts ranks on `hosts`. `parameters` are Open MPI's (MCA), by name."""
        subnet = f"{NETWORK}.0/24"
        every = {"plm": "rsh", "plm_rsh_agent": self.remote_shell(), "ras": "^slurm", "pml": "ob1", "btl": "tcp,self,vader",
                 "btl_vader_single_copy_mechanism": "none", "btl_tcp_if_include": subnet, "oob_tcp_if_include": subnet,
                 **(parameters or {})}
        mca = [word for name, value in every.items() for word in ("--mca", name, str(value))]
        places = ",".join(f"{host}:{ranks_per_host}" for host in hosts)
        mpirun = os.environ.get("MPIRUN", "mpirun")
        return self.on("h0", mpirun, "--host", places, "--oversubscribe", "--bind-to", "none", *mca, *command)

    def close(self):
        for holder in self._holders:
            holder.kill()
        for holder in self._holders:
            holder.wait()


@contextlib.contextmanager
def make_hosts(folder, count):
    """Hosts for a while. `folder` is theirs alone. Throws RuntimeError, or CalledProcessError, where they cannot be made."""
    hosts = Hosts(folder, count)
    try:
        yield hosts
    finally:
        hosts.close()


def can_make_hosts(folder):
    """Whether this machine lets us."""
    try:
        with make_hosts(folder, 1):
            return True
    except (OSError, RuntimeError, subprocess.CalledProcessError):
        return False
