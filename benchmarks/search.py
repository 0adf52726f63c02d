"""The benchmark of searches: TPE with pruning against random search, free workers against batches, large studies.

    python benchmarks/search.py [--json FILE] [--parts throughput,size,pruning,efficiency] [--mnist FOLDER]
    [--seeds N] [--runs N] [--rounds N] [--arms ARM,ARM] [--baseline ARM] [--networks NAME,NAME]
    [--pool N] [--sizes N,N] [--postgresql URL]

The project need not be installed. The module of each part under searches/ explains what it compares and why that is
fair. The parts `pruning` and `efficiency` count training steps, so their results do not depend on the load of the
machine; the parts `throughput` and `size` are timed. Two idle cores take about fifteen minutes. --arms adds TPE without
a pruner, with the pruner by diagnosis, random search with a pruner, and TPE that gets the worst value for a trial that
diverged.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from searches import efficiency, pruning, size, throughput  # noqa: E402
from searches.race import ARMS  # noqa: E402
from sweeps.command import Place, cores  # noqa: E402
from terminal import MNIST, attempt, check_places, finish, watch  # noqa: E402

PARTS = ("throughput", "size", "pruning", "efficiency")
"""The parts, in the order of measurement.

The process pools of `pruning` and `efficiency` leave a helper process of Python behind, for which `throughput` would wait.
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Compare searches: the best value within a budget of steps, and the time."
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to FILE; their names end in the unit"
    )
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--seeds", type=int, default=10, help="searches per arm and network (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=efficiency.BUDGET,
                        help="budget of every search, in full runs (default: %(default)s)")  # fmt: skip
    parser.add_argument("--arms", default="tpe_pruned,random", help=f"some of {', '.join(ARMS)} (default: %(default)s)")
    parser.add_argument("--baseline", default="random", help="the arm to compare with (default: %(default)s)")
    parser.add_argument("--networks", default="plain,bn",
                        help=f"some of {', '.join(efficiency.NETWORKS)} (default: %(default)s)")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="timed pairs of searches (default: %(default)s)")
    parser.add_argument("--pool", type=int, default=pruning.POOL,
                        help="runs of each network in the part pruning (default: %(default)s)")  # fmt: skip
    parser.add_argument("--sizes", default=",".join(map(str, size.SIZES)),
                        help="trials in the studies of the part size (default: %(default)s)")  # fmt: skip
    parser.add_argument("--postgresql", metavar="URL", help="also measure the part size in this database")
    parser.add_argument(
        "--mnist", type=Path, metavar="FOLDER", help=f"MNIST for the part efficiency (default: {MNIST}, if it exists)"
    )
    parser.add_argument("--quick", action="store_true", help="the smallest sizes, to test the benchmark itself")
    chosen = parser.parse_args()
    lists = {"parts": PARTS, "arms": ARMS, "networks": efficiency.NETWORKS}
    for option, known in lists.items():
        setattr(chosen, option, getattr(chosen, option).split(","))
        if unknown := [name for name in getattr(chosen, option) if name not in known]:
            parser.error(f"--{option}: {unknown[0] or 'an empty name'} must be among {', '.join(known)}")
    if chosen.baseline not in chosen.arms:
        parser.error(f"--arms: must include {chosen.baseline}, the baseline")
    if chosen.quick:
        chosen.seeds, chosen.runs, chosen.rounds, chosen.pool, chosen.sizes = 2, 2, 2, 4, "40,80"
    least = size.WARM + size.WINDOW
    chosen.sizes = [int(text) if text.isdecimal() else 0 for text in chosen.sizes.split(",")]
    if any(larger < smaller + least for smaller, larger in pairwise([0, *chosen.sizes])):
        parser.error(f"--sizes: must be ascending numbers, each at least {least} above the one before")
    for option in ("seeds", "rounds"):
        if getattr(chosen, option) < 2:
            parser.error(f"--{option} must be at least 2, so that there is an interval")
    for option in ("runs", "pool"):
        if getattr(chosen, option) < 1:
            parser.error(f"--{option} must be at least 1")
    check_places(parser, chosen)
    return chosen


def timed(chosen: argparse.Namespace, workers: int, show: Callable[[str], None]) -> dict[str, float]:
    """Return the figures of the part `throughput`, measured in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="zerosweep-bench-") as scratch:
        return throughput.measure(chosen.rounds, workers, Place(Path(scratch)), chosen.quick, show)


def sized(chosen: argparse.Namespace, show: Callable[[str], None]) -> dict[str, float]:
    """Return the figures of the part `size`, for files in a temporary folder and for the given database."""
    with size.files() as storages:
        if chosen.postgresql:
            storages["postgresql"] = chosen.postgresql
        return size.measure(storages, chosen.sizes, show)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # sys.exit removes temporary folders
    chosen = arguments()
    workers = len(cores())
    found: dict[str, dict[str, float] | None] = {}
    for name in (part for part in PARTS if part in chosen.parts):
        show = partial(watch, name)
        if name == "throughput":
            measured = partial(timed, chosen, max(workers, 2), show)
            found[name] = attempt(name, measured, throughput.table)
        elif name == "size":
            found[name] = attempt(name, partial(sized, chosen, show), size.table)
        elif chosen.mnist is None:
            print(f"{name}: not measured; it needs --mnist FOLDER")
        elif name == "pruning":
            networks = {network: efficiency.NETWORKS[network][1] for network in chosen.networks}
            measured = partial(pruning.measure, networks, chosen.seeds, chosen.pool, chosen.mnist, workers, show)
            found[name] = attempt(name, measured, pruning.table)
        else:
            measured = partial(
                efficiency.measure,
                chosen.arms,
                chosen.baseline,
                chosen.networks,
                chosen.seeds,
                chosen.runs,
                chosen.mnist,
                workers,
                show,
            )
            found[name] = attempt(name, measured, efficiency.table)
    load = f"; a load of {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    print(f"{workers} cores{load}.")
    finish(found, chosen.json)


if __name__ == "__main__":
    main()
