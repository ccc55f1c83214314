"""JAX on a GPU: gathering a batch and the whole step are one compiled program."""

import time

import jax
import jax.numpy as jnp
import numpy as np
from device_peer import DevicePeer
from jax_peer import Jax

TIMED_STEPS = 100


class DeviceJax(DevicePeer, Jax):
    def __init__(self, cell, hidden, learning_rate, images, labels, batch, device):
        platform = jax.default_backend()
        if platform != ("gpu" if device == "cuda" else "cpu"):
            raise RuntimeError(f"this JAX computes on the {platform}, not on {device}")
        # The default rounds f32 to TF32 on GPUs.
        jax.config.update("jax_default_matmul_precision", "highest")
        self.batch = batch
        super().__init__("device", cell, hidden, learning_rate)
        self.images, self.labels = jnp.asarray(images), jnp.asarray(labels)
        self.shuffle = jax.jit(lambda key: jax.random.permutation(key, len(images)))
        self.key, self.position = jax.random.key(1), 0
        self.new_order()

    def new_order(self):
        self.key, key = jax.random.split(self.key)
        self.order, self.position = self.shuffle(key), 0

    def choose(self, variant):
        super().choose(variant)
        update, batch = self.update, self.batch

        def step(parameters, moving_statistics, images, labels, order, position):
            chosen = jax.lax.dynamic_slice(order, (position,), (batch,))
            inputs = images[chosen].astype(jnp.float32) / 255
            return update(parameters, moving_statistics, inputs, labels[chosen])

        self.compiled = jax.jit(step, donate_argnums=(0, 1))

    def train(self, steps):
        for _ in range(steps):
            if self.position + self.batch > len(self.images):
                self.new_order()
            self.parameters, self.moving_statistics = self.compiled(
                self.parameters, self.moving_statistics, self.images, self.labels, self.order, np.int32(self.position)
            )
            self.position += self.batch
        jax.block_until_ready((self.parameters, self.moving_statistics))

    def prepare(self):
        times, programs = {}, {}
        for variant in self.updates:
            self.choose(variant)
            super().prepare()
            start = time.perf_counter()
            self.train(TIMED_STEPS)
            times[variant], programs[variant] = time.perf_counter() - start, self.compiled
        self.variant = min(times, key=times.get)
        self.compiled = programs[self.variant]
