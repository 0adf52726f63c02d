"""Runs whose process died without closing them: nobody holds their claim, so they are closed as KILLED."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zerosweep.masking import masked
from zerosweep.tracking.claims import claim_of, visible
from zerosweep.tracking.record import Recorded, find

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIED = "its process died without closing it"


def close_orphans(client: MlflowClient, uri: str, experiment: str) -> list[Recorded]:
    """Close, and return, all runs of the experiment of this id that nobody is at work on any more."""
    return close(client, uri, find(client, [experiment], "attributes.status = 'RUNNING'"), DIED)


def told(run: Recorded) -> str:
    """What a person is told of a run that was closed, though the command now typed did not make it."""
    return f"closed {run.run_id} ({run.name}), which an earlier process left open: {DIED}"


def close(client: MlflowClient, uri: str, running: Iterable[Recorded], why: str) -> list[Recorded]:
    """Close as KILLED, and return, those of these runs that nobody holds, and that have not ended since they were found
    `running`; the tag `error` says `why`. A run whose claim cannot be seen from here is left alone."""
    closed = []
    for run in running:
        if not visible(uri, run.tags):
            continue
        name = client.get_experiment(run.experiment_id).name
        # A run ends before its claim is freed: once the claim is ours, its status is final.
        with claim_of(uri, name, run.tags) as ours:
            if ours and end(client, run, why):
                closed.append(run)
    return closed


def end(client: MlflowClient, run: Recorded, why: str) -> bool:
    """Close as KILLED a run that is known to have lost its process, if it is still RUNNING; whether it was."""
    if client.get_run(run.run_id).info.status != "RUNNING":
        return False
    client.set_tag(run.run_id, "error", masked(why))
    client.set_terminated(run.run_id, "KILLED")
    return True
