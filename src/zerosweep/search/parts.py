"""Samplers and pruners as settings describe them: by name or by class, with arguments that are checked at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from optuna import samplers

from zerosweep.errors import SettingError, no_such_setting
from zerosweep.tracking.params import as_typed

Spec = str | Mapping[str, Any] | None
"""A sampler or pruner: its name; a mapping with `name` and arguments, as in {name: tpe, n_startup_trials: 5}; or a
mapping with `_target_`, as in {_target_: optuna.samplers.TPESampler}."""

KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "an integer"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "str": (str, "a string"),
    "dict[str, Any]": (dict, "a mapping"),
    "None": (type(None), "null"),
}
"""The types of an argument and their description, by annotation.

An argument with other annotations cannot be configured, unless it is another sampler or pruner.
"""

NESTED = {"BaseSampler": "sampler", "BasePruner": "pruner"}
"""What an argument is that is a sampler or pruner itself, by annotation."""

LEAST = {
    **{"n_ei_candidates": 1, "popsize": 4, "max_resource": 1, "inc_popsize": -1},
    **{"lower": -float("inf"), "upper": -float("inf")},
}
"""The smallest allowed number of arguments where that is not 0.

Optuna checks some of them only in a trial, and others never.
"""

NEEDS = {samplers.GPSampler: "torch", samplers.CmaEsSampler: "cmaes"}
"""The optional package that a class needs. Optuna imports it when the model is first fitted, after some trials."""


@dataclass(frozen=True)
class Family:
    """A family of parts.

    Attributes:
        kind: "sampler" or "pruner".
        module: The module of Optuna that has the classes.
        base: Their base class.
        named: The classes by name. They may stand in for Optuna's class that they inherit.
    """

    kind: str
    module: ModuleType
    base: type
    named: Mapping[str, type]

    @property
    def public(self) -> dict[str, type]:
        """Optuna's public classes of this family by their full names, without the abstract ones."""
        found = {name: getattr(self.module, name) for name in self.module.__all__}
        return {
            f"{self.module.__name__}.{name}": self._resumable(kind)
            for name, kind in found.items()
            if isinstance(kind, type) and issubclass(kind, self.base) and not inspect.isabstract(kind)
        }

    def _resumable(self, kind: type) -> type:
        """Return the class that stands in for this one of Optuna's, or the class itself where there is none."""
        named = [*self.named.values()]
        return kind if kind in named else next((one for one in named if issubclass(one, kind)), kind)

    def name_of(self, kind: type) -> str:
        """Return the short name of a class; Optuna's name of a class that has none."""
        return next((name for name, named in self.named.items() if named is kind), kind.__name__)


@dataclass(frozen=True)
class Part:
    """A sampler or pruner, described by a setting and not yet made.

    Attributes:
        setting: The setting that describes it, as in "sampler" or "pruner.wrapped_pruner".
        spec: The setting's value, for error messages.
        name: Its name.
        kind: Its class.
        arguments: The arguments that the setting gives. One that is a sampler or pruner is a `Part`.
    """

    setting: str
    spec: Spec
    name: str
    kind: type
    arguments: Mapping[str, Any]

    def make(self, **more: Any) -> Any:
        """Create the sampler or pruner.

        Args:
            more: Arguments that it, and every sampler or pruner inside it, gets if it takes them.

        Raises:
            SettingError: Optuna refuses the arguments, or a package is missing.
        """
        package = next((package for kind, package in NEEDS.items() if issubclass(self.kind, kind)), None)
        if package and find_spec(package) is None:
            raise SettingError(
                self.setting, shown(self.spec), f"needs {package}, which is not installed: pip install {package}"
            )
        taken = inspect.signature(self.kind).parameters
        arguments = {name: value for name, value in more.items() if name in taken} | {
            name: value.make(**more) if isinstance(value, Part) else value for name, value in self.arguments.items()
        }
        try:
            return self.kind(**arguments)
        except (ValueError, TypeError) as error:
            raise SettingError(self.setting, shown(self.spec), str(error).splitlines()[0]) from None

    def given(self, argument: str) -> Iterator[Any]:
        """Yield each value that is given for this argument, first the one of the part itself, then those inside it."""
        if argument in self.arguments:
            yield self.arguments[argument]
        for part in self.inside():
            yield from part.given(argument)

    def without(self, argument: str) -> Part:
        """Return the part without this argument, which is left out of the parts inside it too."""
        kept = {name: value for name, value in self.arguments.items() if name != argument}
        return replace(
            self,
            arguments={
                name: value.without(argument) if isinstance(value, Part) else value for name, value in kept.items()
            },
        )

    def inside(self) -> list[Part]:
        """Return the samplers or pruners among the arguments."""
        return [value for value in self.arguments.values() if isinstance(value, Part)]

    def any(self, holds: Callable[[type], bool]) -> bool:
        """Return whether something holds for the class of the part, or of any part inside it."""
        return holds(self.kind) or any(part.any(holds) for part in self.inside())


