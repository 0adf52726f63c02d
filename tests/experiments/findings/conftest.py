"""Made-up evidence for findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from zerosweep.report.evidence import Arrays, Evidence
from zerosweep.report.finding import Finding, JudgedFinding, judge
from zerosweep.tracking.record import Recorded


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """Make evidence with curves at steps 0, 1, …: `evidence([run], {(run_id, "train/accuracy"): [0.1, 0.9]})`."""

    def make(
        runs: Sequence[Recorded],
        curves: Mapping[tuple[str, str], Sequence[float]] | None = None,
        arrays: Mapping[tuple[str, str], Arrays] | None = None,
    ) -> Evidence:
        def curve(run_id: str, metric: str) -> tuple[list[int], list[float]]:
            values = (curves or {}).get((run_id, metric), ())
            return list(range(len(values))), list(values)

        return Evidence(runs, curve, lambda run_id, name: (arrays or {}).get((run_id, name), {}))

    return make


@dataclass
class Runs:
    """Made-up runs, added with `add({metric: values}, {name: arrays}, seed=0, optimizer__lr=0.1)`.

    The steps of every curve are 0, `every`, 2 `every`, and so on.
    """

    runs: list[Recorded] = field(default_factory=list)
    curves: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    arrays: dict[tuple[str, str], Mapping[str, np.ndarray]] = field(default_factory=dict)
    every: int = 10
    sampler: str = ""

    def add(
        self,
        curves: Mapping[str, Sequence[float]] | None = None,
        arrays: Mapping[str, Mapping[str, Any]] | None = None,
        verdict: str = "learned",
        **params: object,
    ) -> Runs:
        number = f"run{len(self.runs)}"
        named = {name.replace("__", "."): value for name, value in params.items()}
        typed = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in named.items()}
        last = {metric: values[-1] for metric, values in (curves or {}).items()}
        self.runs.append(Recorded(number, "1", number, "FINISHED", 0.0, 1.0, typed, last, {"verdict": verdict}))
        self.curves |= {(number, metric): list(values) for metric, values in (curves or {}).items()}
        for name, held in (arrays or {}).items():
            self.arrays[number, name] = {key: np.asarray(values) for key, values in held.items()}
        return self

    def judge(self, finding: Finding) -> JudgedFinding:
        def curve(run_id: str, metric: str) -> tuple[list[int], list[float]]:
            values = self.curves.get((run_id, metric), [])
            return [self.every * i for i in range(len(values))], values

        evidence = Evidence(self.runs, curve, lambda run_id, name: self.arrays.get((run_id, name), {}), self.sampler)
        return judge([finding], evidence)[0]
