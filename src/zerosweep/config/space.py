"""A search space in Hydra's own grammar: from the command line to dimensions, and from values back to a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep
from omegaconf import DictConfig, FloatNode, IntegerNode

from zerosweep.config.compose import Composer, typed
from zerosweep.config.read import Config
from zerosweep.errors import SettingError, UserError


@dataclass(frozen=True)
class Numbers:
    """Numbers from low to high, both included. log: spread evenly over orders of magnitude. whole: whole numbers only. step:
    between neighbours, or None for all there are."""

    low: float
    high: float
    log: bool = False
    whole: bool = False
    step: float | None = None


@dataclass(frozen=True)
class Choices:
    """Values as one types them, in no order."""

    values: tuple[str, ...]


Dimension = Numbers | Choices

Value = str | int | float


class Space:
    """What a search varies, and what it leaves as it is.

    A setting that only some options of a group have is searched only where such an option is chosen.
    """

    def __init__(self, loader: Any, master: DictConfig, params: Mapping[str, Any], arguments: Sequence[str]):
        parsed = {override.get_key_element(): override for override in typed(loader, params, arguments)}
        self._composer = Composer(loader, master)
        self._varied = {name: one for name, one in parsed.items() if one.is_sweep_override()}
        self._fixed = [
            f"{name}={one.get_value_element_as_str()}" for name, one in parsed.items() if name not in self._varied
        ]
        self._groups = {name: one for name, one in self._varied.items() if self._composer.is_group(name)}
        self._node = cache(self._find_node)
        if not self._varied:
            raise UserError("nothing to search over; write for instance 'optimizer.lr=tag(log,interval(1e-4,1))'")
        self._refuse_strangers()

    @property
    def names(self) -> list[str]:
        """The settings that vary, in the order they were typed."""
        return [name.lstrip("+") for name in self._varied]

    def groups(self) -> dict[str, Choices]:
        """The config groups among what varies: chosen first, since they decide what else there is."""
        return {name: Choices(_values(one)) for name, one in self._groups.items()}

    def within(self, chosen: Mapping[str, str]) -> dict[str, Dimension]:
        """The other dimensions, where these options of the groups are `chosen`."""
        found: dict[str, Dimension] = {}
        for name, override in self._varied.items():
            if name not in self._groups:
                node = self._node(name, tuple(f"{group}={option}" for group, option in chosen.items()))
                if node is not None:
                    found[name] = _dimension(override, whole=node is IntegerNode, broken=node is FloatNode)
        return found

    def everywhere(self) -> dict[str, Dimension]:
        """All dimensions, whatever is chosen."""
        found: dict[str, Dimension] = dict(self.groups())
        for chosen in self.combinations():
            found |= self.within(chosen)
        return found

    def combinations(self) -> list[dict[str, str]]:
        """Every choice of options of the groups."""
        groups = self.groups()
        options = product(*(choices.values for choices in groups.values()))
        return [dict(zip(groups, chosen, strict=True)) for chosen in options]

    def job(self, values: Mapping[str, Value], number: int) -> tuple[str, Config]:
        """(label, configuration) of one trial; label: its values."""
        varied = [
            f"{name}={value!r}" if isinstance(value, float) else f"{name}={value}" for name, value in values.items()
        ]
        config = self._composer.job([*self._fixed, *varied], number)
        return " ".join(f"{name.lstrip('+')}={_short(value)}" for name, value in values.items()), config

    def _find_node(self, name: str, chosen: tuple[str, ...]) -> type | None:
        """The kind of the setting's node where these options are chosen, or None where there is no such setting."""
        if name.startswith("+"):
            return object
        fixed = [one for one in self._fixed if self._composer.is_group(one.partition("=")[0])]
        return self._composer.kind(name, [*fixed, *chosen])

    def _refuse_strangers(self) -> None:
        """A setting that no option of the search has is a mistake."""
        everywhere = self.everywhere()
        for name, override in self._varied.items():
            if name not in everywhere:
                self._composer.job([*self._fixed, f"{name}=0"], 0)  # Hydra's own words for it
                raise SettingError(
                    name, str(override.input_line).partition("=")[2], "is no setting of what is searched"
                )


def _values(override: Override) -> tuple[str, ...]:
    """As typed: Hydra writes true as True."""
    return tuple(value.lower() if value in ("True", "False") else value for value in override.sweep_string_iterator())


def _dimension(override: Override, whole: bool, broken: bool) -> Dimension:
    """whole: the setting takes whole numbers only; broken: it takes others too, whatever the bounds look like."""
    sweep = override.value()
    match sweep:
        case ChoiceSweep():
            return Choices(_values(override))
        case IntervalSweep(start=float() | int() as low, end=float() | int() as high):
            if not low < high:
                raise _mistake(override, "needs two numbers, the smaller first")
            log = "log" in sweep.tags
            if log and low <= 0:
                raise _mistake(override, "needs numbers > 0, to be searched by orders of magnitude")
            integers = whole or (not broken and isinstance(low, int) and isinstance(high, int))
            return Numbers(low, high, log, integers)
        case RangeSweep(start=start, stop=stop, step=step):
            points = list(sweep.range())
            if not points:
                raise _mistake(override, f"holds nothing from {start} to {stop} in steps of {step}")
            integers = all(isinstance(point, int) for point in points)
            return Numbers(
                min(points), max(points), "log" in sweep.tags, integers, None if "log" in sweep.tags else abs(step)
            )
    raise _mistake(override, "cannot be searched")


def _mistake(override: Override, allowed: str) -> SettingError:
    name, _, value = str(override.input_line).partition("=")
    return SettingError(name, value, allowed)


def _short(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
