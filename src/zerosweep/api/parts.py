"""Decorators that register parts of one's own: an optimizer, a layer, a dataset, and so on.

Each takes the name of the part and leaves the class or function as it is:

    @zs.optimizer("lion")
    @dataclass
    class Lion(zs.Optimizer): ...

A command loads the file with `plugins=[lion.py]`. In Python, importing it is enough.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from zerosweep.config.options import register_option
from zerosweep.data.dataset import Dataset
from zerosweep.errors import UserError
from zerosweep.figures.names import OWN_RUN_FIGURES, OWN_SWEEP_FIGURES, RUN_FIGURES, report_figures
from zerosweep.metrics import BY_NAME, MAXIMIZE, METRICS, MINIMIZE, NEITHER, Metric, described
from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.nn.initializers import Initializer
from zerosweep.nn.layer import Activation
from zerosweep.nn.losses import Loss
from zerosweep.nn.model import Model
from zerosweep.optim.optimizer import Optimizer
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Schedule
from zerosweep.plugins.parts import PARTS, check_called, enter, keep
from zerosweep.recipe import Recipe
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import FINDINGS, Check, Finding
from zerosweep.tasks.classification import OWN_MEASURES, ClassificationProblem
from zerosweep.tasks.function import FunctionTask

METRIC_NAME = re.compile(r"[A-Za-z]\w*(/\w+)*", re.ASCII)
"""Pattern of the name of a metric, which may begin with the set that is measured, as in val/f1."""

SPLITS = ("train", "val", "test")

R = TypeVar("R", bound=Recipe)
T = TypeVar("T", bound=FunctionTask)
D = TypeVar("D", bound=Dataset)
M = TypeVar("M", bound=Model)
O = TypeVar("O", bound=Optimizer)  # noqa: E741
S = TypeVar("S", bound=Schedule)
P = TypeVar("P", bound=Regularizer)
I = TypeVar("I", bound=Initializer)  # noqa: E741
L = TypeVar("L", bound=Loss)
A = TypeVar("A", bound=Activation)
G = TypeVar("G", bound=Callable[[ClassificationProblem], float])
F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=Callable[[Evidence], Check])


def optimizer(name: str) -> Callable[[type[O]], type[O]]:
    """Register a subclass of `Optimizer` as `optimizer=<name>`."""
    return _option("optimizer", name)


def schedule(name: str) -> Callable[[type[S]], type[S]]:
    """Register a subclass of `Schedule` as `schedule=<name>`."""
    return _option("schedule", name)


def regularizer(name: str) -> Callable[[type[P]], type[P]]:
    """Register a subclass of `Regularizer` as `regularizer=<name>`."""
    return _option("regularizer", name)


def init(name: str) -> Callable[[type[I]], type[I]]:
    """Register a subclass of `Initializer` as `init=<name>`."""
    return _option("init", name)


def loss(name: str) -> Callable[[type[L]], type[L]]:
    """Register a subclass of `Loss` as `loss=<name>`."""
    return _option("loss", name)


def model(name: str) -> Callable[[type[M]], type[M]]:
    """Register a subclass of `Model` as `model=<name>`."""
    return _option("model", name)


def dataset(name: str) -> Callable[[type[D]], type[D]]:
    """Register a subclass of `Dataset` as `dataset=<name>`."""
    return _option("dataset", name)


def task(name: str) -> Callable[[type[T]], type[T]]:
    """Register a subclass of `FunctionTask` as `task=<name>`. A training loop is registered with `trainable` instead."""
    module = caller(1)
    check_called("task", name)

    def register(recipe: type[T]) -> type[T]:
        check_methods("task", name, recipe, FunctionTask, ("start", "value_and_gradient"))
        register_option("task", name, recipe, module)
        return recipe

    return register


def layer(name: str) -> Callable[[type[A]], type[A]]:
    """Register a subclass of `Activation`, made without arguments, as `model.activation=<name>`.

    Layers of other kinds need no name: a model makes them in its `layers`.
    """
    module = caller(1)
    check_called("layer", name)

    def register(kind: type[A]) -> type[A]:
        check_methods("layer", name, kind, Activation, ("forward", "backward", "active"))
        enter("layer", name, kind, module, ACTIVATIONS)
        return kind

    return register


def metric(
    name: str, meaning: str = "", *, direction: str = NEITHER, unit: str = "", fraction: bool = False
) -> Callable[[G], G]:
    """Describe a metric; used as a decorator, also measure it at each evaluation of a classification.

    Reports, searches and errors use the description. A task or a trainable that records a metric of its own may have
    it described, by a call and nothing else.

    Args:
        name: The recorded name, such as "parameter_norm" or "val/f1".
        meaning: A noun phrase that says what is measured.
        direction: The direction of better values: "maximize", "minimize" or "neither".
        unit: The unit of the values; "" for plain numbers.
        fraction: Whether the values are in [0, 1].

    Returns:
        A decorator for the function that measures it: it takes the `ClassificationProblem`, which it must not change,
        and returns a number. One that is not finite is not recorded.
    """
    module = caller(1)
    check_called("metric", name)
    if direction not in (MAXIMIZE, MINIMIZE, NEITHER):
        raise UserError(f'metric "{name}": the direction must be maximize, minimize or neither')
    split = next((split for split in SPLITS if name.startswith(f"{split}/")), "")
    entry = Metric(name, meaning or name, direction, unit=unit, fraction=fraction, split=split)
    built_in = [name] if ("metric", name) not in PARTS and described(name) else []
    withdraw = partial(METRICS.remove, entry)
    enter("metric", name, entry, module, BY_NAME, built_in=built_in, pattern=METRIC_NAME, withdraw=withdraw)
    METRICS.append(entry)

    def register(measure: G) -> G:
        keep("metric", name, measure, OWN_MEASURES)
        return measure

    return register


def figure(name: str, *, of: str = "run") -> Callable[[F], F]:
    """Register a function that draws a figure.

    Args:
        name: The name of the figure, which is also that of its file.
        of: "run" for a figure of each run with `tracking.figures=true`, drawn by (history, problem, title), which may
            return None where there is nothing to show; or "sweep" for `report.figure=<name>`, drawn by (runs, factors,
            metric, title) from a list of `ComparedRun`.
    """
    module = caller(1)
    check_called("figure", name)
    registries = {"run": OWN_RUN_FIGURES, "sweep": OWN_SWEEP_FIGURES}
    if of not in registries:
        raise UserError(f'figure "{name}": must be of="run" or of="sweep"')
    built_in = (*RUN_FIGURES, *report_figures()) if ("figure", name) not in PARTS else ()

    def register(draw: F) -> F:
        enter("figure", name, draw, module, registries[of], built_in=built_in)
        return draw

    return register


def finding(expected: str) -> Callable[[C], C]:
    """Register a check as a finding that `report.findings` may name, by the name of the function.

    Args:
        expected: The claim, with the thresholds that the check applies.
    """
    import zerosweep.experiments.findings  # noqa: F401  registers the built-in ones, whose names are taken

    module = caller(1)
    check_called("finding", expected)

    def register(check: C) -> C:
        enter("finding", check.__name__, Finding(check.__name__, expected, check, source="ours"), module, FINDINGS)
        return check

    return register


def caller(depth: int) -> str:
    """Return the name of the module that called the function `depth` levels up, which is the one that registers."""
    return str(sys._getframe(depth + 1).f_globals.get("__name__", "__main__"))


def check_methods(kind: str, name: str, part: object, base: type, methods: Sequence[str]) -> None:
    """Check that a part is a class that inherits a base class and has all of these methods of its own.

    Raises:
        UserError: It is not, or it lacks one.
    """
    if not isinstance(part, type) or not issubclass(part, base):
        raise UserError(f'{kind} "{name}": must be a class that inherits {base.__name__}')
    for method in methods:
        if getattr(part, method) is getattr(base, method):
            raise UserError(f'{kind} "{name}": {part.__name__} must have the method {method}')


def _option(group: str, name: str) -> Callable[[type[R]], type[R]]:
    module = caller(2)
    check_called(group, name)

    def register(recipe: type[R]) -> type[R]:
        register_option(group, name, recipe, module)
        return recipe

    return register
