"""The work of a worker process on one job, from start to end."""

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
from zerosweep.config.mistakes import unwritable
from zerosweep.errors import UserError, last_line
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import as_outcome, equal_runs, reusable, untried_remedy
from zerosweep.jobs.verification import verify
from zerosweep.masking import formatted, mask_output
from zerosweep.runs.assemble import validate
from zerosweep.runs.identity import code_of
from zerosweep.runs.run import run
from zerosweep.tracking.claims import ClaimLost, claim
from zerosweep.tracking.orphans import DIED, close
from zerosweep.tracking.store import open_store, store_uri

log = logging.getLogger(__name__)

LOG = "run.log"
"""File in the run's folder with all output of the run."""


def perform(job: Job) -> Outcome:
    """Do the job and return its outcome.

    Nothing is trained if a recorded run answers the job, or if another process is running it. An error becomes an
    outcome with the status "failed".
    """
    try:
        around = job.config.around
        with _log_file(job.config.folder), ended_by_sigterm(), around.entered() if around else contextlib.nullcontext():
            try:
                return fulfil(job)
            except Exception:
                interruption.check()
                sys.stderr.write(formatted(*sys.exc_info()))
                raise
    except Exception as error:
        line = str(error) if isinstance(error, UserError) else last_line(error)
        return Outcome("failed", line=line, of_machine=unwritable(error) is not None)


def fulfil(job: Job) -> Outcome:
    """Answer the job from the record, or train it in this process, and return its outcome.

    Returns:
        The outcome, with the status "busy" if another process is running the job.

    Raises:
        UserError: The sources or the data are not those that the job was planned with.
        Exception: Anything that is raised in training, once the run is closed as FAILED.
    """
    settings = job.config.settings
    if job.identity.code_id != code_of(settings):
        raise _other_than_planned("sources")
    uri = store_uri(settings.tracking.uri)
    with claim(uri, settings.tracking.experiment, asdict(job.identity)) as mine:
        if not mine:
            return Outcome("busy")
        runs = equal_runs(settings, job.identity)
        # This process has the claim, so the owner of any open run is dead, unless its claim is invisible from here.
        close(open_store(uri), uri, (run for run in runs if run.status == "RUNNING"), DIED)
        recorded = reusable(settings, runs, job.trial.study if job.trial else None) if job.reuse else None
        try:
            outcome, remedy = (as_outcome(settings, recorded), untried_remedy(recorded)) if recorded else _train(job)
        except ClaimLost:
            return Outcome("busy")
    if settings.diagnose.verify and remedy:
        # After the claim is released: two workers that each wait for the other's run would wait forever.
        log.info(verify(job.config, outcome.run_id, remedy))
    return outcome


def _train(job: Job) -> tuple[Outcome, str | None]:
    """Train the job's run. Return its outcome, and the override that its diagnosis suggests, if any."""
    if validate(job.config.settings).data_id != job.identity.data_id:  # a worker may be on another machine
        raise _other_than_planned("data")
    result = run(job.config, job.identity, job.tags, job.trial.watch() if job.trial else None)
    log.info(result.line)
    if result.lacking:
        log.warning(result.lacking)
    if result.diagnosis:
        log.info(result.diagnosis.line)
    numbers = result.verdict, result.objective, result.line, result.pruned, result.metrics
    outcome = Outcome("finished", result.run_id, *numbers)
    return outcome, result.diagnosis.remedy.override if result.diagnosis else None


def _other_than_planned(what: str) -> UserError:
    return UserError(f"the {what} here are not those that the sweep was planned with; start it again")


@contextlib.contextmanager
def _log_file(folder: Path) -> Iterator[None]:
    """Redirect all output of this process, also that of compiled code, to the log file in the run's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mask_output()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    screen = [os.dup(number) for number in (1, 2)]
    with (folder / LOG).open("a") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        faulthandler.enable(2)  # a crash in compiled code leaves a traceback
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
    """End the process on SIGTERM once the run is closed. Otherwise the process would take the next job."""
    try:
        yield
    except SystemExit:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(interruption.TERMINATED)
