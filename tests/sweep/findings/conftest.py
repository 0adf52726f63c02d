"""Evidence made up for findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from zerosweep.sweep.findings.evidence import Arrays, Evidence
from zerosweep.tracking.record import Recorded


@pytest.fixture
def evidence() -> Callable[..., Evidence]:
    """evidence([run, ...], {(run, "train/accuracy"): [0.1, 0.9]}): with these curves, a value at each step from 0 on, and arrays."""

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
