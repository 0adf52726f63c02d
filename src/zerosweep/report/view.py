"""The saved view of a sweep in MLflow's UI: its members as a table with what varied and what came out, and as charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zerosweep.report.factors import SEED
from zerosweep.report.results import Results
from zerosweep.tracking.members import members_filter
from zerosweep.tracking.recorded import HEALTH
from zerosweep.tracking.ui_state import bar_chart, line_chart, parallel_coordinates, ui_state

OF_TRIALS = ("trial", "pruned")
"""Tags of the trials of a search: the number of the trial, and whether it was pruned."""


def view_state(sweep: str, results: Results, metrics: Sequence[str]) -> dict[str, Any]:
    """Return the state of MLflow's UI that shows a sweep or a search.

    Runs that differ only in the seed are folded into their mean. The UI has no parallel coordinates of such groups.

    Args:
        sweep: The id of the sweep.
        results: The results of its runs.
        metrics: The metrics whose curves the report draws.
    """
    objective, swept = results.objective.metric, [*results.factors.names]
    repeated = bool(results.groups)
    tags = ["verdict", *(tag for tag in OF_TRIALS if any(tag in run.tags for run in results.runs))]
    tags += [HEALTH] if any(run.tags.get(HEALTH, "ok") != "ok" for run in results.runs) else []
    params = [*swept, *([SEED] if results.seeds_vary else [])]
    measured = _measured(results, objective, *results.others, "test/accuracy", "train/loss", "time/seconds")
    columns = [
        *(f"tags.`{name}`" for name in tags),
        *(f"params.`{name}`" for name in params),
        *(f"metrics.`{name}`" for name in measured),
    ]
    curves = dict.fromkeys([objective, *metrics, *_measured(results, "train/loss")])
    coordinates = [parallel_coordinates(swept, [*results.others, objective])] if len(swept) > 1 and not repeated else []
    return ui_state(
        members_filter(sweep),
        columns,
        [*map(line_chart, curves), *coordinates, bar_chart(objective)],
        section=sweep,
        order_by=f"metrics.`{objective}`",
        ascending=results.objective.direction == "minimize",
        means_over=swept if repeated else (),
    )


def _measured(results: Results, *metrics: str) -> list[str]:
    """Return those of the metrics that some run has, each once."""
    return [metric for metric in dict.fromkeys(metrics) if any(metric in run.metrics for run in results.runs)]
