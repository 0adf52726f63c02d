"""Trials as the engine's jobs: asked for when a worker is free, told when it is done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from uuid import uuid4

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from zerosweep.config.space import Space
from zerosweep.errors import UserError
from zerosweep.jobs.display import Display
from zerosweep.jobs.job import Job, Outcome, job_of
from zerosweep.search.answers import answers_tag, ending, evaluations
from zerosweep.search.owner import Owner
from zerosweep.search.samplers import name_of
from zerosweep.search.settings import Search
from zerosweep.search.study import RUN_ID, SAMPLER, ask, suggest
from zerosweep.search.watch import WatchedTrial
from zerosweep.tracking.record import Recorded, by_id
from zerosweep.tracking.store import open_store, store_uri


class TrialSupply:
    """Asks the study for trials until a `total` have been made or `search.timeout` is over. targets: the direction of each
    metric that is optimised; of one alone, trials may be pruned. url: of the study's storage. owner: this process."""

    def __init__(
        self,
        study: optuna.Study,
        storage: BaseStorage,
        url: str,
        owner: Owner,
        space: Space,
        search: Search,
        total: int,
        targets: Mapping[str, str],
        display: Display,
    ):
        self.study, self.storage, self.url, self.owner = study, storage, url, owner
        self.space, self.search, self.total, self.metrics = space, search, total, list(targets)
        self.started, self.retried, self.waiting = display.started, display.retried, display.waiting
        self._display = display
        self.deadline = math.inf if search.timeout is None else monotonic() + search.timeout
        self._command = uuid4().hex
        self._trials: dict[int, optuna.Trial] = {}

    def next(self) -> Job | None:
        if monotonic() > self.deadline:
            return None
        while (trial := ask(self.study, self.storage, self.owner, self.total)) is not None:
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

    def _job(self, trial: optuna.Trial) -> Job:
        """The trial as a job; values that cannot be trained are a `UserError`."""
        trial.set_user_attr(SAMPLER, name_of(self.search.sampler))
        label, config = self.space.job(suggest(trial, self.space), trial.number)
        study = self.study.study_name
        config = replace(config, sweep=config.settings.tracking.sweep or study)
        reports = None
        if len(self.metrics) == 1 and self.search.pruner != "none":
            reports = WatchedTrial(self.url, study, trial._trial_id, self.metrics[0], self.search.pruner, self._command)
        tags = {"study": study, "trial": str(trial.number)}
        return replace(job_of(trial.number, label, config), tags=tags, trial=reports)

    def done(self, job: Job, outcome: Outcome) -> None:
        trial = self._trials.pop(job.number)
        run = by_id(open_store(store_uri(job.config.settings.tracking.uri)), outcome.run_id) if outcome.run_id else None
        if run is not None:
            trial.set_user_attr(RUN_ID, run.run_id)
            trial.set_user_attr("verdict", run.verdict)
        if outcome.status == "failed":
            trial.set_user_attr("error", outcome.line)
        if outcome.status == "cached" and run is not None:
            self._recall(trial, job, run)
        self._tell(trial, outcome, run)
        self._display.done(job, outcome)

    def _recall(self, trial: optuna.Trial, job: Job, run: Recorded) -> None:
        """Give a trial that the record answered its curve; and its run the trial's number, in the place of one that a killed
        process or a study that is gone has left, or as one more, since a run may answer several trials of several studies."""
        client = open_store(store_uri(job.config.settings.tracking.uri))
        if len(self.metrics) == 1:
            for step, value in evaluations(client, run, self.metrics[0]).items():
                self.storage.set_trial_intermediate_value(trial._trial_id, step, value)
        study = self.study.study_name
        trials = self.study.get_trials(deepcopy=False)

        def stands(number: str) -> bool:
            """Whether the trial of this number is answered by the run, or is about to be by another process."""
            known = trials[int(number)] if number.isdecimal() and int(number) < len(trials) else None
            running = known is not None and known.state == TrialState.RUNNING and known.number != trial.number
            return known is not None and (
                known.user_attrs.get(RUN_ID) == run.run_id or (running and known.params == trial.params)
            )

        if run.tags.get("study") == study and not stands(run.tags.get("trial", "")):
            client.set_tag(run.run_id, "trial", str(trial.number))
        else:
            answers = answers_tag(study)
            numbers = [number for number in run.tags.get(answers, "").split(",") if stands(number)]
            client.set_tag(run.run_id, answers, ",".join([*numbers, str(trial.number)]))

    def _tell(self, trial: optuna.Trial, outcome: Outcome, run: Recorded | None) -> None:
        measured = run.metrics if run is not None and outcome.status != "failed" else {}
        state, values = ending(measured, outcome.verdict, outcome.pruned, self.metrics, self.search.diverged_value)
        self.study.tell(trial, values, state=None if values else state)
