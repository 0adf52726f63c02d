"""The decorator that makes a training loop of any library a task, as in `task=mine`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from zerosweep.api.parts import caller
from zerosweep.config.options import register_option
from zerosweep.errors import UserError
from zerosweep.metrics import NEITHER
from zerosweep.metrics import direction as direction_of_metric
from zerosweep.tasks.trainable import Trainable

T = TypeVar("T")

MAY_HAVE = {"train", "data_id", "steps", "classes"}
"""Attributes of `Trainable` that a class may define itself."""


def trainable(name: str, *, objective: str | None = None, direction: str | None = None) -> Callable[[type[T]], type[T]]:
    """Register a dataclass with a method `train` as `task=<name>`. Its fields are the settings `task.<field>`.

    `train` is a generator: it trains with these settings and a seed, and yields a record of metrics at each evaluation.
    `zerosweep.tasks.trainable.Trainable` says what else the class may have. Example:

    >>> import zerosweep as zs
    >>> from dataclasses import dataclass
    >>> @zs.trainable("halving", objective="train/loss")
    ... @dataclass
    ... class Halving:
    ...     epochs: int = zs.number(3, at_least=1)
    ...
    ...     def train(self, seed):
    ...         for epoch in range(self.epochs):
    ...             yield {"train/loss": 0.5**epoch}
    >>> list(Halving(epochs=2).train(seed=0))
    [{'train/loss': 1.0}, {'train/loss': 0.5}]

    Args:
        name: The name of the option.
        objective: The metric that runs are compared by, unless `objective.metric` is set; by default val/accuracy.
        direction: "maximize" or "minimize", unless `objective.direction` is set; by default that of the metric where it
            is known, as of val/loss, and else maximize.

    Raises:
        UserError: The name is taken, or the class cannot be a trainable.
    """
    module = caller(1)

    def register(settings: type[T]) -> type[T]:
        kind: Any = as_task(name, settings)
        known = direction or (direction_of_metric(objective) if objective else NEITHER)
        judged = {"metric": objective, "direction": None if known == NEITHER else known}
        given = {setting: value for setting, value in judged.items() if value is not None}
        kind.presets = {"objective": given} if given else {}
        register_option("task", name, kind, module)
        return kind  # type: ignore[no-any-return]

    return register


def as_task(name: str, settings: type[T]) -> type[T]:
    """Return a dataclass with a method `train` as a task: a subclass of it and of `Trainable`, with the same name.

    Raises:
        UserError: The class cannot be a trainable. The error says what is missing.
    """
    _check(f'task "{name}"', settings)
    own_init: Callable[[Any], None] | None = getattr(settings, "__post_init__", None)

    def post_init(self: Any) -> None:
        Trainable.__post_init__(self)  # the ranges of its fields
        if own_init is not None:
            own_init(self)

    namespace = {
        "__module__": settings.__module__,  # pickle finds it where the class that it replaces was defined
        "__qualname__": settings.__qualname__,
        "__doc__": settings.__doc__,
        "__post_init__": post_init,
    }
    kind: Any = type(settings.__name__, (settings, Trainable), namespace)
    return dataclass(repr=False, eq=False)(kind)


def _check(part: str, settings: Any) -> None:
    if not isinstance(settings, type):
        raise UserError(f"{part}: @zs.trainable is for a dataclass with a method train(self, seed)")
    who = settings.__name__
    if "__dataclass_params__" not in vars(settings):
        raise UserError(f"{part}: {who} must be a dataclass; write @dataclass below @zs.trainable")
    if settings.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise UserError(f"{part}: {who} must not be a frozen dataclass")
    train: Any = getattr(settings, "train", None)
    try:
        inspect.signature(train).bind(None, 0)
    except TypeError:
        raise UserError(f"{part}: {who} must have the method train(self, seed), which yields its records") from None
    taken = set(dir(Trainable)) - set(dir(object)) - MAY_HAVE
    names = {*vars(settings), *(setting.name for setting in fields(settings))}
    for clash in sorted(name for name in names & taken if not name.startswith("__")):
        raise UserError(f"{part}: {who}.{clash} has a name that is taken; choose another one")
