"""The data of the page's interactive charts: what varied in each run, what came out, and its curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zerosweep.figures.drawing.levels import numbers
from zerosweep.naming import value_text, words
from zerosweep.report.factors import SEED, level, levels
from zerosweep.report.outcome import final_value
from zerosweep.report.results import Results
from zerosweep.tracking.record import Recorded

POINTS = 16_000
"""Largest number of points of all curves together; each curve has at least `FEWEST`."""

FEWEST = 12

MOST_LEVELS = 10
"""Largest number of levels of a setting whose levels have a colour each."""


def state(run: Recorded) -> str:
    """Return how a run ended, in one word: its verdict, or its status where it has none."""
    return run.verdict if run.status == "FINISHED" and run.verdict else run.status.lower()


def exploration(
    results: Results, read_curve: Callable[[str, str], tuple[Sequence[int], Sequence[float]]] | None
) -> dict[str, Any]:
    """Return the data of the charts as plain values, for JSON.

    Args:
        results: The results of the runs.
        read_curve: Returns the steps and the values for a run id and a metric; None for a page without curves.

    Returns:
        `metric` and `better`, the objective; `columns`, what varied and the further objectives, each with `name`,
        `label`, whether it is `numeric` and `log`, and whether its levels are `few`; `runs`, each with `id`, `name`,
        `state`, `value` and the `levels` of the columns; and `curves`, by run id.
    """
    metric = results.objective.metric
    settings = [*results.factors.names, *([SEED] if results.seeds_vary else [])]
    columns = [_column(name, levels(results.runs, name)) for name in settings]
    columns += [{"name": name, "label": name, "numeric": True, "log": False, "few": False} for name in results.others]
    runs = [
        {
            "id": run.run_id,
            "name": results.name(run),
            "state": state(run),
            "value": _plain(final_value(run, metric)),
            "levels": [
                *(_level(level(run, name), column) for name, column in zip(settings, columns, strict=False)),
                *(_plain(final_value(run, other)) for other in results.others),
            ],
        }
        for run in results.runs
    ]
    curves: dict[str, Any] = {}
    if read_curve is not None:
        most = max(FEWEST, POINTS // max(1, len(results.runs)))
        read = {run.run_id: read_curve(run.run_id, metric) for run in results.runs if metric in run.metrics}
        curves = {run_id: _thinned(steps, values, most) for run_id, (steps, values) in read.items() if len(steps) > 1}
    better = results.objective.direction
    return {"metric": metric, "better": better, "columns": columns, "runs": runs, "curves": curves}


def _column(name: str, values: Sequence[str]) -> dict[str, Any]:
    known = numbers(values)
    spread = bool(known) and min(known) > 0 and max(known) >= 20 * min(known)
    few = len(values) <= MOST_LEVELS
    return {"name": name, "label": words(name), "numeric": bool(known), "log": spread, "few": few}


def _level(text: str, column: dict[str, Any]) -> float | str:
    return float(text) if column["numeric"] else value_text(text)


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def _thinned(steps: Sequence[int], values: Sequence[float], most: int) -> list[list[float | None]]:
    """Return at most `most` points of a curve, among them the first and the last."""
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(most, len(steps))).round().astype(int))
    return [[steps[i] for i in chosen], [_plain(values[i]) for i in chosen]]
