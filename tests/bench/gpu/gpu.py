"""The GPU on which the times were measured."""

import importlib.util
import os
import pathlib
import subprocess

import machine

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIELDS = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit,utilization.gpu"


def output_of(*command):
    """What a command prints; empty where it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30).stdout.strip()
    except OSError:
        return ""


def commit():
    """The commit of this tree, or of the tree that a bundle was made from."""
    note = ROOT / "COMMIT"
    return note.read_text().strip() if note.exists() else output_of("git", "describe", "--always", "--dirty")


def cudnn_version():
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    return torch.backends.cudnn.version()


def describe(program, device):
    """As machine.describe, with the GPU that is used and the commit."""
    gpu = None
    if device == "cuda":
        first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
        names = FIELDS.split(",")
        values = output_of("nvidia-smi", f"--query-gpu={FIELDS}", "--format=csv,noheader", f"--id={first}").split(", ")
        gpu = dict(zip(names, values))
    return machine.describe(program) | {"gpu": gpu, "cudnn": cudnn_version(), "commit": commit()}


def headline(described):
    """A few lines for people."""
    gpu = described["gpu"]
    if gpu is None:
        place = "On the CPU: this tests the benchmark, and its times say nothing of GPUs."
    else:
        place = ", ".join(f"{name} {value}" for name, value in gpu.items())
    return f"{place}\n{machine.headline(described)}, cuDNN {described['cudnn']}, commit {described['commit']}"
