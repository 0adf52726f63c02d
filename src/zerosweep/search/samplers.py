"""Samplers and pruners by name, with their own arguments and Optuna's own defaults."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna import pruners, samplers
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from zerosweep.errors import SettingError, no_such_setting
from zerosweep.tracking.params import as_typed


class ResumableGridSampler(samplers.GridSampler):
    """Optuna's grid sampler, except that it does not call `Study.stop` after the last point.

    Trials are run without `Study.optimize` here, where `Study.stop` raises.
    """

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Do nothing: the number of trials ends the search."""


class PerTrial(samplers.BaseSampler):
    """A sampler that is seeded for each trial with the seed and the trial's number.

    Its draws do not depend on what the process has drawn before. A search that is resumed, or shared by several
    processes, so does not propose the same trials again.

    Args:
        make: Returns the sampler of a seed.
        seed: Seed of the search.
    """

    def __init__(self, make: Callable[[int], samplers.BaseSampler], seed: int):
        self._make, self._seed, self._sampler = make, seed, make(seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._sampler = self._make(
            int(np.random.SeedSequence(self._seed, spawn_key=(trial.number,)).generate_state(1)[0])
        )
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        self._sampler.after_trial(study, trial, state, values)


SAMPLERS: dict[str, Callable[..., samplers.BaseSampler]] = {
    "tpe": samplers.TPESampler,
    "random": samplers.RandomSampler,
    "cmaes": samplers.CmaEsSampler,
    "qmc": samplers.QMCSampler,
    "nsgaii": samplers.NSGAIISampler,
    "grid": ResumableGridSampler,
}

ONE_SEQUENCE = ("qmc", "grid")
"""Samplers that draw all trials from one sequence, which the seed decides; they are not seeded for each trial."""

PRUNERS: dict[str, Callable[..., pruners.BasePruner]] = {
    "median": pruners.MedianPruner,
    "halving": pruners.SuccessiveHalvingPruner,
    "hyperband": pruners.HyperbandPruner,
    "none": pruners.NopPruner,
}

Spec = str | Mapping[str, Any]
"""A sampler or pruner: its name, or a mapping with `name` and arguments, as in {name: tpe, n_startup_trials: 5}."""

KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "an integer"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "str": (str, "a string"),
    "dict[str, Any]": (dict, "a mapping"),
    "None": (type(None), "null"),
}
"""The types of an argument and their description, by annotation.

An argument with other annotations cannot be configured.
"""

LEAST = {"n_ei_candidates": 1, "popsize": 4, "max_resource": 1, "inc_popsize": -1}
"""The smallest allowed number of arguments where that is not 0.

Optuna checks some of them only in a trial, and others never.
"""


def sampler_of(spec: Spec, seed: int | None, grid: Mapping[str, Sequence[Any]] | None) -> samplers.BaseSampler:
    """Return the sampler that a setting describes.

    Args:
        seed: Seed of the sampler, unless `spec` has its own; None for a random one.
        grid: All values of every setting, for sampler=grid; None where they cannot be listed.

    Raises:
        SettingError: The sampler or an argument is unknown or has a wrong value, or sampler=grid has no grid.
    """
    name, arguments = _parts("sampler", spec, SAMPLERS)
    more: dict[str, Any] = {"seed": seed}
    if name == "grid":
        if grid is None:
            raise SettingError(
                "sampler", "grid", "needs values or ranges, not intervals, and no settings of one option"
            )
        more["search_space"] = grid
    made: samplers.BaseSampler = _make("sampler", spec, SAMPLERS, more)
    seed = arguments.get("seed", seed)
    if seed is None or name in ONE_SEQUENCE:
        return made
    return PerTrial(lambda own: SAMPLERS[name](**{**arguments, "seed": own}), seed)


def pruner_of(spec: Spec) -> pruners.BasePruner:
    """Return the pruner that a setting describes.

    Raises:
        SettingError: The pruner or an argument is unknown or has a wrong value.
    """
    made: pruners.BasePruner = _make("pruner", spec, PRUNERS, {})
    return made


def name_of(spec: Spec) -> str:
    """Return the name of the sampler or pruner that a setting describes."""
    return spec if isinstance(spec, str) else str(spec.get("name"))


def _parts(setting: str, spec: Spec, known: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name, which must be among the `known` ones, and the arguments of a sampler or pruner."""
    if isinstance(spec, Mapping) and "name" not in spec:
        whole = _shown({"name": next(iter(known)), **spec})
        raise SettingError(setting, _shown(spec), f"name is missing; must be as in {whole}")
    arguments = dict(spec) if isinstance(spec, Mapping) else {"name": spec}
    name = arguments.pop("name")
    if not isinstance(name, str) or name not in known:
        raise SettingError(setting, _shown(name), f"must be one of {', '.join(known)}", known)
    return name, arguments


def _make(setting: str, spec: Spec, known: Mapping[str, Callable[..., Any]], more: Mapping[str, Any]) -> Any:
    """Check the arguments of a sampler or pruner, and create it.

    Args:
        setting: "sampler" or "pruner", for error messages.
        known: The classes by name.
        more: Arguments that are passed where `spec` does not have them.
    """
    name, arguments = _parts(setting, spec, known)
    kinds = {parameter.name: _kinds(parameter) for parameter in inspect.signature(known[name]).parameters.values()}
    taken = [argument for argument, allowed in kinds.items() if {*allowed} - {"None"}]
    for argument, value in arguments.items():
        full = f"{setting}.{argument}"
        if argument not in taken:
            raise SettingError(full, _shown(value), no_such_setting(argument, name, taken))
        if not any(_has_kind(value, kind) for kind in kinds[argument]):
            raise SettingError(
                full, _shown(value), f"must be {' or '.join(KINDS[kind][1] for kind in kinds[argument])}"
            )
        if isinstance(value, int | float) and not value >= LEAST.get(argument, 0):
            raise SettingError(full, value, f"must be >= {LEAST.get(argument, 0)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # of QMC; the version of Optuna is pinned
            return known[name](**{**more, **arguments})
    except (ValueError, TypeError) as error:
        raise SettingError(setting, _shown(spec), str(error).splitlines()[0]) from None


def _kinds(parameter: inspect.Parameter) -> list[str]:
    """Return the keys of `KINDS` in the parameter's annotation, which may be a string."""
    annotation = inspect.formatannotation(parameter.annotation).strip("'")
    return [kind for kind in annotation.split(" | ") if kind in KINDS]


def _has_kind(value: Any, kind: str) -> bool:
    """Return whether the value has this type of `KINDS`. A bool is not an integer."""
    return isinstance(value, KINDS[kind][0]) and (kind == "bool" or not isinstance(value, bool))


def _shown(value: Any) -> str:
    """Return the value as one writes it on the command line."""
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{_shown(inner)}' for key, inner in value.items())}}}"
    return as_typed(value)
