"""Options of config groups that have no file in conf/: the parts of plugins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import partial
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from zerosweep.config.purposes import purposes
from zerosweep.config.schemas import GROUPS
from zerosweep.data.dataset import Dataset
from zerosweep.errors import UserError
from zerosweep.nn.initializers import Initializer
from zerosweep.nn.losses import Loss
from zerosweep.nn.model import Model
from zerosweep.optim.optimizer import Optimizer
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Schedule
from zerosweep.places import CONF
from zerosweep.plugins import parts
from zerosweep.recipe import Recipe
from zerosweep.tasks.task import Task

BASES: dict[str, tuple[type[Recipe], tuple[str, ...]]] = {
    "task": (Task, ()),
    "dataset": (Dataset, ("source",)),
    "model": (Model, ("layers",)),
    "optimizer": (Optimizer, ("rule", "update")),
    "schedule": (Schedule, ("factor",)),
    "regularizer": (Regularizer, ()),
    "init": (Initializer, ("deviation", "draw")),
    "loss": (Loss, ("value_and_gradient",)),
}
"""The class that a part of each config group inherits, and the methods of which it must have at least one."""


def register_option(group: str, name: str, recipe: type[Recipe], module: str) -> None:
    """Make a recipe an option of a config group, as in `optimizer=lion`.

    It needs no file. A file of the same name, in a folder that is given with `--config-dir`, may have other default
    values; it names the schema in its defaults list, as the files of conf/ do.

    Args:
        group: The config group.
        name: The name of the option.
        recipe: The dataclass with its settings.
        module: The name of the module that registers it.

    Raises:
        UserError: The name is taken, or the class is no recipe of this group.
    """
    files = [file.stem for file in (CONF / group).glob("*.yaml")]
    check_recipe(group, name, recipe)
    registry: Any = GROUPS[group]
    withdraw = partial(_withdraw, group, name)
    parts.enter(group, name, recipe, module, registry, built_in=files, withdraw=withdraw)
    ConfigStore.instance().store(name=f"schema_{group}_{name}", node=recipe, provider="zerosweep")
    _offer(group, name, recipe)
    purposes.cache_clear()


def offer_options(has_file: Callable[[str], bool]) -> None:
    """Offer each option of a plugin to Hydra, except those that have a file, which Hydra would take for its schema.

    Args:
        has_file: Whether an option, such as "optimizer/lion", has a file on the search path of the command.
    """
    for part in parts.PARTS.values():
        if part.kind in GROUPS:
            _take_back(part.kind, part.name)
            if not has_file(f"{part.kind}/{part.name}"):
                _offer(part.kind, part.name, part.value)


def check_recipe(group: str, name: str, recipe: type[Recipe]) -> None:
    """Check that a class can be an option of a config group.

    Raises:
        UserError: It cannot. The error says what is missing.
    """
    base, needed = BASES[group]
    part = f'{group} "{name}"'
    if not isinstance(recipe, type):
        raise UserError(f"{part}: must be a class that inherits {base.__name__}")
    if not issubclass(recipe, base):
        raise UserError(f"{part}: {recipe.__name__} must inherit {base.__name__}")
    if "__dataclass_params__" not in vars(recipe):
        raise UserError(f"{part}: {recipe.__name__} must be a dataclass; write @dataclass below @zs.{group}")
    if needed and all(getattr(recipe, method) is getattr(base, method) for method in needed):
        raise UserError(f"{part}: {recipe.__name__} must have the method {' or '.join(needed)}")
    for setting in fields(recipe):
        if setting.default is MISSING and setting.default_factory is MISSING:
            raise UserError(f"{part}: the setting {setting.name} of {recipe.__name__} needs a default value")
    try:
        OmegaConf.structured(recipe)
    except Exception as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(f"{part}: {recipe.__name__} cannot be read as settings: {why}") from error


def _offer(group: str, name: str, recipe: type[Recipe]) -> None:
    others = recipe.presets if issubclass(recipe, Task) else {}
    whole = {"defaults": [f"/schema_{group}_{name}@{group}", "_self_"], **others}
    node, package = (OmegaConf.create(whole), "_global_") if others else (recipe, None)
    ConfigStore.instance().store(group=group, name=name, node=node, package=package, provider="zerosweep")


def _take_back(group: str, name: str) -> None:
    repo = ConfigStore.instance().repo
    repo.get(group, {}).pop(f"{name}.yaml", None)
    if not repo.get(group, True):
        del repo[group]


def _withdraw(group: str, name: str) -> None:
    ConfigStore.instance().repo.pop(f"schema_{group}_{name}.yaml", None)
    _take_back(group, name)
    purposes.cache_clear()
