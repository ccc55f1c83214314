"""Times cellsweep against its peers and prints a table. tests/bench/peers/run --help explains the options."""

import argparse
import json
import os
import pathlib
import sys

from chart import draw
from machine import describe, headline
from measure import measure
from peer import GATES, PEERS
from sides import MeasurementError
from whole import measure_whole, table

COLUMNS = "{:10} {:>5}  {:26} {:>9} {:>9} {:>7} {:>15} {:>9} {:>7} {:>9} {:>7} {:>6} {:>6}"
HEADS = ("cell", "units", "peer", "ms/step", "cellsweep", "ratio", "min-max")
HEADS += ("GFLOP/s", "of peak", "cellsweep", "of peak", "peak", "pairs")


def line(row):
    """A row of the table."""
    ours, theirs = row["cellsweep"], row["peer"]
    low, high = row["ratio_range"]
    return COLUMNS.format(
        row["cell"],
        row["hidden"],
        f"{row['peer_name']} ({row['variant']})" if row["variant"] else row["peer_name"],
        f"{theirs['ms_per_step']:.3f}",
        f"{ours['ms_per_step']:.3f}",
        f"{row['ratio']:.2f}",
        f"{low:.2f}-{high:.2f}",
        f"{theirs['gflops']:.1f}",
        f"{theirs['share_of_peak']:.0%}",
        f"{ours['gflops']:.1f}",
        f"{ours['share_of_peak']:.0%}",
        f"{row['fma_peak_gflops']:.0f}",
        f"{row['pairs']}/{row['pairs_tried']}",
    )


def measure_rows(arguments, mnist, cases):
    """Prints each row when it is there, so that a run that is stopped has shown something."""
    print(COLUMNS.format(*HEADS), flush=True)
    rows = []
    for cell, hidden, peer in cases:
        try:
            row = measure(
                arguments.cellsweep, peer, cell, hidden, mnist, arguments.core, arguments.pairs, arguments.block_seconds
            )
        except MeasurementError as error:
            print(f"{cell:10} {hidden:>5}  {peer:26} not measured: {error}", flush=True)
            continue
        rows.append(row)
        print(line(row), flush=True)
    return rows


def write(path, results):
    path.write_text(json.dumps(results, indent=2) + "\n")
    print(f"results are in {path}", file=sys.stderr)


def at_least_one(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def above_zero(text):
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def parse():
    cores = os.sched_getaffinity(0)
    parser = argparse.ArgumentParser(prog="run", add_help=False)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--cellsweep", required=True)
    parser.add_argument("--cells", nargs="+", default=list(GATES), choices=list(GATES))
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--pairs", type=at_least_one)
    parser.add_argument("--block-seconds", type=above_zero, default=0.7)
    parser.add_argument("--core", type=int, default=max(cores), choices=sorted(cores))
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--epochs", type=at_least_one, default=10)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--sizes", action="store_true")
    modes.add_argument("--whole", action="store_true")
    modes.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    arguments.pairs = arguments.pairs or (1 if arguments.whole else 5 if arguments.sizes else 16)
    arguments.output = arguments.output or arguments.root / "build" / "peers"
    return arguments


def main():
    arguments = parse()
    mnist = arguments.root / "data" / "mnist"
    if arguments.check:
        from check import check

        return 0 if check(mnist) else 1
    machine = describe(arguments.cellsweep)
    print(headline(machine), flush=True)
    arguments.output.mkdir(parents=True, exist_ok=True)
    if arguments.whole:
        rows = measure_whole(arguments.root, arguments.cellsweep, mnist, arguments.epochs, arguments.pairs)
        print(table(rows, arguments.epochs))
        write(arguments.output / "whole.json", {"machine": machine, "epochs": arguments.epochs, "pairs": rows})
        return 0
    if arguments.sizes:
        cases = [(cell, hidden, "pytorch") for hidden in (256, 1024) for cell in arguments.cells]
    else:
        cases = [(cell, 64, peer) for cell in arguments.cells for peer in arguments.peers]
    results = {"machine": machine, "core": arguments.core, "block_seconds": arguments.block_seconds}
    results["rows"] = measure_rows(arguments, mnist, cases)
    name = "sizes" if arguments.sizes else "steps"
    write(arguments.output / f"{name}.json", results)
    if len(results["rows"]) < len(cases):
        return 1
    # A chart with bars missing would mislead.
    if not arguments.sizes:
        (arguments.output / "steps.svg").write_text(draw(results))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MeasurementError as error:
        sys.exit(f"run: {error}")
