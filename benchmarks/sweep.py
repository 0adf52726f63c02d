"""What a sweep costs beside its training, and what whole sweeps take: ours, beside others that train the same networks.

    python benchmarks/sweep.py [--json FILE] [--rounds N] [--parts overhead,tracking,scaling,e1,peers] [--mnist FOLDER]

needs no installation of the project. What is measured are whole commands, in turn, each in a scratch folder with a store of
its own; what each part measures, and why that is fair, is in its module under sweeps/. Absolute times move from machine
to machine and from day to day, ratios of one run hold. With nothing else to do, a machine of two cores takes some five
minutes; --full adds a sweep of 1,000 runs, --quick is for a test of the benchmark and shows nothing about speed.
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
from terminal import MNIST, attempt, check_places, keep, watch  # noqa: E402

from sweeps import e1, launchers, overhead, scaling, tracking  # noqa: E402

PARTS = {
    "overhead": overhead.part,
    "tracking": tracking.part,
    "scaling": scaling.part,
    "e1": e1.part,
    "peers": launchers.part,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time whole sweeps, and what they cost beside their training.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there; their names have the units")
    parser.add_argument("--rounds", type=int, help="turns that every command gets (default: 2; 1 with --quick)")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help=f"for e1 (default: {MNIST}, if it is there)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="1,000 runs too")
    size.add_argument("--quick", action="store_true", help="as small as can be, to test the benchmark")
    chosen = parser.parse_args()
    chosen.parts = chosen.parts.split(",")
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"--parts: {unknown[0] or 'an empty name'} is none of {', '.join(PARTS)}")
    if chosen.rounds is None:
        chosen.rounds = 1 if chosen.quick else 2
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    check_places(parser, chosen)
    chosen.options = Options(chosen.quick, chosen.full, chosen.mnist)
    return chosen


def table(name: str, part: Part, found: Figures) -> str:
    """The part's figures, a line each, with the goals that were set for them."""
    lines = [
        f"  {line.text:48}{found[key]:10.{0 if found[key] >= 1000 else 2}f}   {line.verdict(found[key])}".rstrip()
        for key, line in part.lines.items()
        if key in found
    ]
    return "\n".join([f"{name}: {part.title}", *lines])


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # with all that is to be removed
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
    from step import blas  # only now: it sets the environment to one thread

    print(f"{len(cores())} cores; the least of {chosen.rounds} rounds each. {blas()}.")
    keep(found, chosen.json)


if __name__ == "__main__":
    main()
