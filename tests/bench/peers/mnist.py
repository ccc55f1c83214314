"""MNIST's rows as every peer gets them."""

import gzip
import pathlib

import numpy as np


def read_idx(directory, name):
    """The array of one of MNIST's files, plain or .gz."""
    path = pathlib.Path(directory) / name
    raw = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(f"{name}.gz").read_bytes())
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">i4", dimensions, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load(directory, part):
    """(samples, 28, 28) float32 from 0 to 1, and int32 labels; part is "train" or "t10k"."""
    images = read_idx(directory, f"{part}-images-idx3-ubyte").astype(np.float32) / 255
    return images, read_idx(directory, f"{part}-labels-idx1-ubyte").astype(np.int32)


class Batches:
    """The training samples, shuffled once and cut into whole batches, over and over.

    A peer's batch is a slice of memory and costs it nothing, while cellsweep's step gathers its own from all samples.
    """

    def __init__(self, directory, size):
        images, labels = load(directory, "train")
        order = np.random.default_rng(1).permutation(len(images))
        self.images, self.labels, self.size, self.position = images[order], labels[order], size, 0

    def take(self, count=1):
        """Inputs and labels of the next count batches, which lie one after the other in memory."""
        samples = count * self.size
        if self.position + samples > len(self.images):
            self.position = 0
        chosen = slice(self.position, self.position + samples)
        self.position += samples
        return self.images[chosen], self.labels[chosen]
