"""The training loop: it moves parameters and reports; it keeps nothing and knows nothing of where reports go."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from zerosweep.data.batches import SAMPLINGS
from zerosweep.errors import SettingError
from zerosweep.nn.layer import Array
from zerosweep.optim.optimizer import Optimizer
from zerosweep.optim.schedules import Schedule
from zerosweep.recipe import Purpose, Recipe, number, one_of, setting
from zerosweep.tasks.differentiation import WAYS
from zerosweep.tasks.problem import Problem
from zerosweep.training.diagnostics import HiddenUnits, update_metrics
from zerosweep.training.records import Diverged, Evaluation, Record, Step
from zerosweep.training.traces import Tracer


@dataclass
class Trainer(Recipe):
    """How long, on which mini-batches, and in which arithmetic to train.

    epochs or iterations: one of the two. eval_every: updates between evaluations, or null for one an epoch; the untrained
    and the final state are always evaluated. sampling: shuffle (each row once an epoch) or with_replacement.
    eval_rows: of the training set, an evaluation goes over the first so many rows; null is all.
    gradient: backprop; numerical for central differences; both for backprop's, compared with the numerical one each step.
    trace: read single units off the network in every step; it changes no number.
    """

    epochs: int | None = number(None, at_least=1)
    iterations: int | None = number(None, at_least=1)
    batch_size: int = number(100, at_least=1)
    sampling: str = one_of(*SAMPLINGS)
    eval_every: int | None = number(None, at_least=1)
    eval_rows: int | None = number(None, at_least=1)
    dtype: str = one_of("float32", "float64")
    gradient: str = one_of(*WAYS)
    trace: bool = setting(False, Purpose.KEEPS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.epochs is None) == (self.iterations is None):
            given = "null" if self.epochs is None else f"{self.epochs} and iterations={self.iterations}"
            raise SettingError("epochs", given, "give one of epochs and iterations, and leave or set the other to null")

    def steps(self, steps_per_epoch: int) -> int:
        """Updates in the whole run."""
        return self.iterations or (self.epochs or 0) * steps_per_epoch


def train(problem: Problem, optimizer: Optimizer, schedule: Schedule, trainer: Trainer) -> Iterator[Record]:
    """Train `problem` and yield a record of each step and evaluation, as they happen.

    Stops at the first update with a non-finite loss or parameter; `Diverged` is then the last record. Overflows on the
    way there are what is being observed, so NumPy does not warn of them.
    """
    steps = trainer.steps(problem.steps_per_epoch)
    every = trainer.eval_every or problem.steps_per_epoch
    theta, gradient = problem.theta, problem.gradient
    state = optimizer.init(theta.size, theta.dtype)
    zeros = np.zeros_like(theta)
    tracer = Tracer(problem) if trainer.trace else None
    seconds, counted = 0.0, 0
    yield Evaluation(0, _evaluate(problem))
    for step in range(1, steps + 1):
        evaluated = step % every == 0 or step == steps
        before = theta.copy() if evaluated else None
        start = perf_counter()
        with np.errstate(all="ignore"):
            loss = problem.loss_and_gradient()
            if math.isfinite(loss):
                optimizer.update(theta, gradient, state, schedule.factor(step - 1, steps))
            finite = np.dot(theta, zeros) == 0  # 0 · inf and 0 · NaN are NaN: an exact check, and the cheapest
        seconds, counted = seconds + perf_counter() - start, counted + 1
        if not math.isfinite(loss):
            yield Diverged(step, "loss", _hidden(problem))
            return
        yield Step(step, loss, tracer.read() if tracer else None)
        if not finite:
            what = "parameters" if np.isfinite(gradient).all() else "gradient"
            yield Diverged(step, what, _hidden(problem))
            return
        if before is not None:
            yield Evaluation(step, _evaluate(problem, before) | {"time/steps_per_second": counted / seconds})
            seconds, counted = 0.0, 0


def _hidden(problem: Problem) -> dict[str, float]:
    """The statistics of the hidden layers in the last mini-batch, finite or not."""
    units = HiddenUnits()
    with np.errstate(all="ignore"):
        units.observe(problem.hidden())
        return units.metrics()


def _evaluate(problem: Problem, before: Array | None = None) -> dict[str, float]:
    """The metrics of the current state, and of the last update where theta `before` it is given, that are finite: an
    overflow in an evaluation is no value to store."""
    units = HiddenUnits()
    with np.errstate(all="ignore"):
        metrics = problem.evaluate(units.observe) | units.metrics()
        if before is not None:
            metrics |= update_metrics(problem.gradient, before, problem.theta)
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
