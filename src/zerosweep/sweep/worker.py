"""What a worker process does with a job, start to end."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from zerosweep import interruption
from zerosweep.config.schemas import Settings
from zerosweep.errors import UserError
from zerosweep.identity import Identity, code_id
from zerosweep.run import run
from zerosweep.sweep.job import Job, Outcome
from zerosweep.tracking.claims import claim
from zerosweep.tracking.orphans import DIED, close
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import experiment_id, open_store, store_uri

LOG = "run.log"
"""In the run's folder: all that it said."""


def perform(job: Job, environment: Mapping[str, str] = {}) -> Outcome:  # not written to
    """Do the job unless it is done already, or another process is at it. Only what no caller can put right is raised.

    environment: variables to set first, where the worker did not inherit them."""
    os.environ.update(environment)
    with _log_file(job.config.folder), _ended_by_sigterm():
        try:
            return _perform(job)
        except Exception as error:  # a result like any other: the sweep goes on
            traceback.print_exc()
            line = str(error) if isinstance(error, UserError) else _last_line(error)
            return Outcome("failed", line=line)


def _perform(job: Job) -> Outcome:
    if job.identity.code_id != code_id():
        raise UserError("the sources have changed since this sweep began; start it again")
    settings = job.config.settings
    uri = store_uri(settings.tracking.uri)
    with claim(uri, asdict(job.identity)) as mine:
        if not mine:
            return Outcome("busy")
        same = known(settings, job.identity)
        close(open_store(uri), uri, (one for one in same if one.status == "RUNNING"), DIED)
        if job.reuse and (done := answer(settings, same)):
            return done
        result = run(job.config)
        logging.info(result.line)
        return Outcome("finished", result.run_id, result.verdict, result.objective, result.line)


def known(settings: Settings, identity: Identity) -> list[Recorded]:
    """The runs of this identity in the experiment, the latest first."""
    uri = store_uri(settings.tracking.uri)
    client = open_store(uri)
    query = " and ".join(f"tags.{name} = '{value}'" for name, value in asdict(identity).items())
    return find(client, [experiment_id(client, uri, settings.tracking.experiment)], f"{query} and tags.role = 'run'")


def answer(settings: Settings, same: list[Recorded]) -> Outcome | None:
    """The outcome that stands in the record, of runs of the `same` identity; None where none is FINISHED.

    A model to serve is no number, but it is asked for: a run without one does not answer a job that wants one."""
    for one in same:
        has_model = one.params.get("tracking.model") == "true"
        if one.status == "FINISHED" and (has_model or not settings.tracking.model):
            value = one.metrics.get(settings.objective.metric)
            objective = float("nan") if value is None or one.verdict == "diverged" else value
            shown = "" if value is None else f"{settings.objective.metric}={value:.4g} "
            return Outcome("cached", one.run_id, one.verdict, objective, f"{one.verdict}: {shown}run {one.run_id}")
    return None


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
