"""Orphans: runs whose process died without closing them. No process holds their claim, so they are closed as KILLED."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zerosweep.masking import masked
from zerosweep.tracking.claims import claim_of, visible
from zerosweep.tracking.record import Recorded, find

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIED = "its process died without closing it"

open_here: set[str] = set()
"""Ids of the runs that this process itself has open. Their claims are held by this process, which is alive."""


def close_orphans(client: MlflowClient, uri: str, experiment: str) -> list[Recorded]:
    """Close the runs of an experiment that no process is making any more, and return them.

    Args:
        client: A client of the store.
        uri: The URI of the store.
        experiment: The id of the experiment.
    """
    return close(client, uri, find(client, [experiment], "attributes.status = 'RUNNING'"), DIED)


def closing_message(run: Recorded) -> str:
    """Return the line that reports a run of an earlier command that was closed."""
    return f"closed {run.run_id} ({run.name}), which an earlier process left open: {DIED}"


def close(client: MlflowClient, uri: str, running: Iterable[Recorded], why: str) -> list[Recorded]:
    """Close orphans as KILLED and return them.

    A run whose claim cannot be seen from here is left alone, and one that this process has open.

    Args:
        client: A client of the store.
        uri: The URI of the store.
        running: Runs that had the status RUNNING. Those that have ended since, or that a process claims, are left
            alone.
        why: The reason, for the tag `error`.
    """
    closed = []
    for run in running:
        name = client.get_experiment(run.experiment_id).name
        if run.run_id in open_here or not visible(uri, name, run.tags):
            continue
        # A run ends before its claim is freed, so its status is final once the claim is ours.
        with claim_of(uri, name, run.tags) as ours:
            if ours and end(client, run, why):
                closed.append(run)
    return closed


def end(client: MlflowClient, run: Recorded, why: str) -> bool:
    """Close a run as KILLED whose process is known to have died. Return whether it was still RUNNING."""
    if client.get_run(run.run_id).info.status != "RUNNING":
        return False
    client.set_tag(run.run_id, "error", masked(why))
    client.set_terminated(run.run_id, "KILLED")
    return True
