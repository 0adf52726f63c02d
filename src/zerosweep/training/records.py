"""What a training run reports, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zerosweep.nn.layer import Array


@dataclass(frozen=True, slots=True)
class Step:
    """One update was computed: `loss` of its mini-batch before the update, finite; steps count from 1. trace: where one is
    kept, what a `Tracer` read off the network."""

    step: int
    loss: float
    trace: Array | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The state after `step` updates (0: untrained), by metric name."""

    step: int
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Diverged:
    """The last record of a run in which `what` was the first that was not finite in update `step`: "loss", "gradient" or
    "parameters". hidden: the statistics of the hidden layers in that update's mini-batch, inf or NaN where they overflowed."""

    step: int
    what: str
    hidden: Mapping[str, float] = field(default_factory=dict, compare=False)


Record = Step | Evaluation | Diverged


@dataclass
class History:
    """All records of a run, as columns."""

    classes: int | None = None
    losses: list[float] = field(default_factory=list)
    """The mini-batch loss of update 1, 2, ..."""
    evaluations: list[Evaluation] = field(default_factory=list)
    diverged: Diverged | None = None
    traces: list[Array] = field(default_factory=list)
    """Of update 1, 2, ..., where a trace is kept."""

    def add(self, record: Record) -> None:
        match record:
            case Step():
                self.losses.append(record.loss)
                if record.trace is not None:
                    self.traces.append(record.trace)
            case Evaluation():
                self.evaluations.append(record)
            case Diverged():
                self.diverged = record

    def series(self, metric: str) -> tuple[list[int], list[float]]:
        """(steps, values) of one metric at the evaluations that have it; of train/loss at every step."""
        if metric == "train/loss":
            return list(range(1, len(self.losses) + 1)), self.losses
        having = [e for e in self.evaluations if metric in e.metrics]
        return [e.step for e in having], [e.metrics[metric] for e in having]

    def last(self, metric: str) -> float | None:
        """The metric's last value, or None where it was never recorded."""
        values = self.series(metric)[1]
        return values[-1] if values else None
