"""Samplers and pruners, by name or by Optuna's class, with their own arguments and Optuna's own defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna import pruners, samplers
from optuna.distributions import BaseDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from zerosweep.errors import SettingError
from zerosweep.search.optuna_private import SelectiveBruteForceSampler, inherit_search_space
from zerosweep.search.parts import Family, Spec, read, shown
from zerosweep.search.pruning import DiagnosisPruner
from zerosweep.search.study import ORPHAN


class ResumableGridSampler(samplers.GridSampler):
    """Optuna's grid sampler, except that it does not call `Study.stop` after the last point.

    Trials are run without `Study.optimize` here, where `Study.stop` raises.
    """

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Do nothing: the number of trials ends the search."""


class ResumableBruteForceSampler(SelectiveBruteForceSampler):
    """Optuna's brute-force sampler, except that it does not stop the study, and tries again what was not tried.

    An orphan's trial is enqueued again. A trial with values that a person enqueued fails before it has them if they
    are refused, and Optuna's sampler cannot read a trial that lacks values.
    """

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Do nothing: the number of trials ends the search."""

    @staticmethod
    def counts(trial: FrozenTrial) -> bool:
        refused = trial.system_attrs.get("fixed_params", {}).keys() - trial.params.keys()
        return not (trial.state == TrialState.FAIL and (trial.user_attrs.get(ORPHAN) or refused))


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
        seed = int(np.random.SeedSequence(self._seed, spawn_key=(trial.number,)).generate_state(1)[0])
        earlier, self._sampler = self._sampler, self._make(seed)
        inherit_search_space(self._sampler, earlier)
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


SAMPLERS: dict[str, type[samplers.BaseSampler]] = {
    "tpe": samplers.TPESampler,
    "random": samplers.RandomSampler,
    "gp": samplers.GPSampler,
    "cmaes": samplers.CmaEsSampler,
    "qmc": samplers.QMCSampler,
    "nsgaii": samplers.NSGAIISampler,
    "nsgaiii": samplers.NSGAIIISampler,
    "grid": ResumableGridSampler,
    "brute_force": ResumableBruteForceSampler,
}

ONE_SEQUENCE = (samplers.QMCSampler, samplers.GridSampler)
"""Samplers that draw all trials from one sequence, which the seed decides; they are not seeded for each trial."""

PRUNERS: dict[str, type[pruners.BasePruner]] = {
    "median": pruners.MedianPruner,
    "percentile": pruners.PercentilePruner,
    "halving": pruners.SuccessiveHalvingPruner,
    "hyperband": pruners.HyperbandPruner,
    "diagnosis": DiagnosisPruner,
    "threshold": pruners.ThresholdPruner,
    "patient": pruners.PatientPruner,
    "wilcoxon": pruners.WilcoxonPruner,
    "none": pruners.NopPruner,
}

FAMILIES = {
    "sampler": Family("sampler", samplers, samplers.BaseSampler, SAMPLERS),
    "pruner": Family("pruner", pruners, pruners.BasePruner, PRUNERS),
}


def sampler_of(
    spec: Spec, seed: int | None, grid: Mapping[str, Sequence[Any]] | None, points: int | None = None
) -> samplers.BaseSampler:
    """Return the sampler that a setting describes.

    Args:
        spec: The setting.
        seed: Seed of the sampler, unless `spec` has its own; None for a random one. A sampler inside another one
            has the same seed.
        grid: All values of every setting, for the grid sampler; None where they cannot be listed.
        points: Number of different configurations, for the brute-force sampler; None where there is no end of them.

    Raises:
        SettingError: The sampler or an argument is unknown or has a wrong value, or the space is not finite where
            the sampler needs that.
    """
    part = read("sampler", spec, FAMILIES, "sampler")
    if grid is None and part.any(lambda kind: issubclass(kind, samplers.GridSampler)):
        allowed = "needs values or ranges, not intervals, and no settings of one option"
        raise SettingError("sampler", shown(spec), allowed)
    if points is None and part.any(lambda kind: issubclass(kind, samplers.BruteForceSampler)):
        raise SettingError("sampler", shown(spec), "needs values, ranges or integers, not intervals of real numbers")
    seed = next(part.given("seed"), seed)
    unseeded = part.without("seed")
    made: samplers.BaseSampler = unseeded.make(seed=seed, search_space=grid)
    if seed is None or part.any(lambda kind: issubclass(kind, ONE_SEQUENCE)):
        return made
    return PerTrial(lambda own: unseeded.make(seed=own, search_space=grid), seed)


def pruner_of(spec: Spec) -> pruners.BasePruner:
    """Return the pruner that a setting describes.

    Raises:
        SettingError: The pruner or an argument is unknown or has a wrong value.
    """
    part = read("pruner", spec, FAMILIES, "pruner")
    if any(inner.any(lambda kind: issubclass(kind, DiagnosisPruner)) for inner in part.inside()):
        allowed = "has diagnosis inside; diagnosis must be the outermost, as in {name:diagnosis,wrapped_pruner:median}"
        raise SettingError("pruner", shown(spec), allowed)
    made: pruners.BasePruner = part.make()
    return made


def name_of(spec: Spec, kind: str = "sampler") -> str:
    """Return the name of the sampler or pruner (`kind`) that a setting describes."""
    return read(kind, spec, FAMILIES, kind).name


def exhausts(sampler: Spec) -> bool:
    """Return whether a sampler tries every configuration once, so that there is no more to do after that."""
    return name_of(sampler) in ("grid", "brute_force")
