"""Search spaces in Hydra's grammar: from the command line to dimensions, and from values to a configuration."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from math import ceil, floor, isfinite
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep, Sweep, Transformer
from omegaconf import DictConfig, IntegerNode

from zerosweep.config.compose import Composer, parse_overrides
from zerosweep.config.grid import MOST_RUNS, count, mistake
from zerosweep.config.names import levels
from zerosweep.config.nearest import unknown_setting
from zerosweep.config.read import Config
from zerosweep.errors import UserError, suggestion
from zerosweep.naming import run_name
from zerosweep.tracking.params import as_typed

Value = str | int | float | bool | None
"""A value of a dimension. A string is written as in an override."""


@dataclass(frozen=True)
class Numbers:
    """Dimension of numbers.

    Attributes:
        low: The smallest number, included.
        high: The largest number, included.
        log: Search on a log scale.
        whole: Search integers only.
        step: The difference between neighbours; None for a continuous interval or for consecutive integers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False
    step: float | None = None


@dataclass(frozen=True)
class Choices:
    """Dimension of values without an order.

    Attributes:
        values: The values: numbers, booleans and null with their types, and all others as written in an override.
    """

    values: tuple[Value, ...]

    @property
    def as_text(self) -> Choices:
        """The same choices with every value as written in an override."""
        return Choices(tuple(map(as_typed, self.values)))


Dimension = Numbers | Choices


class Space:
    """Search space: the dimensions that a search varies, and the settings that it leaves fixed.

    A setting that only some options of a config group have is searched only when such an option is chosen.

    Args:
        loader: Hydra's config loader.
        master: The configuration of the search itself.
        params: The values in `hydra.sweeper.params`.
        arguments: The overrides on the command line.

    Raises:
        UserError: Nothing varies, or an override cannot be searched.
    """

    def __init__(self, loader: Any, master: DictConfig, params: Mapping[str, Any], arguments: Sequence[str]):
        parsed = {override.get_key_element(): override for override in parse_overrides(loader, params, arguments)}
        self._composer = Composer(loader, master)
        self._varied = {name: one for name, one in parsed.items() if one.is_sweep_override()}
        self._fixed = [
            f"{name}={one.get_value_element_as_str()}" for name, one in parsed.items() if name not in self._varied
        ]
        self._groups = {name: one for name, one in self._varied.items() if self._composer.is_group(name)}
        self._as_text: frozenset[str] = frozenset()
        self._node = cache(self._find_node)
        if not self._varied:
            raise UserError("nothing to search over; write for instance 'optimizer.lr=tag(log,interval(1e-4,1))'")
        for override in self._varied.values():
            _check_tags(override)
            count(override)
        for override in self._groups.values():
            if isinstance(override.value(), IntervalSweep | RangeSweep):
                raise mistake(override, "must be options of the group")
        self._refuse_unknown()

    @property
    def names(self) -> list[str]:
        """The settings that vary, in the order of their overrides."""
        return [name.lstrip("+") for name in self._varied]

    def with_text(self, names: Collection[str]) -> Space:
        """Return this space with every choice of these settings as text, as studies of earlier versions have them."""
        other = copy.copy(self)
        other._as_text = frozenset(names)
        return other

    def groups(self) -> dict[str, Choices]:
        """Return the config groups that vary. They are chosen first, because the other settings depend on them."""
        return {name: _listed(one).as_text for name, one in self._groups.items()}

    def within(self, chosen: Mapping[str, str]) -> dict[str, Dimension]:
        """Return the other dimensions for chosen options of the config groups.

        Args:
            chosen: The option of each config group that varies.
        """
        found: dict[str, Dimension] = {}
        for name, override in self._varied.items():
            if name not in self._groups:
                node = self._node(name, tuple(f"{group}={option}" for group, option in chosen.items()))
                if node is not None:
                    dimension = _dimension(override, whole=node is IntegerNode)
                    if isinstance(dimension, Choices) and name in self._as_text:
                        dimension = dimension.as_text
                    found[name] = dimension
        return found

    def everywhere(self) -> dict[str, Dimension]:
        """Return the dimensions of all combinations of options."""
        found: dict[str, Dimension] = dict(self.groups())
        for chosen in self.combinations():
            found |= self.within(chosen)
        return found

    def combinations(self) -> list[dict[str, str]]:
        """Return every combination of options of the config groups that vary."""
        groups = self.groups()
        options = product(*(map(str, choices.values) for choices in groups.values()))
        return [dict(zip(groups, chosen, strict=True)) for chosen in options]

    def job(self, values: Mapping[str, Value], number: int) -> Config:
        """Return the configuration of a trial, with a name that shows its values.

        Args:
            values: The value of each dimension.
            number: The number of the trial, from 0.
        """
        config = self._composer.job(self.overrides(values), number)
        varied = levels((name.lstrip("+") for name in values), config.choices, config.settings)
        return replace(config, name_in_sweep=run_name(varied))

    def compose(self, values: Mapping[str, Value]) -> DictConfig:
        """Return the configuration that Hydra composes for a trial."""
        return self._composer.compose(self.overrides(values))

    def label(self, values: Mapping[str, Value]) -> str:
        """Return the name of a trial whose configuration may not compose."""
        return run_name({name.lstrip("+"): value for name, value in values.items()})

    def overrides(self, values: Mapping[str, Value]) -> list[str]:
        """Return all overrides of a trial: those that do not vary, and the value of each dimension."""
        varied = [f"{name}={as_typed(value)}" for name, value in values.items()]
        return [*self._fixed, *varied]

    def _find_node(self, name: str, chosen: tuple[str, ...]) -> type | None:
        """Return the class of a setting's node for chosen options; None for an unknown setting."""
        return object if name.startswith("+") else self._composer.node_type(name, self._choices(chosen))

    def _choices(self, chosen: Sequence[str]) -> list[str]:
        """Return the options of all config groups: the chosen ones, and those of groups that do not vary."""
        return [*(one for one in self._fixed if self._composer.is_group(one.partition("=")[0])), *chosen]

    def _refuse_unknown(self) -> None:
        """Refuse a setting that exists for no combination of options."""
        everywhere = self.everywhere()
        for name, override in self._varied.items():
            if name not in everywhere:
                chosen = [[f"{group}={option}" for group, option in one.items()] for one in self.combinations()]
                found = [self._composer.nearest_group(name, self._choices(one)) for one in chosen]
                group = max((group for group, _ in found), key=len)
                names = {one for within, names in found if within == group for one in names}
                missing = name.removeprefix(f"{group}.").partition(".")[0]
                raise mistake(override, unknown_setting(missing, group, names))


