"""Runs of other processes that are running at the moment: how far they are, and on which machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from zerosweep.jobs.job import Job
from zerosweep.tracking.claims import abandoned
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.runlog import PROGRESS
from zerosweep.tracking.store import open_experiment

QUERY = "attributes.status = 'RUNNING' and tags.role = 'run'"

IDS = ("config_id", "code_id", "data_id")


def running_elsewhere(jobs: Iterable[Job]) -> dict[int, Recorded]:
    """Return the recorded run of each job that a process is running at the moment, by the job's number.

    A run whose process has died is left out. Where that cannot be known, as for another machine, it counts as alive.
    """
    found: dict[tuple[str | None, str], dict[tuple[str, ...], Recorded]] = {}
    running = {}
    for job in jobs:
        tracking = job.config.settings.tracking
        place = (tracking.uri, tracking.experiment)
        if place not in found:
            found[place] = _running(*place)
        if run := found[place].get(tuple(asdict(job.identity)[name] for name in IDS)):
            running[job.number] = run
    return running


def described(run: Recorded) -> str:
    """Return the state of a running run in words, such as "running, 62 %, on HOST"."""
    on = f"on {run.tags['host']}" if "host" in run.tags else ""
    return ", ".join(part for part in ("running", run.tags.get(PROGRESS, ""), on) if part)


def _running(uri: str | None, experiment: str) -> dict[tuple[str, ...], Recorded]:
    """Return the runs of an experiment that are running, by the values of `IDS`."""
    store = open_experiment(uri, experiment)
    runs = (run for run in find(store.client, [store.id], QUERY) if not abandoned(store.uri, experiment, run.tags))
    return {tuple(run.tags.get(name, "") for name in IDS): run for run in runs}
