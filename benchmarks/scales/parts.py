"""The parts of the scale benchmark: each measures a checkout of the project and returns figures by name."""

from __future__ import annotations

import json
import math
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scales.spend import LIMIT, TOO_LONG, Spent, spend

Figures = dict[str, float]

HERE = Path(__file__).resolve().parent

IDENTITY = """
import sys; sys.path.insert(0, sys.argv[1])
from zerosweep.runs.sources import code_id
print(code_id())
"""


@dataclass(frozen=True)
class Place:
    """Where a part measures.

    Attributes:
        checkout: The checkout of the project that is measured.
        folder: A folder for its output.
        empty: A store with no run, which each command gets a copy of.
        full: The store at size.
        sizes: The sizes of plans and reports, the smallest first.
    """

    checkout: Path
    folder: Path
    empty: Path
    full: Path
    sizes: Sequence[int]

    def train(self, database: Path, *arguments: str) -> Spent:
        """Run `python src/train.py` with these arguments."""
        command = [str(self.checkout / "src" / "train.py"), *arguments, "hydra.sweep.dir=logs"]
        return spend(command, database, self.folder)

    def fresh(self) -> Path:
        """Return a copy of the empty store."""
        file = self.folder / "fresh.db"
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("fresh.db*"):
            left.unlink()
        file.write_bytes(self.empty.read_bytes())
        return file


def planning(place: Place) -> Figures:
    """Plan sweeps of several sizes over an empty store and over the full one, where all runs are recorded."""
    adopt_code(place)
    found: Figures = {}
    for name, database in (("", place.empty), ("full_", place.full)):
        few, middle, many = place.sizes
        spent = {n: place.train(database, "-m", *_grid(n), "plan=true") for n in (few, middle)}
        hopeless = spent[middle].cpu / middle * many > LIMIT
        spent[many] = TOO_LONG if hopeless else place.train(database, "-m", *_grid(many), "plan=true")
        found |= {f"plan_{name}{n}_cpu_s": each.cpu for n, each in spent.items()}
        found |= {f"plan_{name}{n}_wall_s": each.wall for n, each in spent.items()}
        largest = many if math.isfinite(spent[many].cpu) else middle
        found[f"plan_{name}cpu_ms_a_run"] = _slope(spent, few, largest) * 1e3
        found[f"plan_{name}flatness"] = _slope(spent, middle, many) / _slope(spent, few, middle)
        found[f"plan_{name}memory_mb"] = spent[largest].memory
    return found


def start(place: Place) -> Figures:
    """Do a sweep of six runs, and again, when all of them are recorded."""
    six = ("-m", "optimizer=sgd,adam,momentum", "bn=true,false", "trainer.iterations=20", "tracking.figures=false")
    database = place.fresh()
    new, cached = place.train(database, *six), place.train(database, *six)
    assert new.first is not None
    return {
        "first_run_s": new.first,
        "sweep_of_six_cpu_s": new.cpu,
        "cached_six_wall_s": cached.wall,
        "cached_six_cpu_s": cached.cpu,
    }


def tracking(place: Place) -> Figures:
    """Measure the CPU time that each further run of a sweep costs, and what bare calls of MLflow's client cost."""
    few, many = 4, 24
    spent = {
        n: place.train(
            place.fresh(), "-m", f"seed=range({n})", "tracking.figures=false", "hydra.launcher.workers=1",
            "report.figure=none",
        )
        for n in (few, many)
    }  # fmt: skip
    return {"run_cpu_ms": _slope(spent, few, many) * 1e3} | _printed(place, "floor.py", str(place.fresh()))


def reading(place: Place) -> Figures:
    """Read the full store: data frames, curves, the queries of a sweep's end, and comparisons."""
    found = _printed(place, "reads.py", str(place.full))
    compare = str(place.checkout / "src" / "compare.py")
    for sweeps in (1, 10):
        if sweeps > 1 and found["compare_1000_cpu_s"] > LIMIT / 2:
            break
        chosen = f"tags.sweep LIKE 'fill-00{'%' if sweeps > 1 else 0}'"
        spent = spend([compare, chosen], place.full, place.folder)
        found[f"compare_{sweeps}000_cpu_s"], found[f"compare_{sweeps}000_memory_mb"] = spent.cpu, spent.memory
    return found


PARTS: dict[str, Callable[[Place], Figures]] = {
    "planning": planning, "start": start, "tracking": tracking, "reading": reading,
}  # fmt: skip


def adopt_code(place: Place) -> None:
    """Give the runs of the full store the code_id of a checkout, so that they answer its sweeps."""
    command = [sys.executable, "-c", IDENTITY, str(place.checkout / "src")]
    code = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with closing(sqlite3.connect(place.full)) as connection:
        connection.execute("UPDATE tags SET value = ? WHERE key = 'code_id' AND value <> ?", [code, code])
        connection.commit()


def _grid(runs: int) -> list[str]:
    """Return the overrides of a grid whose runs are in the full store, if it has that many."""
    if runs < 40:
        return [f"seed=range({runs})", "bn=true", "trainer.epochs=1"]
    return [f"seed=range({runs // 4})", "optimizer=sgd,adam", "bn=true,false", "trainer.epochs=1"]


def _slope(spent: dict[int, Spent], few: int, many: int) -> float:
    return (spent[many].cpu - spent[few].cpu) / (many - few)


def _printed(place: Place, program: str, *arguments: str) -> Figures:
    """Run a program of this folder with a checkout, and return the JSON object in its last line."""
    spent = spend([str(HERE / program), str(place.checkout), *arguments], place.full, place.folder)
    figures: Figures = json.loads(spent.output.splitlines()[-1])
    return figures
