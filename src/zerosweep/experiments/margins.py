"""How firmly a finding holds: the same sweep with many seeds, and each seed judged by itself."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import Finding, judge
from zerosweep.report.table import Table

COLUMNS = ("finding", "sweep", "seeds", "measured", "reproduced", "margin_least", "margin_median", "margin_most")


@dataclass(frozen=True)
class Margin:
    """One finding, judged for each of many seeds alone.

    Attributes:
        finding: The name of the finding.
        sweep: The name of the sweep.
        seeds: The number of seeds.
        measured: The number of seeds whose runs can show it.
        reproduced: The number of seeds that show it.
        least: The smallest distance from the judged number to its threshold, negative on the wrong side; NaN where the
            finding gives none. `median` and `most` are those over the seeds.
        median: See `least`.
        most: See `least`.
    """

    finding: str
    sweep: str
    seeds: int
    measured: int
    reproduced: int
    least: float = math.nan
    median: float = math.nan
    most: float = math.nan

    @property
    def count(self) -> str:
        """The result as a cell of a table: "19 of 20"."""
        return f"{self.reproduced} of {self.measured}"

    def __str__(self) -> str:
        """Return the result as text: "19 of 20; margin 0.12 (-0.01 to 0.2)"."""
        if math.isnan(self.median):
            return self.count
        return f"{self.count}; margin {self.median:.2g} ({self.least:.2g} to {self.most:.2g})"


def margins(sweep: str, findings: Sequence[Finding], evidence: Evidence) -> list[Margin]:
    """Judge each finding on the runs of each seed alone.

    Args:
        sweep: The name of the sweep.
        findings: The findings to judge.
        evidence: The runs of all seeds.
    """
    seeds = sorted({run.params["seed"] for run in evidence.runs if "seed" in run.params}, key=int)
    alone = [replace(evidence, runs=[run for run in evidence.runs if run.params.get("seed") == s]) for s in seeds]
    by_seed = [judge(findings, one) for one in alone]
    found = []
    for i, finding in enumerate(findings):
        judged = [row[i] for row in by_seed if row[i].reproduced in ("yes", "no")]
        values = [one.margin for one in judged if one.margin is not None]
        range_ = (min(values), float(np.median(values)), max(values)) if values else (math.nan,) * 3
        reproduced = sum(one.reproduced == "yes" for one in judged)
        found.append(Margin(finding.name, sweep, len(seeds), len(judged), reproduced, *range_))
    return found


def write_margins(found: Iterable[Margin], file: Path) -> None:
    """Write the margins as CSV."""
    rows = tuple(
        (m.finding, m.sweep, m.seeds, m.measured, m.reproduced, *map(_cell, (m.least, m.median, m.most))) for m in found
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(Table(COLUMNS, rows).csv())


def read_margins(file: Path) -> Mapping[str, Margin]:
    """Return the recorded margins by finding; none where there is no such file."""
    if not file.exists():
        return {}
    rows = csv.DictReader(io.StringIO(file.read_text()))
    return {
        row["finding"]: Margin(
            row["finding"],
            row["sweep"],
            *(int(row[name]) for name in ("seeds", "measured", "reproduced")),
            *(float(row[name] or "nan") for name in ("margin_least", "margin_median", "margin_most")),
        )
        for row in rows
    }


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.4g}")