def read(setting: str, spec: Any, families: Mapping[str, Family], kind: str) -> Part:
    """Return the part that a setting describes.

    Args:
        setting: Name of the setting, for error messages.
        spec: Its value.
        families: All families, by kind.
        kind: The kind of the part: "sampler" or "pruner".

    Raises:
        SettingError: The part or an argument is unknown, or has a wrong value.
    """
    family = families[kind]
    name, made, given = _chosen(setting, spec, family)
    parameters = inspect.signature(made).parameters
    allowed = {parameter.name: _kinds(parameter) for parameter in parameters.values()}
    taken = [argument for argument, kinds in allowed.items() if {*kinds} - {"None"}]
    arguments: dict[str, Any] = {}
    for argument, value in given.items():
        full = f"{setting}.{argument}"
        if argument not in taken:
            raise SettingError(full, shown(value), no_such_setting(argument, name, taken))
        inner = next((NESTED[one] for one in allowed[argument] if one in NESTED), None)
        arguments[argument] = value
        if inner is None:
            _check(full, value, argument, allowed[argument])
        elif value is not None or "None" not in allowed[argument]:
            arguments[argument] = read(full, value, families, inner)
    missing = [one for one in taken if parameters[one].default is inspect.Parameter.empty and one not in arguments]
    if missing:
        raise SettingError(setting, shown(spec), f"needs {', '.join(missing)} as well")
    return Part(setting, spec, name, made, arguments)


def _chosen(setting: str, spec: Any, family: Family) -> tuple[str, type, dict[str, Any]]:
    """Return the name, the class and the arguments of a part."""
    given = dict(spec) if isinstance(spec, Mapping) else {"name": spec}
    if "_target_" in given:
        target, public = given.pop("_target_"), family.public
        if not isinstance(target, str) or target not in public:
            allowed = f"must be one of {', '.join(public)}"
            raise SettingError(f"{setting}._target_", shown(target), allowed, public)
        return family.name_of(public[target]), public[target], given
    if "name" not in given:
        whole = shown({"name": next(iter(family.named)), **given})
        raise SettingError(setting, shown(spec), f"name is missing; must be as in {whole}")
    name = given.pop("name")
    if not isinstance(name, str) or name not in family.named:
        raise SettingError(setting, shown(name), f"must be one of {', '.join(family.named)}", family.named)
    return name, family.named[name], given


def _check(setting: str, value: Any, argument: str, kinds: list[str]) -> None:
    """Refuse a value of another type than the argument has, and a number that is too small."""
    if not any(_has_kind(value, kind) for kind in kinds):
        raise SettingError(setting, shown(value), f"must be {' or '.join(KINDS[kind][1] for kind in kinds)}")
    if isinstance(value, int | float) and not value >= LEAST.get(argument, 0):
        raise SettingError(setting, value, f"must be >= {LEAST.get(argument, 0)}")


def _kinds(parameter: inspect.Parameter) -> list[str]:
    """Return the keys of `KINDS` and `NESTED` in the parameter's annotation, which may be a string."""
    annotation = inspect.formatannotation(parameter.annotation).strip("'")
    return [kind for kind in annotation.split(" | ") if kind in KINDS or kind in NESTED]


def _has_kind(value: Any, kind: str) -> bool:
    """Return whether the value has this type of `KINDS`. A bool is not an integer."""
    return isinstance(value, KINDS[kind][0]) and (kind == "bool" or not isinstance(value, bool))


def shown(value: Any) -> str:
    """Return the value as one writes it on the command line."""
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{shown(inner)}' for key, inner in value.items())}}}"
    return as_typed(value)
