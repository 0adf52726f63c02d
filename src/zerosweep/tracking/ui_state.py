"""States of MLflow's UI, from which saved views are made: filter, columns, order, grouping and charts.

The names and values are the UI's own, read in MLflow 3.17.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SECTION = "charts"
"""Id of the section that has the charts."""

MOST_RUNS = 50
"""Largest number of runs in a chart."""

FIRST = ["0", "attributes.`Run Name`"]
"""Columns that stay on the left: the boxes to choose runs by, and the names."""

LAST = ["runDateAndNestInfo", "duration"]

NAME_WIDTH = 240
"""Width of the column of names in pixels."""


def ui_state(
    query: str,
    columns: Sequence[str],
    charts: Sequence[dict[str, Any]],
    *,
    section: str,
    order_by: str,
    ascending: bool = False,
    means_over: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the state of the UI that shows some runs as a table, and as charts.

    Args:
        query: The filter that finds the runs.
        columns: The columns of the table by the UI's names, as in "metrics.`val/accuracy`", from left to right.
        charts: The charts, in order.
        section: The heading of the charts.
        order_by: The column that the runs are sorted by.
        ascending: Whether the smallest value comes first.
        means_over: The params that runs must share to be folded into their mean; empty for no folding.
    """
    keys = [{"mode": "param", "groupByData": name} for name in means_over]
    shown = {"display": True, "isReordered": True, "deleted": False, "isGenerated": False}
    return {
        "searchFilter": query,
        "orderByKey": order_by,
        "orderByAsc": ascending,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": [*columns],
        "columnOrder": [*FIRST, *columns, *LAST],
        "columnWidths": {FIRST[1]: NAME_WIDTH},
        "compareRunSections": [{"uuid": SECTION, "name": section, **shown}],
        "compareRunCharts": [{**chart, "uuid": f"{SECTION}-{number}"} for number, chart in enumerate(charts)],
        "groupBy": {"aggregateFunction": "average", "groupByKeys": keys} if keys else None,
        "runsHiddenMode": "SHOW_ALL",
        "viewMaximized": False,
        "runListHidden": False,
        "isAccordionReordered": True,
        "hideEmptyCharts": True,
    }


def line_chart(metric: str) -> dict[str, Any]:
    """Return a chart with the curve of each run."""
    return _chart(
        "LINE",
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


def bar_chart(metric: str) -> dict[str, Any]:
    """Return a chart with a bar for the last value of each run."""
    return _chart("BAR", metricKey=metric, dataAccessKey=metric)


def parallel_coordinates(params: Sequence[str], metrics: Sequence[str]) -> dict[str, Any]:
    """Return parallel coordinates, which the UI colours by the last metric."""
    return _chart("PARALLEL", selectedParams=[*params], selectedMetrics=[*metrics])


def _chart(kind: str, **settings: Any) -> dict[str, Any]:
    of_section = {"metricSectionId": SECTION, "isGenerated": False, "deleted": False}
    return {"type": kind, "runsCountToCompare": MOST_RUNS, **of_section, **settings}


def all_runs_state() -> dict[str, Any]:
    """Return the state of the UI that shows all runs of an experiment, the latest first."""
    params = ("dataset", "model", "optimizer", "optimizer.lr", "bn", "seed")
    metrics = ("val/accuracy", "test/accuracy", "train/loss", "time/seconds")
    columns = ["tags.`verdict`", *(f"params.`{name}`" for name in params), *(f"metrics.`{name}`" for name in metrics)]
    charts = [line_chart("val/accuracy"), line_chart("train/loss"), bar_chart("val/accuracy")]
    order = "attributes.start_time"
    return ui_state("tags.role = 'run'", columns, charts, section="all runs", order_by=order)
