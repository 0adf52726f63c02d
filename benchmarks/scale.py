"""The benchmark of size: planning, start, tracking and the store at 20,000 runs, of one checkout or of two in turn.

    python benchmarks/scale.py [--json FILE] [--against CHECKOUT] [--store DATABASE] [--parts planning,start,...]

With --against the same commands are run in another checkout of the project, one part after the other, and the table has
both; what would take a process more than a minute of CPU time is left out (inf, null in FILE). The figures that count
are CPU seconds of all processes: the clock depends on what else the machine does. The store is filled first (see
scales/fill.py), which takes some minutes; --store keeps it for the next time. --quick only tests the benchmark; its
times mean nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from scales.parts import PARTS, Figures, Place  # noqa: E402
from scales.spend import adopt_orphans, spend  # noqa: E402

RUNS, SIZES = 20_000, (10, 1_000, 10_000)
QUICK_RUNS, QUICK_SIZES = 48, (4, 12, 44)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time planning, start, tracking and the store at size.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE; names end in the unit")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="a second checkout, to compare with")
    parser.add_argument("--store", type=Path, metavar="DATABASE", help="the store at size, filled if it lacks runs")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--sizes", metavar="N,N,N", help="runs of the three plans, the smallest first")
    parser.add_argument("--rounds", type=int, default=1, help="measurements of each checkout; the least counts")
    parser.add_argument("--quick", action="store_true", help="the smallest sizes, to test the benchmark itself")
    chosen = parser.parse_args()
    chosen.parts = chosen.parts.split(",")
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"--parts: {unknown[0] or 'an empty name'} must be among {', '.join(PARTS)}")
    return chosen


def table(found: dict[str, Figures]) -> str:
    """Return the figures as text: a line each, a column for each checkout, and their ratio."""
    names = [*found]
    lines = [f"{'':34}" + "".join(f"{name:>12}" for name in [*names, "ratio"][: len(names) + (len(names) > 1)])]
    for name in dict.fromkeys(name for figures in found.values() for name in figures):
        values = [figures.get(name) for figures in found.values()]
        cells = "".join(f"{'-' if value is None else f'{value:.4g}':>12}" for value in values)
        ratio = f"{values[1] / values[0]:12.2f}" if len(values) == 2 and values[0] and values[1] is not None else ""
        lines.append(f"{name:34}{cells}{ratio}")
    return "\n".join(lines)


def main() -> None:
    chosen = arguments()
    adopt_orphans()
    checkouts = {"before": chosen.against.absolute()} if chosen.against else {}
    checkouts |= {"after" if chosen.against else "here": HERE.parent}
    runs, sizes = (QUICK_RUNS, QUICK_SIZES) if chosen.quick else (RUNS, SIZES)
    if chosen.sizes:
        sizes = tuple(map(int, chosen.sizes.split(",")))
    found: dict[str, Figures] = {name: {} for name in checkouts}
    with tempfile.TemporaryDirectory(prefix="zerosweep-scale-") as scratch:
        full = (chosen.store or Path(scratch) / "full" / "mlflow.db").absolute()
        full.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(HERE / "scales" / "fill.py"), str(full), str(runs)], check=True)
        empty = Path(scratch) / "empty.db"
        train = str(HERE.parent / "src" / "train.py")
        spend([train, "-m", "seed=0", "plan=true", "hydra.sweep.dir=logs"], empty, Path(scratch) / "first")
        for name in chosen.parts:
            for number in range(chosen.rounds):
                order = [*checkouts.items()]
                for label, checkout in order if number % 2 == 0 else reversed(order):
                    measured = PARTS[name](Place(checkout, Path(scratch) / label, empty, full, sizes))
                    for key, value in measured.items():
                        found[label][key] = round(min(value, found[label].get(key, value)), 4)
            print(f"{name} measured", file=sys.stderr, flush=True)
            if chosen.json:
                finite = {
                    label: {key: value if math.isfinite(value) else None for key, value in figures.items()}
                    for label, figures in found.items()
                }
                chosen.json.write_text(json.dumps(finite, indent=2) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
