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
"""The value of a setting: text, a number or a boolean."""

Curve = tuple[list[int], list[float]]
"""The steps, and the value at each of them."""

Arrays = Mapping[str, NDArray[np.generic]]


class MissingEvidence(Exception):
    """A finding needs runs or records that are not there: the sweep was narrowed, or some runs failed."""


@dataclass(frozen=True)
class Evidence:
    """The runs of a sweep, and what is recorded of them. Every query raises `MissingEvidence` where nothing is found.

    Attributes:
        runs: The runs, of any status.
        read_curve: Returns the curve for a run id and a metric, empty where it is not recorded.
        read_arrays: Returns the arrays of the artifact `arrays/<name>.npz`, by name, for a run id and a `<name>`.
        sampler: The sampler of a search; "" where the runs are a grid.
    """

    runs: Sequence[Recorded]
    read_curve: Callable[[str, str], Curve]
    read_arrays: Callable[[str, str], Arrays]
    sampler: str = ""

    @cached_property
    def finished(self) -> list[Recorded]:
        """The runs with status FINISHED, diverged ones included, in the order given."""
        return [run for run in self.runs if run.status == "FINISHED"]

    def runs_with(self, **levels: Level) -> list[Recorded]:
        """Return the finished runs with these settings, at least one.

        Args:
            levels: The settings; `__` in a name stands for a dot, as in `init__scale=0.01`.
        """
        wanted = {name.replace("__", "."): level for name, level in levels.items()}
        found = [run for run in self.finished if all(_has(run, name, level) for name, level in wanted.items())]
        if not found:
            raise MissingEvidence(
                f"no run with {' '.join(f'{name}={_as_text(level)}' for name, level in wanted.items())}"
            )
        return found

    def run_with(self, **levels: Level) -> Recorded:
        """Return the only finished run with these settings, which are named as for `runs_with`."""
        found = self.runs_with(**levels)
        if len(found) > 1:
            settings = " ".join(f"{name.replace('__', '.')}={_as_text(level)}" for name, level in levels.items())
            raise MissingEvidence(f"{len(found)} runs with {settings}, where the finding is about one")
        return found[0]

    def levels(self, name: str) -> list[str]:
        """Return the values of a setting among the finished runs.

        Numbers are ordered by size, true comes before false, and text is in the order of the runs.
        """
        if not (levels := in_order([run.params[name] for run in self.finished if name in run.params])):
            raise MissingEvidence(f"no run with {name}")
        return levels

    def final(self, run: Recorded, metric: str) -> float:
        """Return the last recorded value of a metric. Where the run diverged, that is the last finite one."""
        if metric not in run.metrics:
            raise MissingEvidence(f"no {metric} in run {run.run_id}")
        return run.metrics[metric]

    def curve(self, run: Recorded, metric: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the steps and the values of a metric, each of shape (n,) with n >= 1."""
        steps, values = self.read_curve(run.run_id, metric)
        if not steps:
            raise MissingEvidence(f"no {metric} in run {run.run_id}")
        return np.array(steps, np.int64), np.array(values, np.float64)

    def arrays(self, run: Recorded, name: str) -> Arrays:
        """Return the arrays in the artifact `arrays/<name>.npz` of a run, by name."""
        found = self.read_arrays(run.run_id, name)
        if not found:
            raise MissingEvidence(f"no arrays/{name}.npz in run {run.run_id}")
        return found


def _as_text(level: Level) -> str:
    return str(level).lower() if isinstance(level, bool) else str(level)


def _has(run: Recorded, name: str, level: Level) -> bool:
    recorded = run.params.get(name)
    if recorded is None or isinstance(level, str | bool):
        return recorded == _as_text(level)
    try:
        return bool(np.isclose(float(recorded), level, rtol=1e-9, atol=0))
    except ValueError:
        return False
