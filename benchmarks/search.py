"""What a search gains by how it searches: proposals and pruning against chance, and workers without a barrier against batches.

    python benchmarks/search.py [--json FILE] [--parts throughput,efficiency] [--seeds N] [--runs N] [--rounds N] [--mnist FOLDER]

needs no installation of the project. What each part compares, and why that is fair, is in its module under searches/. The
efficiency counts steps, so that a busy machine changes nothing; the throughput is timed. Two cores take some five minutes;
--arms adds TPE without a pruner, random search with one, and TPE that is told what diverged as the worst value.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from searches import efficiency, throughput  # noqa: E402
from searches.race import ARMS  # noqa: E402
from sweeps.command import Place, cores  # noqa: E402
from terminal import MNIST, attempt, check_places, keep, watch  # noqa: E402

PARTS = ("throughput", "efficiency")
"""In turn: the pool of the second leaves a process of Python's own behind, which the first would wait for."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare searches: what they find in so many steps, and how fast.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there; their names have the units")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument(
        "--seeds", type=int, default=10, help="searches of each arm on each network (default: %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=efficiency.BUDGET,
                        help="full runs whose steps every search may do (default: %(default)s)")  # fmt: skip
    parser.add_argument("--arms", default="tpe_pruned,random", help=f"some of {', '.join(ARMS)} (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs that are timed (default: %(default)s)")
    parser.add_argument(
        "--mnist", type=Path, metavar="FOLDER", help=f"for the efficiency (default: {MNIST}, if it is there)"
    )
    parser.add_argument("--quick", action="store_true", help="as small as can be, to test the benchmark")
    chosen = parser.parse_args()
    chosen.parts, chosen.arms = chosen.parts.split(","), chosen.arms.split(",")
    for option, known in (("parts", PARTS), ("arms", ARMS)):
        if unknown := [name for name in getattr(chosen, option) if name not in known]:
            parser.error(f"--{option}: {unknown[0] or 'an empty name'} is none of {', '.join(known)}")
    if efficiency.BASELINE not in chosen.arms:
        parser.error(f"--arms: {efficiency.BASELINE} must be among them, to be compared with")
    if chosen.quick:
        chosen.seeds, chosen.runs, chosen.rounds = 2, 2, 2
    for option in ("seeds", "rounds"):
        if getattr(chosen, option) < 2:
            parser.error(f"--{option} must be at least 2, for an interval")
    if chosen.runs < 1:
        parser.error("--runs must be at least 1")
    check_places(parser, chosen)
    return chosen


def timed(chosen: argparse.Namespace, workers: int, tell: Callable[[str], None]) -> dict[str, float]:
    """The throughput, measured in a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="zerosweep-bench-") as scratch:
        return throughput.measure(chosen.rounds, workers, Place(Path(scratch)), chosen.quick, tell)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # with all that is to be removed
    chosen = arguments()
    workers = len(cores())
    found: dict[str, dict[str, float] | None] = {}
    for name in (part for part in PARTS if part in chosen.parts):
        tell = partial(watch, name)
        if name == "throughput":
            measured = partial(timed, chosen, max(workers, 2), tell)
            found[name] = attempt(name, measured, throughput.table)
        elif chosen.mnist is None:
            print("efficiency: not measured; it needs --mnist FOLDER")
        else:
            measured = partial(efficiency.measure, chosen.arms, chosen.seeds, chosen.runs, chosen.mnist, workers, tell)
            found[name] = attempt(name, measured, efficiency.table)
    load = f"; a load of {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    print(f"{workers} cores{load}.")
    keep(found, chosen.json)


if __name__ == "__main__":
    main()
