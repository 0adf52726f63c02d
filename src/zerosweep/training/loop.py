"""The training loop: it updates the parameters and yields records, which the caller stores."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from zerosweep.data.batches import SAMPLINGS
from zerosweep.errors import SettingError
from zerosweep.nn.layer import Array
from zerosweep.optim.optimizer import Optimizer
from zerosweep.optim.schedules import Schedule
from zerosweep.recipe import Purpose, Recipe, added_later, number, one_of, setting
from zerosweep.tasks.classification import REDUCTIONS, ClassificationProblem
from zerosweep.tasks.differentiation import WAYS
from zerosweep.tasks.problem import Problem
from zerosweep.training.diagnostics import HiddenUnits, update_metrics
from zerosweep.training.records import Diverged, Evaluation, Record, Step
from zerosweep.training.traces import Tracer


@dataclass
class Trainer(Recipe):
    """The settings of the training loop: its length, mini-batches, evaluations and arithmetic.

    Attributes:
        epochs: Passes over the training set; null if `iterations` is given.
        iterations: Number of updates; null if `epochs` is given.
        batch_size: Rows of a mini-batch.
        sampling: "shuffle" uses each row once an epoch, "with_replacement" draws rows independently.
        eval_every: Updates between evaluations; null evaluates once an epoch. The untrained and the final state are
            always evaluated.
        eval_rows: Evaluate on the first `eval_rows` training rows; null uses all.
        dtype: "float32" or "float64", for parameters, gradients and activations.
        gradient: "backprop", "numerical" (central differences), or "both": train with backprop, and compare it with the
            numerical gradient at each step.
        difference_step: Distance h of the central differences (f(θ + h) - f(θ - h)) / 2h; null for the best, which is
            ε^(1/3), times |θ| where that is above 1.
        slice: Save the loss and the accuracy along one weight of the trained network. This changes no number.
        trace: Record single units at every step. This changes no other number.
        frozen: Names of layers whose parameters stay as they were drawn, as in [output] or [dense1,batchnorm1].
        reduction: "mean" follows the gradient of the mean of the rows' losses, "sum" that of their sum, which is
            longer by the rows of the mini-batch. Recorded losses are means in either case.
    """

    epochs: int | None = number(None, at_least=1)
    iterations: int | None = number(None, at_least=1)
    batch_size: int = number(100, at_least=1)
    sampling: str = one_of(*SAMPLINGS)
    eval_every: int | None = number(None, at_least=1)
    eval_rows: int | None = number(None, at_least=1)
    dtype: str = one_of("float32", "float64")
    gradient: str = one_of(*WAYS)
    difference_step: float | None = added_later(number(None, above=0))
    slice: bool = setting(False, Purpose.KEEPS)
    trace: bool = setting(False, Purpose.KEEPS)
    frozen: list[str] = added_later(field(default_factory=list))
    reduction: str = added_later(one_of(*REDUCTIONS))

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.epochs is None) == (self.iterations is None):
            given = "null" if self.epochs is None else f"{self.epochs} and iterations={self.iterations}"
            raise SettingError("epochs", given, "give one of epochs and iterations, and leave or set the other to null")

    def steps(self, steps_per_epoch: int) -> int:
        """Return the number of updates in the whole run."""
        return self.iterations or (self.epochs or 0) * steps_per_epoch


def train(problem: Problem, optimizer: Optimizer, schedule: Schedule, trainer: Trainer) -> Generator[Record]:
    """Train `problem` in place and yield a record of each step and evaluation as it happens.

    Training stops at the first update with a non-finite loss or parameter; the last record is then `Diverged`. NumPy's
    warnings of overflow are off, because a run that diverges is a result.
    """
    steps = trainer.steps(problem.steps_per_epoch)
    every = trainer.eval_every or problem.steps_per_epoch
    theta, gradient = problem.theta, problem.gradient
    state = optimizer.init(theta.size, theta.dtype)
    zeros = np.zeros_like(theta)
    tracer = Tracer(problem) if trainer.trace else None
    frozen = _frozen(problem, trainer.frozen)
    seconds, counted = 0.0, 0
    yield Evaluation(0, _evaluate(problem))
    for step in range(1, steps + 1):
        evaluated = step % every == 0 or step == steps
        factor = schedule.factor(step - 1, steps)
        lr = optimizer.lr * factor
        before = theta.copy() if evaluated else None
        start = perf_counter()
        with np.errstate(all="ignore"):
            loss = problem.loss_and_gradient()
            for _, slope, _ in frozen:
                slope[...] = 0
            if math.isfinite(loss):
                optimizer.update(theta, gradient, state, factor)
            for values, _, drawn in frozen:  # weight decay moves parameters without a gradient too
                values[...] = drawn
            finite = (
                np.dot(theta, zeros) == 0
            )  # 0 · inf and 0 · NaN are NaN, so this check is exact; it is also the fastest
        seconds, counted = seconds + perf_counter() - start, counted + 1
        if not math.isfinite(loss):
            yield Diverged(step, "loss", _hidden(problem))
            return
        yield Step(step, loss, lr if schedule.varies else None, tracer.read() if tracer else None)
        if not finite:
            what = "parameters" if np.isfinite(gradient).all() else "gradient"
            yield Diverged(step, what, _hidden(problem))
            return
        if before is not None:
            of_updates = {"time/steps_per_second": counted / seconds} | ({} if schedule.varies else {"lr": lr})
            yield Evaluation(step, _evaluate(problem, before) | of_updates)
            seconds, counted = 0.0, 0


def _frozen(problem: Problem, layers: Sequence[str]) -> list[tuple[Array, Array, Array]]:
    """Return the parameters of these layers and their gradients, as views, with copies of the parameters as they are."""
    if not layers:
        return []
    assert isinstance(problem, ClassificationProblem), "trainer.frozen needs a network"
    parts = [part for layer in layers for part in problem.network.slices(layer)]
    return [(problem.theta[part], problem.gradient[part], problem.theta[part].copy()) for part in parts]


def _hidden(problem: Problem) -> dict[str, float]:
    """Return the statistics of the hidden layers in the last mini-batch, finite or not, by metric name."""
    units = HiddenUnits()
    with np.errstate(all="ignore"):
        units.observe(problem.hidden())
        return units.metrics()


def _evaluate(problem: Problem, before: Array | None = None) -> dict[str, float]:
    """Return the finite metrics of the current state, by name; a value that overflowed is left out.

    Args:
        problem: The problem in training.
        before: The parameters before the last update, shape (P,), to measure that update too; None for the untrained
            state.
    """
    units = HiddenUnits()
    with np.errstate(all="ignore"):
        metrics = problem.evaluate(units.observe) | units.metrics()
        if before is not None:
            metrics |= update_metrics(problem.gradient, before, problem.theta)
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
