"""Runs in a real store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress

import pytest

from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.training.records import Evaluation


@pytest.fixture
def run(recorded):
    return recorded


@pytest.fixture
def keep(store: str, experiment: str) -> Callable[..., str]:
    """Record a run with a curve of val/accuracy, and return its id: `keep({"optimizer": "adam"}, [0.1, 0.9])`."""

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
