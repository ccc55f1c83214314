"""Times cellsweep against its peers on a GPU and prints a table. tests/bench/gpu/run --help explains the options."""

import argparse
import contextlib
import importlib.util
import itertools
import json
import pathlib
import sys

from device_peer import PEERS
from gpu import describe, headline
from pairs import Cellsweep, compare, start_peer
from peer import GATES
from peers import above_zero, at_least_one
from sides import MeasurementError

HEADS = ("cell", "units", "batch", "peer", "ms/step", "cellsweep", "ratio", "min-max", "samples/s", "cellsweep")
HEADS += ("GPU ms", "cellsweep", "pairs")


def cells_of(row):
    """A row of the table."""
    ours, theirs = row["cellsweep_ms"], row["peer_ms"]
    low, high = row["ratio_range"]
    peer = PEERS[row["peer"]] + (f" ({row['variant']})" if row["variant"] else "")
    rates = [f"{1e3 * row['batch'] / ms:,.0f}" for ms in (theirs, ours)]
    busy = ["-" if ms is None else f"{ms:.3f}" for ms in (row["peer_gpu_ms"], row["cellsweep_gpu_ms"])]
    measured = [f"{theirs:.3f}", f"{ours:.3f}", f"{row['ratio']:.2f}", f"{low:.2f}-{high:.2f}", *rates, *busy]
    return [row["cell"], row["hidden"], row["batch"], peer, *measured, row["pairs"]]


def table_line(cells):
    return f"| {' | '.join(map(str, cells))} |"


def measure_case(arguments, case, missing):
    """The rows of a cell, a size and a batch, and what was not measured as (peer, reason)."""
    cell, hidden, batch = case
    place = (arguments.samples, arguments.mnist, arguments.device)
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(contextlib.closing(Cellsweep(arguments.cellsweep, *case, *place)))
        for peer in arguments.peers:
            if peer in missing:
                continue
            try:
                with contextlib.closing(start_peer(peer, *case, *place)) as theirs:
                    measured = compare(ours, theirs, arguments.pairs, arguments.block_seconds)
            except MeasurementError as error:
                yield None, f"{cell}, {hidden} units, batch {batch}, {peer}: {error}"
                continue
            yield {"cell": cell, "hidden": hidden, "batch": batch, "peer": peer} | measured, None


def measure_all(arguments, missing):
    """Prints each row when it is there, so that a run that is stopped has shown something."""
    rows, failures = [], [f"{peer}: not installed" for peer in missing]
    lines = [table_line(HEADS), table_line(["---"] * len(HEADS))]
    print(*lines, sep="\n", flush=True)
    for case in itertools.product(arguments.cells, arguments.hidden, arguments.batches):
        try:
            for row, failure in measure_case(arguments, case, missing):
                if failure:
                    failures.append(failure)
                    continue
                rows.append(row)
                lines.append(table_line(cells_of(row)))
                print(lines[-1], flush=True)
        except MeasurementError as error:
            failures.append(f"{', '.join(map(str, case))}: {error}")
    return rows, lines, failures


def parse():
    parser = argparse.ArgumentParser(prog="run", add_help=False)
    parser.add_argument("--cellsweep", required=True)
    parser.add_argument("--mnist", type=pathlib.Path, required=True)
    parser.add_argument("--cells", nargs="+", default=list(GATES), choices=list(GATES))
    parser.add_argument("--hidden", nargs="+", type=at_least_one, default=[64, 256, 1024])
    parser.add_argument("--batches", nargs="+", type=at_least_one, default=[64, 512, 4096])
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--pairs", type=at_least_one, default=15)
    parser.add_argument("--block-seconds", type=above_zero, default=0.5)
    parser.add_argument("--samples", type=at_least_one, default=57344)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    for batch in arguments.batches:
        if arguments.samples % batch:
            parser.error(f"--samples must be a multiple of every batch, and {arguments.samples} is not one of {batch}")
    return arguments


def main():
    arguments = parse()
    library = {"jax": "jax", "pytorch": "torch", "pytorch_graphs": "torch"}
    missing = [peer for peer in arguments.peers if importlib.util.find_spec(library[peer]) is None]
    for peer in missing:
        print(f"run: {library[peer]} IS NOT INSTALLED: {peer} IS LEFT OUT", file=sys.stderr)
    if arguments.check:
        from check_device import check

        return 0 if check(arguments.mnist, [p for p in arguments.peers if p not in missing], arguments.device) else 1
    machine = describe(arguments.cellsweep, arguments.device)
    print(headline(machine), end="\n\n", flush=True)
    rows, lines, failures = measure_all(arguments, missing)
    notes = [f"not measured: {failure}" for failure in failures]
    print("", *notes, sep="\n")
    arguments.output.mkdir(parents=True, exist_ok=True)
    keep = {"machine": machine, "block_seconds": arguments.block_seconds, "samples": arguments.samples}
    (arguments.output / "steps.json").write_text(json.dumps(keep | {"rows": rows, "failures": failures}, indent=2) + "\n")
    (arguments.output / "steps.md").write_text("\n".join([headline(machine), "", *lines, "", *notes]) + "\n")
    print(f"results are in {arguments.output}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
