"""How much of a core other processes used while something was measured on it."""

import contextlib
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")
# A block counts as disturbed where others had more than this part of it, beyond what the kernel's ticks can resolve.
NOTICEABLE, RESOLUTION = 0.05, 3 / TICKS


def busy_seconds(cores):
    """What these cores have worked since the start, for anyone, with what a hypervisor took away."""
    names = {f"cpu{core}" for core in cores}
    total = 0
    with open("/proc/stat") as lines:
        for line in lines:
            name, *fields = line.split()
            if name in names:
                user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
                total += user + nice + system + irq + softirq + steal
    return total / TICKS


def process_seconds(pid):
    """What a process has worked, with all its threads."""
    with open(f"/proc/{pid}/stat") as file:
        # The name, in parentheses, may hold spaces.
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Block:
    """seconds and busy_seconds of a measurement, once it is over; own_seconds is the caller's to fill in."""

    seconds = busy_seconds = own_seconds = 0.0

    def other_seconds(self):
        return max(0.0, self.busy_seconds - self.own_seconds)

    def disturbed(self):
        return self.other_seconds() > NOTICEABLE * self.seconds + RESOLUTION


@contextlib.contextmanager
def stopwatch(cores):
    """Fills in a Block of these cores."""
    block = Block()
    busy, start = busy_seconds(cores), time.perf_counter()
    yield block
    block.seconds, block.busy_seconds = time.perf_counter() - start, busy_seconds(cores) - busy
