"""Small real runs on the digits, and problems made to fail at a chosen step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from zerosweep.config.schemas import Settings
from zerosweep.data.digits import Digits
from zerosweep.nn.initializers import He
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.runs.assemble import assemble
from zerosweep.tasks.classification import Classification
from zerosweep.tasks.problem import Problem
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import History, Record, Step


@dataclass
class Run:
    """A run from its settings to its last record."""

    settings: Settings
    problem: Problem
    records: list[Record] = field(default_factory=list)

    @property
    def history(self) -> History:
        history = History.of(self.problem)
        for record in self.records:
            history.add(record)
        return history

    @property
    def losses(self) -> list[float]:
        return [record.loss for record in self.records if isinstance(record, Step)]

    def train(self) -> Run:
        chosen = self.settings
        self.records = list(train(self.problem, chosen.optimizer, chosen.schedule, chosen.trainer))
        return self


@pytest.fixture
def prepare() -> Callable[..., Run]:
    """prepare(bn=True, trainer=Trainer(epochs=1)): a run of a small network on the digits, not yet trained."""

    def run(**changes: Any) -> Run:
        settings = Settings(
            task=Classification(),
            dataset=Digits(),
            model=MLP(hidden=[20, 15]),
            optimizer=SGD(lr=0.1),
            schedule=Constant(),
            regularizer=Regularizer(),
            init=He(),
            loss=CrossEntropy(),
            trainer=Trainer(epochs=2),
        )
        settings = replace(settings, **changes)
        return Run(settings, assemble(settings))

    return run


class Scripted:
    """A problem whose losses and gradients are given beforehand: step t has losses[t - 1] and gradients[t - 1]."""

    classes: int | None = None
    measures: tuple[str, ...] = ("value",)

    def __init__(
        self,
        losses: Sequence[float],
        gradients: Sequence[Sequence[float]] | None = None,
        start: Sequence[float] = (1.0, 2.0),
        steps_per_epoch: int = 1000,
        dtype: type = np.float64,
    ):
        self.theta, self.gradient = np.array(start, dtype), np.zeros(len(start), dtype)
        self.losses = losses
        self.gradients = gradients or [[0.0] * len(start)] * len(losses)
        self.steps_per_epoch = steps_per_epoch
        self.done, self.evaluated_at = 0, []

    def loss_and_gradient(self) -> float:
        self.gradient[...] = self.gradients[self.done]
        self.done += 1
        return self.losses[self.done - 1]

    def evaluate(self, observe: Callable[..., None]) -> dict[str, float]:
        self.evaluated_at.append(self.done)
        return {"value": float(self.theta[0])}

    def hidden(self) -> tuple:
        return ()

    def activations(self) -> dict[str, np.ndarray]:
        return {}

    def weights(self) -> dict[str, np.ndarray]:
        return {"theta": self.theta}


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture
def follow() -> Callable[..., list[Record]]:
    """follow(problem, lr=1.0, iterations=9): the records of plain gradient descent."""

    def records(problem: Problem, lr: float = 1.0, **trainer: Any) -> list[Record]:
        return list(train(problem, SGD(lr=lr), Constant(), Trainer(**trainer)))

    return records
