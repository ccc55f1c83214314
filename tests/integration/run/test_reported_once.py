"""An error is reported once, whatever the number of ranks and runs, and says what is wrong."""

import subprocess

import pytest
from conftest import BINARY, start


def lines(done, text):
    return [line for line in (done.stdout + done.stderr).splitlines() if text in line]


@pytest.mark.parametrize("ranks", [None, 2])
@pytest.mark.parametrize(("arguments", "text", "code"), [
    (["--set", "train.loss=mse"], "train.loss", 2),
    (["--set", "train.optimizer.learning_rate=1e38", "--set", "train.epochs=20"], "not finite", 1),
    (["--set", "data.directory=/nowhere"], "/nowhere", 2),
    (["--set", "model.initial_weights=/nowhere"], "/nowhere", 2),
    (["--output", "/proc/nowhere"], "/proc/nowhere", 2),
], ids=["data", "diverged", "files", "weights", "output"])
def test_a_run(config, ranks, arguments, text, code):
    done = start("run", config, *arguments, ranks=ranks)
    assert done.returncode == code and len(lines(done, text)) == 1, done.stderr


@pytest.mark.parametrize(("ranks", "per_run"), [(None, 1), (2, 2), (2, 1)])
@pytest.mark.parametrize(("parameter", "text"), [
    ("train.loss: {values: [sparse_categorical_crossentropy, mse]}", "train.loss is mse"),  # found as the run begins
    ("train.schedule.name: {values: [constant, step]}", "decay_steps"),  # found before any run
], ids=["late", "early"])
def test_a_run_of_a_sweep(config, ranks, per_run, parameter, text):
    with config.open("a") as file:
        file.write(f"sweep: {{parameters: {{{parameter}}}}}\n")
    done = start("run", config, "--set", f"parallel.ranks_per_run={per_run}", ranks=ranks)
    assert done.returncode == 3 and len(lines(done, text)) == 1, done.stderr
    assert len(lines(done, "1 of 2 runs failed")) == 1


def test_out_of_memory_says_what_needs_less(config):
    """The address space that a process may have ends some way beyond what it has once it trains."""
    done = subprocess.run(["bash", "-c", f"ulimit -v 3000000; exec {BINARY} run {config} --set model.hidden_size=14000 --set train.batch_size=60"],
                          capture_output=True, text=True, timeout=100)
    assert done.returncode in (1, 2) and "bad_alloc" not in done.stderr, done.stderr
    assert "memory" in done.stderr and "model.hidden_size" in done.stderr, done.stderr
