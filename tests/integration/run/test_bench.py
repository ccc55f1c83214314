"""cellsweep bench: the parts that it prints sum to the whole, and it leaves nothing."""

import json

import pytest
from conftest import start

PARTS = ["gather", "forward", "backward", "all_reduce", "update"]


@pytest.mark.parametrize("ranks", [None, 2])
def test_parts_sum_to_the_step(config, tmp_path, ranks):
    done = start("bench", config, "--steps", 40, "--json", ranks=ranks)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert result["cell"] == "gru" and result["engine"] == "fused" and result["steps"] == 40
    assert result["ranks"] == (ranks or 1)
    assert list(result["parts"]) == PARTS
    assert 0 < sum(result["parts"].values()) < 1.5 * result["ms_per_step"]  # medians of parts need not sum exactly
    # 6 steps of 5 inputs into 3 gates of 8 units, batch 7; forward, weights' and states' gradients.
    from_input, from_state = 6 * 2 * 3 * 8 * 5, 5 * 2 * 3 * 8 * 8
    flops = 7 * (2 * (from_input + from_state) + from_state)
    assert result["gflops"] == pytest.approx(flops / result["ms_per_step"] / 1e6)
    assert result["share_of_peak"] == pytest.approx(result["gflops"] / result["fma_peak_gflops"] / (ranks or 1))
    assert result["samples_per_second"] == pytest.approx(7e3 / result["ms_per_step"])
    assert result["evaluation_samples_per_second"] > 0
    assert not (tmp_path / "runs").exists()


def test_a_sweep_has_a_line_a_run(config):
    config.write_text(config.read_text() + "sweep: {parameters: {model.cell: {values: [simple_rnn, lstm]}}}\n")
    done = start("bench", config, "--steps", 5, "--json")
    assert [json.loads(line)["cell"] for line in done.stdout.splitlines()] == ["simple_rnn", "lstm"]
    people = start("bench", config, "--steps", 5).stdout
    assert all(word in people for word in ["001-simple_rnn", "002-lstm", "ms/step", "GFLOP/s", *PARTS])


def test_steps_must_be_positive(config):
    done = start("bench", config, "--steps", 0)
    assert done.returncode == 2 and "--steps" in done.stderr


def test_blocks_are_timed_as_stdin_asks(config):
    done = start("bench", config, "--steps", 5, "--json", "--blocks", stdin="7\n40\n")
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["steps"] for result in results] == [5, 7, 40]
    # Half of all values are at least the median. The mean has what lies between steps, too.
    assert all(result["mean_ms_per_step"] > result["ms_per_step"] / 2 for result in results[1:])


@pytest.mark.parametrize(
    ("stdin", "ranks", "more", "message"),
    [
        ("0\n", None, "", "got '0'"),
        ("7 steps\n", None, "", "got '7 steps'"),
        ("7\n", 2, "", "one rank"),
        ("7\n", None, "sweep: {parameters: {model.cell: {values: [simple_rnn, lstm]}}}\n", "one run"),
    ],
)
def test_blocks_of_what_cannot_be(config, stdin, ranks, more, message):
    config.write_text(config.read_text() + more)
    done = start("bench", config, "--steps", 5, "--json", "--blocks", ranks=ranks, stdin=stdin)
    assert done.returncode == 2 and message in done.stderr
