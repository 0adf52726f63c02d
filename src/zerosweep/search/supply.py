"""Trials as the engine's jobs: asked for when a worker is free, and reported to the study when their runs end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from uuid import uuid4

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from zerosweep.config.space import Space
from zerosweep.errors import UserError
from zerosweep.jobs.calls import CallLog
from zerosweep.jobs.display import Display
from zerosweep.jobs.job import Job, Outcome, job_of
from zerosweep.metrics import not_measured, objectives
from zerosweep.runs.diagnosis_page import setup_of
from zerosweep.runs.lines import PRUNED_BY
from zerosweep.search.answers import answers_tag, intermediate_values, state_and_values
from zerosweep.search.constraints import Constraint, violations
from zerosweep.search.optuna_private import trial_id
from zerosweep.search.owner import Owner
from zerosweep.search.samplers import name_of
from zerosweep.search.settings import Search
from zerosweep.search.study import LATER, ORPHAN, RUN_ID, SAMPLER, ask, suggest
from zerosweep.search.watch import WatchedTrial
from zerosweep.tasks.trainable import Trainable
from zerosweep.tracking.record import Recorded, by_id
from zerosweep.tracking.store import open_store, store_uri


class TrialSupply:
    """Supply of jobs that asks the study for trials until `total` have been made or `search.timeout` is over.

    The numbers of a trial that was trained come from its `Outcome`. The record is read only for a trial that a
    recorded run answers, and for a failed one that has left a run.

    Args:
        url: URL of the study's storage.
        owner: This process.
        constraints: The constraints, which each complete or pruned trial gets with their violations.
        total: Trials that the study should have in the end, those of other commands and processes included.
        targets: The direction of each metric that is optimised. Trials are pruned only if there is one metric.
        display: Shows what is running and what has ended.
    """

    def __init__(
        self,
        study: optuna.Study,
        storage: BaseStorage,
        url: str,
        owner: Owner,
        space: Space,
        search: Search,
        constraints: Sequence[Constraint],
        total: int,
        targets: Mapping[str, str],
        display: Display | CallLog,
    ):
        self.study, self.storage, self.url, self.owner = study, storage, url, owner
        self.space, self.search, self.total, self.metrics = space, search, total, list(targets)
        self.started, self.retried, self.waiting = display.started, display.retried, display.waiting
        self._constraints = constraints
        self._display = display
        self.deadline = math.inf if search.timeout is None else monotonic() + search.timeout
        self._command = uuid4().hex
        self._trials: dict[int, optuna.Trial] = {}
        self._left_for_later = 0
        """Number of trials that failed with their machine. A later command repeats them, as this one might not end."""

    def next(self) -> Job | None:
        """Return the job of a new trial; None where no more are needed or the time is over.

        A trial whose values cannot be trained fails, and another one is asked for.
        """
        if monotonic() > self.deadline:
            return None
        while (trial := self._ask()) is not None:
            try:
                job = self._job(trial)
            except (UserError, ValueError) as error:  # values that do not go together, or that a person enqueued
                trial.set_user_attr("error", str(error))
                self.study.tell(trial, state=TrialState.FAIL)
                self._display.refused(f"trial {trial.number}", str(error))
                continue
            self._trials[trial.number] = trial
            return job
        return None

    def _ask(self) -> optuna.Trial | None:
        sampler = {SAMPLER: name_of(self.search.sampler)}
        return ask(self.study, self.storage, self.owner, self.total - self._left_for_later, sampler)

    def _job(self, trial: optuna.Trial) -> Job:
        """Draw the trial's values and return its job; a `UserError` if they cannot be trained."""
        config = self.space.job(suggest(trial, self.space), trial.number)
        study = self.study.study_name
        config = replace(config, sweep=config.settings.tracking.sweep or study)
        job = replace(job_of(trial.number, config), tags={"study": study, "trial": str(trial.number)})
        if len(self.metrics) > 1 or self.search.pruner == "none":
            return job
        run = trial_id(trial), self.metrics[0], self.search.pruner
        setup = None if isinstance(config.settings.task, Trainable) else setup_of(config.settings)
        watched = WatchedTrial(self.url, study, *run, self._command, setup, job.steps)
        return replace(job, trial=watched)

    def done(self, job: Job, outcome: Outcome) -> None:
        """End the job's trial in the study with the state and the values of its outcome."""
        trial = self._trials.pop(job.number)
        if outcome.of_machine:
            self._leave_for_later(trial, outcome)
            self._display.done(job, outcome)
            return
        run_id, verdict, measured, answer = outcome.run_id, outcome.verdict, outcome.metrics, None
        if outcome.status != "finished" and run_id:
            run = by_id(open_store(store_uri(job.config.settings.tracking.uri)), run_id)
            run_id, verdict = (run.run_id, run.verdict) if run else ("", "")
            answer = run if outcome.status == "cached" else None
        if run_id:
            trial.set_user_attr(RUN_ID, run_id)
            trial.set_user_attr("verdict", verdict)
        if outcome.status == "failed":
            trial.set_user_attr("error", outcome.line)
        if answer is not None:
            measured = answer.metrics
            self._record_answer(trial, job, answer)
            if PRUNED_BY in answer.tags:
                trial.set_user_attr(PRUNED_BY, answer.tags[PRUNED_BY])
        state, values = state_and_values(
            measured, outcome.verdict, outcome.pruned, self.metrics, self.search.diverged_value
        )
        if state is TrialState.FAIL and outcome.status != "failed" and verdict != "diverged":
            outcome = replace(outcome, status="failed", line=self._lacking(measured))
            trial.set_user_attr("error", outcome.line)
        found = {} if state == TrialState.FAIL else violations(self._constraints, measured)
        for constraint, violation in found.items():
            trial.set_constraint(constraint, violation)
        self.study.tell(trial, values, state=None if values else state)
        if beyond := ", ".join(constraint for constraint, violation in found.items() if violation > 0):
            outcome = replace(outcome, objective=math.nan, line=f"{outcome.line}; infeasible: violates {beyond}")
        self._display.done(job, outcome)

    def _lacking(self, measured: Mapping[str, float]) -> str:
        """Return a line about the metric of the study of which a run recorded no finite value."""
        setting = "objective.metric" if self.search.metrics is None else "hydra.sweeper.metrics"
        metric = next(metric for metric in self.metrics if metric not in measured)
        return str(not_measured(setting, metric, objectives(measured), "this run"))

    def _leave_for_later(self, trial: optuna.Trial, outcome: Outcome) -> None:
        """Fail a trial whose machine failed, so that it does not count. The next command enqueues its values again."""
        for name, value in {"error": outcome.line, ORPHAN: True, LATER: True}.items():
            trial.set_user_attr(name, value)
        self._left_for_later += 1
        self.study.tell(trial, state=TrialState.FAIL)

    def _record_answer(self, trial: optuna.Trial, job: Job, run: Recorded) -> None:
        """Copy the recorded intermediate values to a trial that the run answers, and tag the run with its number.

        The number replaces that of a trial which a killed process or a deleted study has left in the tag. Otherwise
        it is added, since a run may answer several trials of several studies.
        """
        client = open_store(store_uri(job.config.settings.tracking.uri))
        if len(self.metrics) == 1:
            for step, value in intermediate_values(client, run, self.metrics[0]).items():
                self.storage.set_trial_intermediate_value(trial_id(trial), step, value)
        study = self.study.study_name
        trials = self.study.get_trials(deepcopy=False)

        def answered(number: str) -> bool:
            """Return whether the run answers the trial of this number, or is about to do so in another process."""
            known = trials[int(number)] if number.isdecimal() and int(number) < len(trials) else None
            running = known is not None and known.state == TrialState.RUNNING and known.number != trial.number
            return known is not None and (
                known.user_attrs.get(RUN_ID) == run.run_id or (running and known.params == trial.params)
            )

        if run.tags.get("study") == study and not answered(run.tags.get("trial", "")):
            client.set_tag(run.run_id, "trial", str(trial.number))
        else:
            answers = answers_tag(study)
            numbers = [number for number in run.tags.get(answers, "").split(",") if answered(number)]
            client.set_tag(run.run_id, answers, ",".join([*numbers, str(trial.number)]))
