"""The two sides of a benchmark: the order of their blocks, which way a ratio goes, processes that end or are silent."""

import os
import sys

import pytest
from conftest import SOURCE

sys.path.insert(0, str(SOURCE / "tests" / "bench" / "peers"))
import sides  # noqa: E402

ANSWERS = "import json, sys\nprint('{}', flush=True)\nfor line in sys.stdin: print(json.dumps({'steps': int(line)}), flush=True)"


def worker(script):
    return sides.Worker("peer", [sys.executable, "-c", script], os.environ)


def test_blocks_come_in_turn_and_pairs_that_do_not_count_are_tried_again():
    order = []

    def block(side):
        order.append(side)
        return None if len(order) == 4 else {"ms": len(order)}

    found, tried = sides.measure_pairs("A", "B", 2, block, tries=2)
    assert order == ["A", "B", "B", "A", "A", "B"] and tried == 3
    assert found == [({"ms": 1}, {"ms": 2}), ({"ms": 5}, {"ms": 6})]


def test_a_ratio_above_one_means_that_cellsweep_is_faster():
    found = [({"ms": 1.0}, {"ms": 3.0}), ({"ms": 2.0}, {"ms": 3.0}), ({"ms": 1.0}, {"ms": 10.0})]
    summary = sides.summarize(found, "ms")
    assert summary["ratio"] == 3 and summary["ratio_range"] == [1.5, 10] and summary["pairs"] == 3
    assert summary["cellsweep_ms"] == 1 and summary["peer_ms"] == 3


def test_a_worker_answers_until_it_is_closed():
    side = worker(ANSWERS)
    assert side.ready == {} and side.run(7) == {"steps": 7} and side.run(40) == {"steps": 40}
    side.close()
    assert side.process.returncode == 0


@pytest.mark.parametrize("script", ["raise SystemExit(3)", "print('{}', flush=True); raise SystemExit(3)"])
def test_a_worker_that_ends_is_an_error(script):
    with pytest.raises(sides.MeasurementError, match="ended with code 3"):
        worker(script).run(7)


def test_a_worker_that_has_ended_is_an_error():
    side = worker("print('{}', flush=True); raise SystemExit(3)")
    side.process.wait(timeout=30)
    with pytest.raises(sides.MeasurementError, match="ended with code 3"):
        side.run(7)


def test_a_silent_worker_is_ended(monkeypatch):
    monkeypatch.setattr(sides, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(sides, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(sides.MeasurementError, match="silent"):
        worker("import time; time.sleep(5)")
