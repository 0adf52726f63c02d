"""The record of an engine's jobs in the store: runs that its lost workers left open, and jobs that run elsewhere."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from time import monotonic, sleep, time

from zerosweep.jobs.job import Job
from zerosweep.jobs.reuse import equal_runs
from zerosweep.masking import masked
from zerosweep.tracking.claims import claimed_elsewhere
from zerosweep.tracking.orphans import DIED, close, end
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.store import open_store, store_uri

ENGINE = "engine"
"""Tag of a run: the id of the engine whose worker trained it. Another sweep may train a run of the same identity."""

CLAIM_SECONDS = 5.0
"""Seconds to wait until the claim of a dead worker is free. On this machine it is free at once."""

CLOSING_SECONDS = 0.02
"""Seconds between two checks whether another process has finished closing a run whose worker died."""


class Attempts:
    """The attempts of one engine at its jobs, as recorded in MLflow."""

    def __init__(self) -> None:
        self._id = uuid.uuid4().hex
        self._began = int(time() * 1000) / 1000  # MLflow's start times have whole milliseconds

    def marked(self, job: Job) -> Job:
        """Return the job with a tag that names the engine."""
        return replace(job, tags={**job.tags, ENGINE: self._id})

    def free(self, job: Job) -> bool:
        """Return whether no other process is running the job."""
        tracking = job.config.settings.tracking
        return not claimed_elsewhere(store_uri(tracking.uri), tracking.experiment, asdict(job.identity))

    def failed(self, job: Job) -> str:
        """Return the id of the latest run of the job that failed or was killed, or ""."""
        return next((run.run_id for run in self._runs(job) if run.status in ("FAILED", "KILLED")), "")

    def close(self, job: Job, why: str) -> None:
        """Close the run that the job's dead worker left open, and record the reason `why` in it."""
        uri = store_uri(job.config.settings.tracking.uri)
        client = open_store(uri)
        for run in (run for run in self._runs(job) if run.status == "RUNNING"):
            ours = run.tags.get(ENGINE) == self._id  # so its worker is known to be dead
            deadline = monotonic() + CLAIM_SECONDS
            while not close(client, uri, [run], why) and ours and client.get_run(run.run_id).info.status == "RUNNING":
                if monotonic() > deadline:  # the worker was on another machine, where its claim outlives it
                    end(client, run, why)
                sleep(CLOSING_SECONDS)
        for run in self._runs(job):  # includes runs that another process has closed, without knowing the reason
            if run.status == "KILLED" and run.tags.get("error", DIED) == DIED:
                client.set_tag(run.run_id, "error", masked(why))

    def _runs(self, job: Job) -> list[Recorded]:
        """Return the job's runs that were started since the engine began, the latest first."""
        return [run for run in equal_runs(job.config.settings, job.identity) if run.started >= self._began]
