"""What a peer on a GPU is: samples and weights that stay there, and steps that nobody waits for one by one."""

import abc

PEERS = {"pytorch": "PyTorch, eager", "pytorch_graphs": "PyTorch, CUDA graphs", "jax": "JAX"}


class DevicePeer(abc.ABC):
    """The network of peers/peer.py, on samples of its own: images (samples, 28, 28) of bytes, and labels."""

    @abc.abstractmethod
    def train(self, steps):
        """So many steps on batches of a new random order in each epoch, the last one finished when it returns."""

    def prepare(self):
        """Compiles, and chooses the variant that is fastest here. Called once, before anything is timed."""
        self.train(20)

    def gpu_ms_per_step(self):
        """How long a step keeps the GPU busy, or None if that cannot be known."""


def make_peer(name, *arguments):
    """The peer of that name: (name, cell, hidden, learning rate, images, labels, batch size, "cuda" or "cpu")."""
    if name == "jax":
        from jax_device import DeviceJax

        return DeviceJax(*arguments)
    from pytorch_device import Eager, Graphs

    return (Graphs if name == "pytorch_graphs" else Eager)(*arguments)
