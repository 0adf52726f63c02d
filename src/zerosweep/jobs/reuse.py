"""Answers from the record: which recorded run, if any, stands in for a job."""

from __future__ import annotations

import math
from dataclasses import asdict

from zerosweep.config.schemas import Settings
from zerosweep.jobs.job import Outcome
from zerosweep.runs.identity import Identity, keepsakes
from zerosweep.runs.run import REMEDY
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import open_experiment

VERIFIED = "verified_by"
"""The tag of a run whose diagnosis was verified: by the run of this id."""


def known(settings: Settings, identity: Identity) -> list[Recorded]:
    """The runs of this identity in the experiment, the latest first."""
    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    query = " and ".join(f"tags.{name} = '{value}'" for name, value in asdict(identity).items())
    return find(store.client, [store.id], f"{query} and tags.role = 'run'")


def answer(settings: Settings, same: list[Recorded], study: str | None = None) -> Outcome | None:
    """The outcome that stands in the record, of runs of the `same` identity, with nothing left to do; None where there is none."""
    one = standing(settings, same, study)
    return None if one is None or (settings.diagnose.verify and unverified(one)) else recalled(settings, one)


def standing(settings: Settings, same: list[Recorded], study: str | None = None) -> Recorded | None:
    """The latest of the runs of the `same` identity that is FINISHED, and so is not done again; one that is verified before others
    where that is asked for.

    A run without a verdict was cut off before its numbers were written, and stands for nothing. What is kept besides numbers, such
    as a model to serve, is asked for: a run without it does not stand for a job that wants it; nor does one that did not learn, where its diagnosis is to be verified and the record does not have it. A run that was pruned stands
    only in the `study` that pruned it, as long as it prunes."""
    verify = settings.diagnose.verify

    def stands(one: Recorded) -> bool:
        kept = all(one.params.get(name) == "true" for name in keepsakes(settings))
        told = one.verdict == "learned" or VERIFIED in one.tags or REMEDY in one.tags
        known_here = "pruned" not in one.tags or (study is not None and one.tags.get("study") == study)
        return one.status == "FINISHED" and bool(one.verdict) and kept and known_here and (told or not verify)

    return min(filter(stands, same), key=lambda one: verify and bool(unverified(one)), default=None)


def unverified(one: Recorded) -> str | None:
    """The override that the run's diagnosis suggests and nobody has tried; None where there is none."""
    return None if VERIFIED in one.tags else one.tags.get(REMEDY)


def recalled(settings: Settings, one: Recorded) -> Outcome:
    """The outcome of a job that this run of the record stands for."""
    metric, pruned = settings.objective.metric, "pruned" in one.tags
    value = one.metrics.get(metric)
    objective = math.nan if value is None or one.verdict == "diverged" else value
    shown = "" if value is None else f"{metric}={value:.4g} "
    line = f"{one.verdict}{', pruned' if pruned else ''}: {shown}run {one.run_id}"
    return Outcome("cached", one.run_id, one.verdict, objective, line, pruned)
