"""The records that a training run yields, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from zerosweep.nn.layer import Array


@dataclass(frozen=True, slots=True)
class Step:
    """One update.

    Attributes:
        step: The number of the update, from 1.
        loss: The loss of the mini-batch before the update; finite.
        lr: The learning rate of the update, where a schedule varies it. A constant one is a metric of the evaluations.
        trace: The row that a `Tracer` read after the update, with `trainer.trace=true`; else None.
    """

    step: int
    loss: float
    lr: float | None = None
    trace: Array | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The metrics of the network after `step` updates, by name; step 0 is the untrained state."""

    step: int
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Diverged:
    """The last record of a run that diverged.

    Attributes:
        step: The number of the update at which the run diverged, from 1.
        what: The first quantity that was not finite in that update: "loss", "gradient" or "parameters".
        hidden: The statistics of the hidden layers in that update's mini-batch, by metric name; inf or NaN after an
            overflow.
    """

    step: int
    what: str
    hidden: Mapping[str, float] = field(default_factory=dict, compare=False)


Record = Step | Evaluation | Diverged


@dataclass
class History:
    """All records of a run, in columns.

    Attributes:
        classes: The number of classes; None for a task without classes.
        losses: The mini-batch losses of updates 1, 2, ...
        evaluations: The evaluations, by increasing step.
        diverged: The last record of a run that diverged; else None.
        traces: The trace rows of updates 1, 2, ..., with `trainer.trace=true`; else empty.
        lrs: The learning rates of updates 1, 2, ..., where a schedule varies it; else empty.
        minimum: The lowest value of the function that is minimised; None where it is not known.
    """

    classes: int | None = None
    losses: list[float] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    diverged: Diverged | None = None
    traces: list[Array] = field(default_factory=list)
    lrs: list[float] = field(default_factory=list)
    minimum: float | None = None

    @classmethod
    def of(cls, problem: Any) -> Self:
        """Return the empty history of a problem, or of what takes its place."""
        return cls(problem.classes, minimum=getattr(problem, "minimum", None))

    def add(self, record: Record) -> None:
        """Append a record to its column."""
        match record:
            case Step():
                self.losses.append(record.loss)
                if record.lr is not None:
                    self.lrs.append(record.lr)
                if record.trace is not None:
                    self.traces.append(record.trace)
            case Evaluation():
                self.evaluations.append(record)
            case Diverged():
                self.diverged = record

    @property
    def steps(self) -> int:
        """The last step."""
        return max(len(self.losses), *(evaluation.step for evaluation in self.evaluations[-1:]), 0)

    def series(self, metric: str) -> tuple[list[int], list[float]]:
        """Return (steps, values) of a metric.

        `train/loss` and a scheduled `lr` have a value at every step, others at the evaluations that recorded them. The
        `train/loss` of a trainable is one of the others.
        """
        every_step = {"train/loss": self.losses, "lr": self.lrs}.get(metric)
        if every_step:
            return list(range(1, len(every_step) + 1)), every_step
        having = [e for e in self.evaluations if metric in e.metrics]
        return [e.step for e in having], [e.metrics[metric] for e in having]

    def last(self, metric: str) -> float | None:
        """Return the last value of a metric, or None if it was never recorded."""
        values = self.series(metric)[1]
        return values[-1] if values else None
