"""tests/bench/scaling: known costs are found back, and the formulas say what they must where it can be said by hand."""

import os
import subprocess
import sys

import numpy
import pytest
from conftest import SOURCE

sys.path.insert(0, str(SOURCE / "tests/bench/scaling"))
import cost  # noqa: E402

LINK = cost.Link(alpha=2e-5, beta=1e-9)
SIZES = [8, 128, 1024, 8192, 65536, 1 << 20, 4 << 20]


def test_a_known_link_is_found_back():
    found = cost.fit(SIZES, [LINK.exchange(size) for size in SIZES])
    assert (found.alpha, found.beta) == (pytest.approx(LINK.alpha), pytest.approx(LINK.beta))


def test_noise_moves_a_fit_by_as_much_as_there_is():
    random = numpy.random.default_rng(3)
    sizes = SIZES * 20
    found = cost.fit(sizes, [LINK.exchange(size) * random.uniform(0.95, 1.05) for size in sizes])
    assert found.alpha == pytest.approx(LINK.alpha, rel=0.02) and found.beta == pytest.approx(LINK.beta, rel=0.02)
    assert found.alpha != LINK.alpha


@pytest.mark.parametrize("sizes, seconds", [([8], [1]), ([8, 8], [1, 1]), ([8, 80], [1, 0])])
def test_what_no_line_goes_through(sizes, seconds):
    with pytest.raises(ValueError, match="at least two sizes"):
        cost.fit(sizes, seconds)


def test_an_all_reduce_by_hand():
    assert cost.all_reduce(LINK, 1, 1 << 20) == 0
    assert cost.all_reduce(LINK, 2, 1000) == pytest.approx(LINK.exchange(1000))
    # Short: three exchanges of everything. Long: six waits, and 7/8 of everything there and back.
    assert cost.all_reduce(LINK, 8, 8) == pytest.approx(3 * (2e-5 + 8e-9))
    assert cost.all_reduce(LINK, 8, 1 << 30) == pytest.approx(6 * 2e-5 + 2 * 7 / 8 * (1 << 30) * 1e-9)
    assert cost.all_reduce(LINK, 5, 8) == cost.all_reduce(LINK, 8, 8), "rounds are whole"


def test_ranks_of_a_host_do_not_use_the_network():
    free = cost.Link(0, 0)
    cluster = cost.Cluster(ranks_per_host=4, within=free, between=LINK)
    assert cluster.all_reduce(4, 1000) == 0
    assert cluster.all_reduce(8, 1000) == cost.all_reduce(LINK, 2, 1000)
    assert cost.Cluster(4, LINK, free).all_reduce(8, 1000) == cost.all_reduce(LINK, 4, 1000)


def test_a_step_has_the_sums_that_are_sent():
    model = cost.Model(units=64, overhead=0, per_sample=1e-5)
    assert model.messages() == [4 * 24586, 1024, 1024], "the LSTM that the README counts"
    cluster = cost.Cluster(1, LINK, LINK)
    sums = sum(cost.all_reduce(LINK, 4, size) for size in model.messages())
    assert model.step(cluster, 4, 62) == pytest.approx(16e-5 + sums)


def test_efficiency():
    free = cost.Cluster(64, cost.Link(0, 0), cost.Link(0, 0))
    perfect = cost.Model(units=8, overhead=0, per_sample=1e-5)
    assert perfect.strong_efficiency(free, 16, 64) == pytest.approx(1)
    assert perfect.strong_efficiency(free, 128, 64) == pytest.approx(0.5), "half of the ranks have no sample"
    half = cost.Model(units=8, overhead=1e-5, per_sample=1e-5)
    assert half.strong_efficiency(free, 64, 64) == pytest.approx(65 / 128)
    assert half.weak_efficiency(free, 1024, 64) == pytest.approx(1)
    dear = cost.Cluster(1, cost.Link(0, 0), cost.Link(half.step(free, 1, 64) / 3, 0))
    assert half.weak_efficiency(dear, 2, 64) == pytest.approx(0.5), "three sums as long as a third of the step"


@pytest.mark.parametrize("arguments", [["--alpha", "1"], ["--repeats", "0"]])
def test_arguments_that_do_not_fit(arguments):
    done = subprocess.run([sys.executable, SOURCE / "tests/bench/scaling/run", *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 2 and arguments[0] in done.stderr
