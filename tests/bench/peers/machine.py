"""The machine on which the times were measured."""

import datetime
import importlib.metadata
import os
import platform
import subprocess

PACKAGES = ("torch", "jax", "jaxlib", "keras", "numpy")


def cpu_model():
    """As Linux names it."""
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def describe(program):
    """CPU, cores, load, date and versions, for the table's head and the results."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "load_at_start": os.getloadavg()[0],
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {"cellsweep": version, "python": platform.python_version()}
        | {name: package_version(name) for name in PACKAGES},
    }


def package_version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def headline(machine):
    """Two lines for people."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = f"load {machine['load_at_start']:.2f} at the start"
    return f"{machine['cpu']}, {machine['cores']} cores, {load}, {machine['date']}\n{versions}"
