"""The benchmark of sweeps: the cost of a run beyond its training, and whole sweeps against other programs.

    python benchmarks/sweep.py [--json FILE] [--rounds N] [--parts overhead,tracking,scaling,e1,peers] [--mnist FOLDER]

The project need not be installed. Whole commands are measured in turn, each in a temporary folder with its own store.
The module of each part under sweeps/ explains what it measures and why that is fair. Absolute times differ from machine
to machine and from day to day; compare ratios of one run. An idle machine with two cores takes about five minutes.
--full adds a sweep of 1,000 runs. --quick only tests the benchmark; its times mean nothing.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from sweeps.command import Place, cores  # noqa: E402
from sweeps.part import Figures, Options, Part, measure  # noqa: E402
from terminal import MNIST, attempt, check_places, finish, watch  # noqa: E402

from sweeps import e1, launchers, overhead, scaling, tracking  # noqa: E402

PARTS = {
    "overhead": overhead.part,
    "tracking": tracking.part,
    "scaling": scaling.part,
    "e1": e1.part,
    "peers": launchers.part,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time whole sweeps, and their cost beyond training.")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to FILE; their names end in the unit"
    )
    parser.add_argument("--rounds", type=int, help="runs of each command (default: 2; 1 with --quick)")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument(
        "--mnist", type=Path, metavar="FOLDER", help=f"MNIST for the part e1 (default: {MNIST}, if it exists)"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="add a sweep of 1,000 runs")
    size.add_argument("--quick", action="store_true", help="the smallest sizes, to test the benchmark itself")
    chosen = parser.parse_args()
    chosen.parts = chosen.parts.split(",")
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"--parts: {unknown[0] or 'an empty name'} must be among {', '.join(PARTS)}")
    if chosen.rounds is None:
        chosen.rounds = 1 if chosen.quick else 2
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    check_places(parser, chosen)
    chosen.options = Options(chosen.quick, chosen.full, chosen.mnist)
    return chosen


def table(name: str, part: Part, found: Figures) -> str:
    """Return the figures of a part as text, one line each, with their goals."""
    lines = [
        f"  {line.text:48}{found[key]:10.{0 if found[key] >= 1000 else 2}f}   {line.verdict(found[key])}".rstrip()
        for key, line in part.lines.items()
        if key in found
    ]
    return "\n".join([f"{name}: {part.title}", *lines])


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # sys.exit removes temporary folders
    chosen = arguments()
    found: dict[str, Figures | None] = {}
    with tempfile.TemporaryDirectory(prefix="zerosweep-bench-") as scratch:
        place = Place(Path(scratch))
        for name in chosen.parts:
            part = PARTS[name](chosen.options)
            if isinstance(part, str):
                print(f"{name}: not measured; {part}")
                continue
            measured = partial(measure, part, place, chosen.rounds, partial(watch, name))
            found[name] = attempt(name, measured, partial(table, name, part))
    from step import blas  # imported last, because it limits this process's environment to one thread

    print(f"{len(cores())} cores; the least time of {chosen.rounds} rounds each. {blas()}.")
    finish(found, chosen.json)


if __name__ == "__main__":
    main()
