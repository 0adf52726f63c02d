"""What a worker process does with a job, start to end."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import math
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from zerosweep import interruption
from zerosweep.config.schemas import Settings
from zerosweep.errors import UserError
from zerosweep.identity import Identity, code_id, keepsakes
from zerosweep.run import REMEDY, run
from zerosweep.sweep.job import Job, Outcome
from zerosweep.tracking.claims import claim
from zerosweep.tracking.orphans import DIED, close
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import open_experiment, open_store, store_uri

VERIFIED = "verified_by"
"""The tag of a run whose diagnosis was verified: by the run of this id."""

LOG = "run.log"
"""In the run's folder: all that it said."""


def perform(job: Job) -> Outcome:
    """Do the job unless it is done already, or another process is at it. A failure is an outcome like any other: the sweep
    goes on."""
    try:
        with _log_file(job.config.folder), _ended_by_sigterm():
            try:
                return _perform(job)
            except Exception:
                traceback.print_exc()
                raise
    except Exception as error:
        return Outcome("failed", line=str(error) if isinstance(error, UserError) else _last_line(error))


def _perform(job: Job) -> Outcome:
    if job.identity.code_id != code_id():
        raise UserError("the sources here are not those that the sweep was planned with; start it again")
    settings = job.config.settings
    uri = store_uri(settings.tracking.uri)
    with claim(uri, settings.tracking.experiment, asdict(job.identity)) as mine:
        if not mine:
            return Outcome("busy")
        same = known(settings, job.identity)
        # The claim is ours, so whoever left a run open is gone, unless its own claim cannot be seen from here.
        close(open_store(uri), uri, (one for one in same if one.status == "RUNNING"), DIED)
        stands = standing(settings, same, job.trial.study if job.trial else None) if job.reuse else None
        done, remedy = (recalled(settings, stands), unverified(stands)) if stands else _trained(job)
    if settings.diagnose.verify and remedy:
        from zerosweep.sweep.verification import verify  # which imports this module

        # The claim is free again: two workers that each wait for the other's run would wait for ever.
        logging.info(verify(job.config, done.run_id, remedy))
    return done


def _trained(job: Job) -> tuple[Outcome, str | None]:
    """What came of the job's run, done now, and the override that its diagnosis suggests."""
    watch = None
    if job.trial is not None:
        from zerosweep.sweep.search.watch import watching  # Optuna, which a grid does not need

        watch = watching(job.trial)
    result = run(job.config, job.tags, watch)
    logging.info(result.line)
    if result.diagnosis:
        logging.info(result.diagnosis.line)
    done = Outcome("finished", result.run_id, result.verdict, result.objective, result.line, result.pruned)
    return done, result.diagnosis.remedy.override if result.diagnosis else None


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

    What is kept besides numbers, such as a model to serve, is asked for: a run without it does not stand for a job that wants it; nor
    does one that did not learn, where its diagnosis is to be verified and the record does not have it. A run that was pruned stands
    only in the `study` that pruned it, as long as it prunes."""
    verify = settings.diagnose.verify

    def stands(one: Recorded) -> bool:
        kept = all(one.params.get(name) == "true" for name in keepsakes(settings))
        told = one.verdict == "learned" or VERIFIED in one.tags or REMEDY in one.tags
        known_here = "pruned" not in one.tags or (study is not None and one.tags.get("study") == study)
        return one.status == "FINISHED" and kept and known_here and (told or not verify)

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


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip().splitlines()[0]


@contextlib.contextmanager
def _log_file(folder: Path) -> Iterator[None]:
    """Whatever this process says meanwhile, in Python or below it, goes to the run's log and not to the screen."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    screen = [os.dup(number) for number in (1, 2)]
    with (folder / LOG).open("a") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        faulthandler.enable(2)  # a crash below Python says where
        try:
            yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            for number, descriptor in zip((1, 2), screen, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the process once the run is closed; a pool would have it take the next job."""
    try:
        yield
    except SystemExit:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(interruption.TERMINATED)