def _listed(override: Override) -> Choices:
    """Return the values of a choice.

    Optuna takes equal values of different types, as 1 and true, for one value. Where there are such, all are text.
    """
    values = tuple(map(_value, override.sweep_iterator(Transformer.identity)))
    choices = Choices(values)
    return choices if len({*values}) == len({*choices.as_text.values}) else choices.as_text


def _value(element: Any) -> Value:
    """Return an element of a choice with its type; as text where no setting of a study can have this type."""
    if element is None or isinstance(element, bool | int) or (isinstance(element, float) and isfinite(element)):
        return element
    return Transformer.str(element)


def _check_tags(override: Override) -> None:
    """Refuse tags other than log, and a log scale for a choice. Hydra accepts any tag on any sweep."""
    tags = _tags(override)
    for tag in sorted(tags - {"log"}):
        raise mistake(override, f"unknown tag {tag}; the only tag is log{suggestion(tag, ['log'])}")
    if tags and isinstance(override.value(), ChoiceSweep):
        raise mistake(override, "tag(log, ...) needs an interval or a range")


def _tags(override: Override) -> set[str]:
    """Return the tags of an override, as in tag(log, interval(1, 10))."""
    sweep = override.value()
    return sweep.tags if isinstance(sweep, Sweep) else set()  # glob(...) has no tags


def _dimension(override: Override, whole: bool) -> Dimension:
    """Return the dimension that an override describes.

    Args:
        override: The override. The bounds of interval(1,3) are floats, and those of int(interval(1,3)) are integers.
        whole: Whether the setting accepts only integers.
    """
    log = "log" in _tags(override)
    match sweep := override.value():
        case ChoiceSweep():
            return _listed(override)
        case IntervalSweep(start=float() | int() as low, end=float() | int() as high):
            if not low < high:
                raise mistake(override, "needs two numbers, the smaller first")
            found = Numbers(low, high, log)
            if (whole or isinstance(low, int)) and isfinite(high - low):
                found = Numbers(ceil(low), floor(high), log, whole=True)
                if found.low > found.high:
                    raise mistake(override, "contains no integer")
        case RangeSweep(start=start, stop=stop, step=step):
            numbers: Any = sweep.range()
            if count(override) > MOST_RUNS and not isinstance(numbers, range):
                raise mistake(override, f"has {count(override)} numbers; must be at most {MOST_RUNS}, or use interval")
            points = numbers if isinstance(numbers, range) else list(numbers)
            if not points:
                raise mistake(override, f"contains no number from {start} to {stop} in steps of {step}")
            integers = all(isinstance(number, int) for number in (points[0], points[-1], step))
            if log and not (integers and abs(step) == 1):
                raise mistake(override, "tag(log, range(...)) needs integers in steps of 1; use an interval")
            low, high = sorted((points[0], points[-1]))
            found = Numbers(low, high, log, integers, None if log else abs(step))
        case _:
            raise mistake(override, "cannot be searched")
    if log and found.low <= 0:
        raise mistake(override, "needs numbers > 0 for a log scale")
    return found
