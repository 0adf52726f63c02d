"""Answers from the record: finds the recorded run, if any, that can stand in for a job."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple

from zerosweep.config.schemas import Settings
from zerosweep.jobs.job import Job, Outcome
from zerosweep.runs.description import PRUNED, PRUNED_BY, pruned_words
from zerosweep.runs.identity import Identity, optional_artifacts
from zerosweep.runs.run import REMEDY
from zerosweep.tracking.equal import equal_to
from zerosweep.tracking.recorded import Recorded
from zerosweep.tracking.store import open_experiment

VERIFIED = "verified_by"
"""Tag of a run whose diagnosis was verified: the id of the run that tried its remedy, or "none" if that failed."""

ANSWERING = ("verdict", PRUNED, PRUNED_BY, "study", REMEDY, VERIFIED)
"""The tags that decide whether a recorded run can stand in for a job."""


def equal_runs(settings: Settings, identity: Identity) -> list[Recorded]:
    """Return all recorded runs of this identity in the experiment of `settings`, the latest first."""
    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    ids = astuple(identity)
    return equal_to(store.client, store.id, [ids])[ids]


def recorded_outcome(settings: Settings, identity: Identity) -> Outcome | None:
    """Return the outcome of a job of a grid that a recorded run answers completely, or None.

    A run whose diagnosis is still to be verified does not answer it completely.
    """
    return _answer(settings, equal_runs(settings, identity))


def recorded_outcomes(jobs: Iterable[Job]) -> dict[int, Outcome]:
    """Return the outcomes that are recorded already, by job number, of the jobs that may reuse them.

    The store is asked once for all jobs of an experiment, whatever their number.
    """
    stores: dict[tuple[str | None, str], list[Job]] = {}
    for job in jobs:
        tracking = job.config.settings.tracking
        if job.reuse:
            stores.setdefault((tracking.uri, tracking.experiment), []).append(job)
    answers: dict[int, Outcome] = {}
    for (uri, experiment), asked in stores.items():
        store = open_experiment(uri, experiment)
        keys = {"params": _artifacts_of(asked), "metrics": _objectives_of(asked), "tags": ANSWERING}
        equal = equal_to(store.client, store.id, [astuple(job.identity) for job in asked], keys)
        for job in asked:
            if outcome := _answer(job.config.settings, equal[astuple(job.identity)]):
                answers[job.number] = outcome
    return answers


def _artifacts_of(jobs: Iterable[Job]) -> set[str]:
    return {name for job in jobs for name in optional_artifacts(job.config.settings)}


def _objectives_of(jobs: Iterable[Job]) -> set[str]:
    return {job.config.settings.objective.metric for job in jobs}


def _answer(settings: Settings, runs: Sequence[Recorded]) -> Outcome | None:
    """Return the outcome of a job that one of its recorded runs answers completely, or None."""
    run = reusable(settings, runs)
    return None if run is None or (settings.diagnose.verify and untried_remedy(run)) else as_outcome(settings, run)


def reusable(settings: Settings, runs: Sequence[Recorded], study: str | None = None) -> Recorded | None:
    """Return the latest finished run that can stand in for a job, or None.

    With `diagnose.verify=true`, a run that is verified already goes before a later one that is not.

    A run can stand in for the job if all of this holds:

    - It is FINISHED and has a verdict. A run without one was cut off before its numbers were written.
    - It has every optional artifact that the job asks for, such as a model.
    - It was not pruned, or it was pruned in the same study.
    - With `diagnose.verify=true`, it learned, or its remedy or its verification is recorded.

    Args:
        settings: The settings of the job.
        runs: The recorded runs of the job's identity, the latest first.
        study: Name of the study, if the job belongs to a search that prunes.
    """
    verify = settings.diagnose.verify

    def fits(run: Recorded) -> bool:
        complete = all(run.params.get(name) == "true" for name in optional_artifacts(settings))
        unpruned = "pruned" not in run.tags or (study is not None and run.tags.get("study") == study)
        diagnosed = run.verdict == "learned" or VERIFIED in run.tags or REMEDY in run.tags
        return run.status == "FINISHED" and bool(run.verdict) and complete and unpruned and (diagnosed or not verify)

    return min(filter(fits, runs), key=lambda run: verify and bool(untried_remedy(run)), default=None)


def untried_remedy(run: Recorded) -> str | None:
    """Return the override that the run's diagnosis suggests, if it has not been tried yet, else None."""
    return None if VERIFIED in run.tags else run.tags.get(REMEDY)


def as_outcome(settings: Settings, run: Recorded) -> Outcome:
    """Return the outcome of a job that this recorded run answers."""
    metric, pruned = settings.objective.metric, "pruned" in run.tags
    value = run.metrics.get(metric)
    objective = math.nan if value is None or run.verdict == "diverged" else value
    shown = "" if value is None else f"{metric}={value:.4g} "
    line = f"{run.verdict}{f', {pruned_words(run.tags)}' if pruned else ''}: {shown}run {run.run_id}"
    return Outcome("cached", run.run_id, run.verdict, objective, line, pruned)
