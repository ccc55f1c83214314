"""Compares cellsweep's training step with those of PyTorch and JAX, one core each, in one run.

    cmake --build build --target step_time
    python -m venv /tmp/bench && /tmp/bench/bin/pip install numpy torch==2.11.0 jax==0.10.2
    /tmp/bench/bin/python tests/bench/step_time.py build/tests/bench/step_time

All train the quickstart's network (64 units, batch 64, 28 steps of 28 inputs, batch normalisation, ten classes, sgd) on one
thread pinned to one core. Blocks of some 0.7 s take turns A B B A, so that a drifting clock speed hits both alike; what is
printed is the median over the pairs of the peer's step time divided by cellsweep's (above 1: cellsweep is faster), the
median step times, and the core's multiply-add rate measured in between. JAX runs its lax.scan with the input's product
hoisted out of the loop, and differentiates it itself.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import torch

HIDDEN, BATCH, TIME, FEATURES, CLASSES = 64, 64, 28, 28, 10
MODULES = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


class Cellsweep:
    """A step_time process, which times steps when told to."""

    def __init__(self, program, cell, core):
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), program, cell], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"step_time ended with code {self.process.wait()}")
        return float(answer)

    def run(self, steps):
        return self.ask(f"run {steps}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class PyTorch:
    """The same network and step in eager PyTorch."""

    def __init__(self, cell):
        torch.manual_seed(1)
        self.recurrent = MODULES[cell](FEATURES, HIDDEN, batch_first=True)
        self.head = torch.nn.Sequential(
            torch.nn.BatchNorm1d(HIDDEN, eps=1e-3, momentum=0.01), torch.nn.Linear(HIDDEN, CLASSES)
        )
        parameters = [*self.recurrent.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.SGD(parameters, lr=0.01)
        self.inputs = torch.rand(BATCH, TIME, FEATURES)
        self.labels = torch.randint(CLASSES, (BATCH,))

    def step(self):
        self.optimizer.zero_grad()
        outputs, _ = self.recurrent(self.inputs)
        torch.nn.functional.cross_entropy(self.head(outputs[:, -1]), self.labels).backward()
        self.optimizer.step()

    def run(self, steps):
        return median_step(self.step, steps)


def jax_cell(cell, state, hoisted, kernel):
    """One step of Keras' cell: the state, and the product of its input, to the new state."""
    if cell == "simple_rnn":
        return jnp.tanh(hoisted + state @ kernel)
    if cell == "lstm":
        h, c = state
        i, f, g, o = jnp.split(hoisted + h @ kernel, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c
    z, r, n = jnp.split(hoisted, 3, axis=1)
    state_z, state_r, state_n = jnp.split(state @ kernel, 3, axis=1)
    z, r = jax.nn.sigmoid(z + state_z), jax.nn.sigmoid(r + state_r)
    return z * state + (1 - z) * jnp.tanh(n + r * state_n)


class Jax:
    """The same network and step in JAX, compiled as a whole."""

    def __init__(self, cell):
        gates = {"simple_rnn": 1, "lstm": 4, "gru": 3}[cell]
        keys = jax.random.split(jax.random.key(1), 4)
        self.parameters = {
            "kernel": 0.1 * jax.random.normal(keys[0], (FEATURES, gates * HIDDEN)),
            "recurrent": 0.1 * jax.random.normal(keys[1], (HIDDEN, gates * HIDDEN)),
            "bias": jnp.zeros(gates * HIDDEN),
            "gamma": jnp.ones(HIDDEN),
            "beta": jnp.zeros(HIDDEN),
            "dense": 0.1 * jax.random.normal(keys[2], (HIDDEN, CLASSES)),
            "dense_bias": jnp.zeros(CLASSES),
        }
        self.inputs = jax.random.uniform(keys[3], (BATCH, TIME, FEATURES))
        self.labels = jnp.arange(BATCH) % CLASSES

        def loss(p, inputs, labels):
            hoisted = jnp.swapaxes(inputs, 0, 1) @ p["kernel"] + p["bias"]
            zero = jnp.zeros((BATCH, HIDDEN))
            state, _ = jax.lax.scan(
                lambda state, x: (jax_cell(cell, state, x, p["recurrent"]), None),
                (zero, zero) if cell == "lstm" else zero,
                hoisted,
            )
            h = state[0] if cell == "lstm" else state
            h = (h - h.mean(0)) * jax.lax.rsqrt(h.var(0) + 1e-3) * p["gamma"] + p["beta"]
            scores = jax.nn.log_softmax(h @ p["dense"] + p["dense_bias"])
            return -jnp.take_along_axis(scores, labels[:, None], 1).mean()

        def update(p, inputs, labels):
            return jax.tree.map(lambda w, g: w - 0.01 * g, p, jax.grad(loss)(p, inputs, labels))

        self.update = jax.jit(update, donate_argnums=0)

    def step(self):
        self.parameters = self.update(self.parameters, self.inputs, self.labels)
        jax.block_until_ready(self.parameters)

    def run(self, steps):
        return median_step(self.step, steps)


def median_step(step, steps):
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


PEERS = {"pytorch": PyTorch, "jax": Jax}


def compare(program, cell, peer, core, pairs, block_seconds):
    ours, theirs = Cellsweep(program, cell, core), PEERS[peer](cell)
    steps = {side: max(1, round(1e3 * block_seconds / side.run(30))) for side in (ours, theirs)}
    times, peaks = {ours: [], theirs: []}, []
    for pair in range(pairs):
        for side in (ours, theirs) if pair % 2 == 0 else (theirs, ours):
            times[side].append(side.run(steps[side]))
        peaks.append(ours.ask("peak"))
    ours.close()
    ratio = statistics.median(b / a for a, b in zip(times[ours], times[theirs]))
    print(
        f"{cell:10}  {peer:7}  ratio {ratio:5.2f}  cellsweep {statistics.median(times[ours]):6.2f} ms  "
        f"{peer} {statistics.median(times[theirs]):6.2f} ms  peak {statistics.median(peaks):4.0f} GFLOP/s  ({pairs} pairs)",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description="cellsweep's step time against its peers'")
    parser.add_argument("program", help="the step_time binary")
    parser.add_argument("--cells", nargs="+", default=list(MODULES), choices=list(MODULES))
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="the core both run on, in turn")
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--block-seconds", type=float, default=0.7)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    torch.set_num_threads(1)
    for cell, peer in itertools.product(arguments.cells, arguments.peers):
        compare(arguments.program, cell, peer, arguments.core, arguments.pairs, arguments.block_seconds)


if __name__ == "__main__":
    main()
