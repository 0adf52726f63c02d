"""The saved view of a sweep in MLflow's UI: its members as a table with what varied and what came out, and as charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zerosweep.report.factors import SEED
from zerosweep.report.results import Results
from zerosweep.tracking.members import members_filter
from zerosweep.tracking.recorded import HEALTH

SECTION = "sweep"
"""Name of the section that has the charts."""

MOST_RUNS = 50
"""Largest number of runs in a chart."""


def view_state(sweep: str, results: Results, metrics: Sequence[str]) -> dict[str, Any]:
    """Return the state of MLflow's UI that shows a sweep.

    Args:
        sweep: The id of the sweep.
        results: The results of its runs.
        metrics: The metrics whose curves the report draws.
    """
    objective, swept = results.objective.metric, [*results.factors.names]
    repeated = bool(results.groups)
    columns = [
        "tags.`verdict`",
        *(["tags.`health`"] if any(run.tags.get(HEALTH, "ok") != "ok" for run in results.runs) else []),
        *(f"params.`{name}`" for name in [*swept, *([SEED] if results.seeds_vary else [])]),
        *(f"metrics.`{name}`" for name in _measured(results, objective, "test/accuracy", "train/loss", "time/seconds")),
    ]
    curves = list(dict.fromkeys([objective, *metrics, *_measured(results, "train/loss")]))
    charts = [_lines(number, metric) for number, metric in enumerate(curves)]
    if len(swept) > 1 and not repeated:  # groups of repeats have no parallel coordinates in MLflow's UI
        charts.append(_chart(len(charts), type="PARALLEL", selectedParams=swept, selectedMetrics=[objective]))
    charts.append(_chart(len(charts), type="BAR", metricKey=objective, dataAccessKey=objective))
    return {
        "searchFilter": members_filter(sweep),
        "orderByKey": f"metrics.`{objective}`",
        "orderByAsc": results.objective.direction == "minimize",
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "compareRunSections": [
            {
                "uuid": SECTION,
                "name": sweep,
                "display": True,
                "isReordered": True,
                "deleted": False,
                "isGenerated": False,
            }
        ],
        "compareRunCharts": charts,
        "groupBy": _means(swept) if repeated and swept else None,
        "runsHiddenMode": "SHOW_ALL",
        "viewMaximized": False,
        "runListHidden": False,
        "isAccordionReordered": True,
        "hideEmptyCharts": True,
    }


def _measured(results: Results, *metrics: str) -> list[str]:
    """Return those of the metrics that some run has, each once."""
    return [metric for metric in dict.fromkeys(metrics) if any(metric in run.metrics for run in results.runs)]


def _means(settings: Sequence[str]) -> dict[str, Any]:
    """Return the grouping that folds runs with equal settings into their mean."""
    return {
        "aggregateFunction": "average",
        "groupByKeys": [{"mode": "param", "groupByData": name} for name in settings],
    }


def _chart(number: int, **settings: Any) -> dict[str, Any]:
    return {
        "uuid": f"{SECTION}-{number}",
        "runsCountToCompare": MOST_RUNS,
        "metricSectionId": SECTION,
        "isGenerated": False,
        "deleted": False,
        **settings,
    }


def _lines(number: int, metric: str) -> dict[str, Any]:
    """Return a chart with the curve of each run."""
    return _chart(
        number,
        type="LINE",
        metricKey=metric,
        selectedMetricKeys=[metric],
        lineSmoothness=0,
        scaleType="linear",
        xAxisKey="step",
        selectedXAxisMetricKey="",
        displayPoints=False,
        xAxisScaleType="linear",
        range={},
        useGlobalLineSmoothing=True,
        useGlobalXaxisKey=True,
        selectedYAxisMetricKey="",
    )
