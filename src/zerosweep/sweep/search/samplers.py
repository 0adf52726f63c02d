"""Samplers and pruners by name, with their own arguments and Optuna's own defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna import pruners, samplers
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from zerosweep.errors import SettingError, no_such_setting


class Grid(samplers.GridSampler):
    """Optuna's own wants to stop `Study.optimize`, which is not how trials are run here."""

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Leave the end of the grid to whoever asks for trials."""


SAMPLERS: dict[str, Callable[..., samplers.BaseSampler]] = {
    "tpe": samplers.TPESampler,
    "random": samplers.RandomSampler,
    "cmaes": samplers.CmaEsSampler,
    "qmc": samplers.QMCSampler,
    "nsgaii": samplers.NSGAIISampler,
    "grid": Grid,
}

PRUNERS: dict[str, Callable[..., pruners.BasePruner]] = {
    "median": pruners.MedianPruner,
    "halving": pruners.SuccessiveHalvingPruner,
    "hyperband": pruners.HyperbandPruner,
    "none": pruners.NopPruner,
}

Spec = str | Mapping[str, Any]
"""A name, or a mapping with `name` and arguments, as in {name: tpe, n_startup_trials: 5}."""


def sampler_of(spec: Spec, seed: int | None, grid: Mapping[str, Sequence[Any]] | None) -> samplers.BaseSampler:
    """grid: all values of every setting, for sampler=grid; None where an interval makes them endless."""
    name, _ = _parts("sampler", spec, SAMPLERS)
    more: dict[str, Any] = {"seed": seed}
    if name == "grid":
        if grid is None:
            raise SettingError(
                "sampler", "grid", "needs values or ranges, not intervals, and no settings of one option"
            )
        more["search_space"] = grid
    made: samplers.BaseSampler = _make("sampler", spec, SAMPLERS, more)
    return made


def pruner_of(spec: Spec) -> pruners.BasePruner:
    made: pruners.BasePruner = _make("pruner", spec, PRUNERS, {})
    return made


def _parts(setting: str, spec: Spec, known: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    arguments = {} if isinstance(spec, str) else dict(spec)
    name = spec if isinstance(spec, str) else arguments.pop("name", None)
    if name not in known:
        raise SettingError(setting, name, f"must be one of {', '.join(known)}", known)
    return str(name), arguments


def _make(setting: str, spec: Spec, known: Mapping[str, Callable[..., Any]], more: Mapping[str, Any]) -> Any:
    name, arguments = _parts(setting, spec, known)
    taken = [
        parameter
        for parameter in inspect.signature(known[name]).parameters
        if parameter not in ("search_space", "args", "kwargs")
    ]
    for argument, value in arguments.items():
        if argument not in taken:
            full = f"{setting}.{argument}"
            raise SettingError(full, value, no_such_setting(argument, name, taken))
    try:
        return known[name](**{**more, **arguments})
    except (ValueError, TypeError) as error:
        raise SettingError(setting, spec, str(error).splitlines()[0]) from None
