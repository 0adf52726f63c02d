"""Decorators that register parts of one's own: an optimizer, a layer, a dataset, and so on.

Each takes the name of the part and leaves the class or function as it is:

    @zs.optimizer("lion")
    @dataclass
    class Lion(zs.Optimizer): ...

A command loads the file with `plugins=[lion.py]`. In Python, importing it is enough.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from zerosweep.config.options import register_option
from zerosweep.data.dataset import Dataset
from zerosweep.nn.initializers import Initializer
from zerosweep.nn.losses import Loss
from zerosweep.nn.model import Model
from zerosweep.optim.optimizer import Optimizer
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Schedule
from zerosweep.recipe import Recipe

R = TypeVar("R", bound=Recipe)
D = TypeVar("D", bound=Dataset)
M = TypeVar("M", bound=Model)
O = TypeVar("O", bound=Optimizer)  # noqa: E741
S = TypeVar("S", bound=Schedule)
P = TypeVar("P", bound=Regularizer)
I = TypeVar("I", bound=Initializer)  # noqa: E741
L = TypeVar("L", bound=Loss)


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


def task(name: str) -> Callable[[type[R]], type[R]]:
    """Register a recipe of a task as `task=<name>`."""
    return _option("task", name)


def caller(depth: int) -> str:
    """Return the name of the module that called the function `depth` levels up, which is the one that registers."""
    return str(sys._getframe(depth + 1).f_globals.get("__name__", "__main__"))


def _option(group: str, name: str) -> Callable[[type[R]], type[R]]:
    module = caller(2)

    def register(recipe: type[R]) -> type[R]:
        register_option(group, name, recipe, module)
        return recipe

    return register
