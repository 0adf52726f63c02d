"""Runs as they stand in a store: made up, or kept in a real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from itertools import count

import pytest

from zerosweep.tracking.record import Recorded
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.training.records import Evaluation


@pytest.fixture
def run() -> Callable[..., Recorded]:
    """run({"optimizer": "adam"}, 0.9): one that finished, and began a second after the one before."""
    numbers = count()

    def make(
        params: Mapping[str, str] | None = None,
        value: float | None = None,
        *,
        metric: str = "val/accuracy",
        status: str = "FINISHED",
        verdict: str = "learned",
        metrics: Mapping[str, float] | None = None,
        **tags: str,
    ) -> Recorded:
        number = next(numbers)
        return Recorded(
            run_id=f"{number:032x}",
            experiment_id="1",
            name=f"run {number}",
            status=status,
            started=1_700_000_000.0 + number,
            seconds=None if status == "RUNNING" else 0.5,
            params={"seed": "0", **(params or {})},
            metrics={**({} if value is None else {metric: value}), **(metrics or {})},
            tags={"verdict": verdict if status == "FINISHED" else "", "config_id": f"c{number}", **tags},
        )

    return make


@pytest.fixture
def keep(store: str, experiment: str) -> Callable[..., str]:
    """keep({"optimizer": "adam"}, [0.1, 0.9]): a run in the real store with this curve of val/accuracy; its id."""

    def make(params: Mapping[str, str], values: list[float], error: Exception | None = None, **tags: str) -> str:
        made_for = {"objective.metric": "val/accuracy", "objective.direction": "maximize"}
        info = RunInfo(store, experiment, "a run", {"seed": "0", **made_for, **params}, {"role": "run", **tags})
        with nullcontext() if error is None else suppress(type(error)), RunLog(info) as log:
            for step, value in enumerate(values):
                log.record(Evaluation(step, {"val/accuracy": value, "train/accuracy": value / 2}))
            if error is not None:
                raise error
            log.tags["verdict"] = "learned"
        return log.run_id

    return make
