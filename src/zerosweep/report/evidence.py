"""The recorded runs that a finding is checked on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zerosweep.figures.drawing.levels import in_order
from zerosweep.tracking.record import Recorded

Level = str | float | bool
"""A setting's value: as text, or as the number or the truth value that it stands for."""

Curve = tuple[list[int], list[float]]
"""The steps, and the values at them."""

Arrays = Mapping[str, NDArray[np.generic]]


class Lacking(Exception):
    """The runs do not have what the finding is about: the sweep was narrowed, or some failed."""


@dataclass(frozen=True)
class Evidence:
    """runs: of a sweep, of any status. read_curve: (run id, metric) -> its curve; read_arrays: (run id, name) -> the arrays
    of the artifact `arrays/<name>.npz`. sampler: what chose the settings of a search, "" where there was no search. A question
    about what was not run, or not recorded, is `Lacking`."""

    runs: Sequence[Recorded]
    read_curve: Callable[[str, str], Curve]
    read_arrays: Callable[[str, str], Arrays]
    sampler: str = ""

    @cached_property
    def finished(self) -> list[Recorded]:
        """Those that came to an end, diverged or not, in the order given."""
        return [run for run in self.runs if run.status == "FINISHED"]

    def where(self, **levels: Level) -> list[Recorded]:
        """The finished runs with these settings, at least one. In names `__` stands for the dot, as in `init__scale=0.01`."""
        wanted = {name.replace("__", "."): level for name, level in levels.items()}
        found = [run for run in self.finished if all(_has(run, name, level) for name, level in wanted.items())]
        if not found:
            raise Lacking(f"no run with {' '.join(f'{name}={_typed(level)}' for name, level in wanted.items())}")
        return found

    def one(self, **levels: Level) -> Recorded:
        """The only finished run with these settings."""
        found = self.where(**levels)
        if len(found) > 1:
            settings = " ".join(f"{name.replace('__', '.')}={_typed(level)}" for name, level in levels.items())
            raise Lacking(f"{len(found)} runs with {settings}, where the finding is about one")
        return found[0]

    def levels(self, name: str) -> list[str]:
        """The values of a setting among the finished runs: numbers by size, true before false, words in the order of the runs."""
        if not (levels := in_order([run.params[name] for run in self.finished if name in run.params])):
            raise Lacking(f"no run with {name}")
        return levels

    def final(self, run: Recorded, metric: str) -> float:
        """The metric's last value: of a run that diverged, the last that was finite."""
        if metric not in run.metrics:
            raise Lacking(f"no {metric} in run {run.run_id}")
        return run.metrics[metric]

    def curve(self, run: Recorded, metric: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(steps, values), each (n,) with n >= 1."""
        steps, values = self.read_curve(run.run_id, metric)
        if not steps:
            raise Lacking(f"no {metric} in run {run.run_id}")
        return np.array(steps, np.int64), np.array(values, np.float64)

    def arrays(self, run: Recorded, name: str) -> Arrays:
        """The arrays that the run keeps in its artifact `arrays/<name>.npz`, by their names."""
        found = self.read_arrays(run.run_id, name)
        if not found:
            raise Lacking(f"no arrays/{name}.npz in run {run.run_id}")
        return found


def _typed(level: Level) -> str:
    return str(level).lower() if isinstance(level, bool) else str(level)


def _has(run: Recorded, name: str, level: Level) -> bool:
    recorded = run.params.get(name)
    if recorded is None or isinstance(level, str | bool):
        return recorded == _typed(level)
    try:
        return bool(np.isclose(float(recorded), level, rtol=1e-9, atol=0))
    except ValueError:
        return False
