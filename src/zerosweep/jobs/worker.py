"""What a worker process does with a job, start to end."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from zerosweep import interruption
from zerosweep.errors import UserError, last_line
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import known, recalled, standing, unverified
from zerosweep.jobs.verification import verify
from zerosweep.masking import formatted, mask_output
from zerosweep.runs.run import run
from zerosweep.runs.sources import code_id
from zerosweep.tracking.claims import claim
from zerosweep.tracking.orphans import DIED, close
from zerosweep.tracking.store import open_store, store_uri

LOG = "run.log"
"""In the run's folder: all that it said."""


def perform(job: Job) -> Outcome:
    """Do the job unless it is done already, or another process is at it. A failure is an outcome like any other: the sweep
    goes on."""
    try:
        with _log_file(job.config.folder), ended_by_sigterm():
            try:
                return _perform(job)
            except Exception:
                interruption.check()
                sys.stderr.write(formatted(*sys.exc_info()))
                raise
    except Exception as error:
        return Outcome("failed", line=str(error) if isinstance(error, UserError) else last_line(error))


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
        # The claim is free again: two workers that each wait for the other's run would wait for ever.
        logging.info(verify(job.config, done.run_id, remedy))
    return done


def _trained(job: Job) -> tuple[Outcome, str | None]:
    """What came of the job's run, done now, and the override that its diagnosis suggests."""
    result = run(job.config, job.tags, job.trial.watch() if job.trial else None)
    logging.info(result.line)
    if result.diagnosis:
        logging.info(result.diagnosis.line)
    numbers = result.verdict, result.objective, result.line, result.pruned, result.metrics
    done = Outcome("finished", result.run_id, *numbers)
    return done, result.diagnosis.remedy.override if result.diagnosis else None


@contextlib.contextmanager
def _log_file(folder: Path) -> Iterator[None]:
    """Whatever this process says meanwhile, in Python or below it, goes to the run's log and not to the screen."""
    folder.mkdir(parents=True, exist_ok=True)
    mask_output()
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
def ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the process once the run is closed; a pool would have it take the next job."""
    try:
        yield
    except SystemExit:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(interruption.TERMINATED)
