"""Restore a study whose journal was damaged: each recorded run carries its study, trial, settings and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from zerosweep.config.read import Config
from zerosweep.config.space import Space
from zerosweep.errors import UserError
from zerosweep.jobs.screen import screen
from zerosweep.runs.description import PRUNED_BY
from zerosweep.search.answers import answers_tag, intermediate_values, state_and_values
from zerosweep.search.constraints import Constraint, violations
from zerosweep.search.enqueued import fitted
from zerosweep.search.journal import set_aside
from zerosweep.search.optuna_private import contains
from zerosweep.search.storage import file_of
from zerosweep.search.study import ORPHAN, RUN_ID, SAMPLER, distribution
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import Opened, open_experiment


@dataclass(frozen=True)
class Rebuilder:
    """Makes trials from recorded runs.

    Attributes:
        first: The configuration of any trial, which says where the runs are recorded.
        space: The space that is searched now.
        metrics: The metrics that the study optimises.
        constraints: The constraints of the search.
        diverged_value: The value that each metric of a diverged run counts as; None where such a trial fails.
        sampler: Name of the sampler, which the trials get as an attribute.
        beyond: Whether a number out of the bounds of its dimension is taken too, as a study whose bounds have changed
            may have it.
    """

    first: Config
    space: Space
    metrics: list[str]
    constraints: Sequence[Constraint]
    diverged_value: float | None
    sampler: str
    beyond: bool = True

    @cached_property
    def store(self) -> Opened:
        """The experiment that has the runs."""
        tracking = self.first.settings.tracking
        return open_experiment(tracking.uri, tracking.experiment)

    def rebuild(self, study: optuna.Study) -> int:
        """Add the recorded trials that the study has lost: those with greater numbers than its last one.

        A number in between may have no run that ended. It is taken by a failed trial that does not count, so that
        the trials after it keep their numbers.

        Returns:
            The number of added trials that count.
        """
        runs, added = self._recorded(study.study_name), 0
        for number in range(len(study.get_trials(deepcopy=False)), max(runs, default=-1) + 1):
            trial = self.trial(runs[number]) if number in runs else None
            added += trial is not None
            study.add_trial(trial or create_trial(state=TrialState.FAIL, user_attrs={ORPHAN: True}))
        return added

    def _recorded(self, study: str) -> dict[int, Recorded]:
        """Return the run of each trial of the study, by the trial's number.

        Of several runs the latest FINISHED one is taken, or the latest FAILED one where none is FINISHED.
        """
        found: dict[int, Recorded] = {}
        client, experiments, answers = self.store.client, [self.store.id], answers_tag(study)
        for query, tag in ((f"tags.study = '{study}'", "trial"), (f"tags.`{answers}` LIKE '%'", answers)):
            ended = [run for run in find(client, experiments, query) if run.status in ("FINISHED", "FAILED")]
            for run in sorted(ended, key=lambda run: (run.status == "FAILED", -run.started)):
                for number in run.tags.get(tag, "").split(","):
                    if number.isdecimal():
                        found.setdefault(int(number), run)
        return found

    def trial(self, run: Recorded) -> FrozenTrial | None:
        """Return the trial of the run; None where its settings are not in the space that is searched now."""
        params: dict[str, Any] = {}
        distributions: dict[str, BaseDistribution] = {}
        chosen = self._fit(run, self.space.groups(), params, distributions)
        if chosen is None or chosen not in self.space.combinations():
            return None
        if self._fit(run, self.space.within(chosen), params, distributions) is None:
            return None
        failed = run.status == "FAILED"
        measured = {} if failed else run.metrics
        state, values = state_and_values(measured, run.verdict, "pruned" in run.tags, self.metrics, self.diverged_value)
        steps = intermediate_values(self.store.client, run, self.metrics[0]) if len(self.metrics) == 1 else {}
        if state == TrialState.PRUNED and steps:
            values = [steps[max(steps)]]  # Optuna gives a pruned trial its last intermediate value
        attributes = {RUN_ID: run.run_id, "verdict": run.verdict, SAMPLER: self.sampler}
        if PRUNED_BY in run.tags:
            attributes[PRUNED_BY] = run.tags[PRUNED_BY]
        if failed:
            attributes["error"] = run.tags.get("error", "")
        return create_trial(
            state=state,
            values=values,
            params=params,
            distributions=distributions,
            user_attrs=attributes,
            intermediate_values=steps,
            constraints=None if state == TrialState.FAIL else violations(self.constraints, measured),
        )

    def _fit(
        self,
        run: Recorded,
        dimensions: Mapping[str, Any],
        params: dict[str, Any],
        distributions: dict[str, BaseDistribution],
    ) -> dict[str, Any] | None:
        """Return the run's values of the settings in `dimensions`; None where a value does not fit its dimension.

        Args:
            params: The values are added to it.
            distributions: Their distributions are added to it.
        """
        found = {}
        for name, dimension in dimensions.items():
            try:
                found[name] = fitted(name, run.params.get(name.lstrip("+")), dimension)
            except UserError:
                return None
            kind = distribution(dimension)
            if not self.beyond and not contains(kind, found[name]):
                return None
            distributions[name] = _widened(kind, found[name])
        params |= found
        return found


def _widened(kind: BaseDistribution, value: Any) -> BaseDistribution:
    """Return the distribution, with its bounds extended to a value that was drawn within other bounds."""
    if isinstance(kind, FloatDistribution | IntDistribution) and not contains(kind, value):
        return type(kind)(min(kind.low, value), max(kind.high, value), log=kind.log)
    return kind


def restore_lost(study: optuna.Study, url: str, damage: str, rebuilder: Rebuilder) -> None:
    """Restore the trials that the study has lost with a damaged journal, and report how many.

    The journal may have been found damaged now, or by a process that has set it aside and ended before the trials
    were restored.

    Args:
        url: The URL of the study's storage.
        damage: What was repaired in the journal just now; "" if nothing was.
    """
    file = file_of(url)
    if file is None or not (damage or (not study.get_trials(deepcopy=False) and set_aside(file))):
        return
    done = f"{rebuilder.rebuild(study)} trials of the study {study.study_name} were restored from the record"
    screen().print(f"the journal {file} {damage or 'was broken'}: {done}", markup=False)
