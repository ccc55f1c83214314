"""What an all-reduce costs, and with it a training step, by formulas. Times are seconds, messages bytes."""

import dataclasses
import math

import numpy


@dataclasses.dataclass(frozen=True)
class Link:
    """One exchange of n bytes between two ranks, with adding them up, takes alpha + beta n."""

    alpha: float
    beta: float

    def exchange(self, size):
        return self.alpha + self.beta * size


def fit(sizes, seconds):
    """The Link nearest to times of exchanges, by least squares of the relative error: the sizes differ by orders of magnitude."""
    sizes, seconds = numpy.asarray(sizes, float), numpy.asarray(seconds, float)
    if len(set(sizes)) < 2 or (seconds <= 0).any():
        raise ValueError("a fit takes times above 0 of at least two sizes")
    rows = numpy.stack([numpy.ones_like(sizes), sizes], axis=1) / seconds[:, None]
    alpha, beta = numpy.linalg.lstsq(rows, numpy.ones_like(sizes), rcond=None)[0]
    return Link(float(alpha), float(beta))


def all_reduce(link, ranks, size):
    """The faster of recursive doubling and of Rabenseifner's algorithm: recursive halving, then doubling.

    Thakur, Rabenseifner and Gropp, "Optimization of Collective Communication Operations in MPICH", IJHPCA 19(1), 2005, section
    4.5, for a power of two of ranks; here, the time of the sum is part of beta, so the second is charged for it twice at most.
    """
    if ranks == 1:
        return 0.0
    rounds = math.ceil(math.log2(ranks))
    doubling = rounds * link.exchange(size)
    rabenseifner = 2 * rounds * link.alpha + 2 * (ranks - 1) / ranks * link.beta * size
    return min(doubling, rabenseifner)


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Hosts of equally many ranks, one a core. Sums are formed within each host, then between the hosts."""

    ranks_per_host: int
    within: Link
    between: Link

    def all_reduce(self, ranks, size):
        hosts = math.ceil(ranks / self.ranks_per_host)
        return all_reduce(self.within, min(ranks, self.ranks_per_host), size) + all_reduce(self.between, hosts, size)


@dataclasses.dataclass(frozen=True)
class Model:
    """An LSTM on MNIST's rows with synchronised batch normalisation, and what one rank takes for its share of a batch."""

    units: int
    overhead: float    # of a step, whatever the batch
    per_sample: float

    def messages(self):
        """Bytes of the sums of a step: all gradients in f32; batch normalisation's sums forward and backward in f64."""
        inputs, classes = 28, 10
        parameters = 4 * self.units * (inputs + self.units + 1) + 2 * self.units + classes * (self.units + 1)
        return [4 * parameters, 16 * self.units, 16 * self.units]

    def step(self, cluster, ranks, batch):
        """Of a global batch. The rank with most samples determines it."""
        samples = math.ceil(batch / ranks)
        computing = self.overhead + self.per_sample * samples
        return computing + sum(cluster.all_reduce(ranks, size) for size in self.messages())

    def strong_efficiency(self, cluster, ranks, batch):
        """Of `ranks` that share a batch which one rank would else compute: 1 is `ranks` times as fast."""
        return self.step(cluster, 1, batch) / (ranks * self.step(cluster, ranks, batch))

    def weak_efficiency(self, cluster, ranks, batch_per_rank):
        """Of `ranks` with so many samples each: 1 is that a step takes as long as that of one rank."""
        return self.step(cluster, 1, batch_per_rank) / self.step(cluster, ranks, ranks * batch_per_rank)
