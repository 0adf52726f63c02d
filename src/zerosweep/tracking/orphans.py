"""Runs whose process died without closing them: nobody holds their claim, so they are closed as KILLED."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zerosweep.masking import masked
from zerosweep.tracking.claims import claim, claimable
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIED = "its process died without closing it"


def close_orphans(client: MlflowClient, uri: str, experiment: str) -> list[Recorded]:
    """Close, and return, all runs of the experiment of this id that nobody is at work on any more."""
    running = find(client, [experiment], "attributes.status = 'RUNNING'")
    return close(client, uri, [run for run in running if visible(uri, run)], DIED)


def told(run: Recorded) -> str:
    """What a person is told of a run that was closed, though the command now typed did not make it."""
    return f"closed {run.run_id} ({run.name}), which an earlier process left open: {DIED}"


def close(client: MlflowClient, uri: str, running: Iterable[Recorded], why: str) -> list[Recorded]:
    """Close as KILLED those of these runs that nobody holds, and that have not ended since they were found `running`; the tag
    `error` says `why`."""
    closed = []
    for run in running:
        # A run ends before its claim is freed: once the claim is ours, its status is final.
        with claim(uri, run.tags) as ours:
            if ours and client.get_run(run.run_id).info.status == "RUNNING":
                client.set_tag(run.run_id, "error", masked(why))
                client.set_terminated(run.run_id, "KILLED")
                closed.append(run)
    return closed


def visible(uri: str, run: Recorded) -> bool:
    """Whether the claim of a run, if its process lives, can be seen from here."""
    return claimable(run.tags) and (sqlite_file(uri) is not None or run.tags.get("host") == socket.gethostname())
