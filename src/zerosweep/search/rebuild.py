"""A study whose journal was damaged, made whole from the record: each run carries its study, its trial, settings and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from zerosweep.config.space import Space
from zerosweep.errors import UserError
from zerosweep.search.answers import answers_tag, ending, evaluations
from zerosweep.search.enqueued import fitted
from zerosweep.search.study import ORPHAN, RUN_ID, SAMPLER, distribution
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import Opened


@dataclass(frozen=True)
class Rebuilder:
    """Makes trials of recorded runs. store: the experiment of the runs. metrics, diverged_value: of the search. sampler: its name."""

    store: Opened
    space: Space
    metrics: list[str]
    diverged_value: float | None
    sampler: str

    def rebuild(self, study: optuna.Study) -> int:
        """Add the trials that are recorded and that the study has lost: those with greater numbers than it has.

        A number in between without a run that ended is taken by a trial that counts for nothing, so that all keep their numbers.

        Returns:
            How many trials were added that count.
        """
        runs, added = self._recorded(study.study_name), 0
        for number in range(len(study.get_trials(deepcopy=False)), max(runs, default=-1) + 1):
            trial = self._trial(runs[number]) if number in runs else None
            added += trial is not None
            study.add_trial(trial or create_trial(state=TrialState.FAIL, user_attrs={ORPHAN: True}))
        return added

    def _recorded(self, study: str) -> dict[int, Recorded]:
        """The run of each trial of the study, by the trial's number; of several the latest that is FINISHED, else FAILED."""
        found: dict[int, Recorded] = {}
        client, within, answers = self.store.client, [self.store.id], answers_tag(study)
        for query, tag in ((f"tags.study = '{study}'", "trial"), (f"tags.`{answers}` LIKE '%'", answers)):
            ended = [run for run in find(client, within, query) if run.status in ("FINISHED", "FAILED")]
            for run in sorted(ended, key=lambda run: (run.status == "FAILED", -run.started)):
                for number in run.tags.get(tag, "").split(","):
                    if number.isdecimal():
                        found.setdefault(int(number), run)
        return found

    def _trial(self, run: Recorded) -> FrozenTrial | None:
        """The trial that the run was made for; None where its settings are not in the space that is searched now."""
        params: dict[str, Any] = {}
        kinds: dict[str, BaseDistribution] = {}
        chosen = self._fit(run, self.space.groups(), params, kinds)
        if chosen is None or chosen not in self.space.combinations():
            return None
        if self._fit(run, self.space.within(chosen), params, kinds) is None:
            return None
        failed = run.status == "FAILED"
        measured = {} if failed else run.metrics
        state, values = ending(measured, run.verdict, "pruned" in run.tags, self.metrics, self.diverged_value)
        steps = evaluations(self.store.client, run, self.metrics[0]) if len(self.metrics) == 1 else {}
        if state == TrialState.PRUNED and steps:
            values = [steps[max(steps)]]  # as Optuna has it
        attributes = {RUN_ID: run.run_id, "verdict": run.verdict, SAMPLER: self.sampler}
        if failed:
            attributes["error"] = run.tags.get("error", "")
        return create_trial(
            state=state,
            values=values,
            params=params,
            distributions=kinds,
            user_attrs=attributes,
            intermediate_values=steps,
        )

    def _fit(
        self, run: Recorded, dimensions: Mapping[str, Any], params: dict[str, Any], kinds: dict[str, BaseDistribution]
    ) -> dict[str, Any] | None:
        """The run's values in these dimensions, which are added to `params`, and their distributions to `kinds`; None where one
        does not fit."""
        found = {}
        for name, dimension in dimensions.items():
            try:
                found[name] = fitted(name, run.params.get(name.lstrip("+")), dimension)
            except UserError:
                return None
            kinds[name] = _holding(distribution(dimension), found[name])
        params |= found
        return found


def _holding(kind: BaseDistribution, value: Any) -> BaseDistribution:
    """The distribution, wide enough for a value that was drawn within other bounds."""
    if isinstance(kind, FloatDistribution | IntDistribution) and not kind._contains(kind.to_internal_repr(value)):
        return type(kind)(min(kind.low, value), max(kind.high, value), log=kind.log)
    return kind
