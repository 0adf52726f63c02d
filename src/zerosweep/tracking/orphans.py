"""Runs whose process died without closing them: nobody holds their claim, so they are closed as KILLED."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zerosweep.tracking.claims import claimable, claimed_elsewhere
from zerosweep.tracking.record import Recorded, find
from zerosweep.tracking.store import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

DIED = "its process died without closing it"


def close_orphans(client: MlflowClient, uri: str, experiment: str) -> list[Recorded]:
    """Close, and return, all runs of the experiment of this id that nobody is at work on any more."""
    running = find(client, [experiment], "attributes.status = 'RUNNING'")
    return close(client, [run for run in running if orphaned(uri, run)], DIED)


def close(client: MlflowClient, running: Iterable[Recorded], why: str) -> list[Recorded]:
    """Close these runs as KILLED, but for those that have ended since they were found `running`; the tag `error` says `why`."""
    closed = [run for run in running if client.get_run(run.run_id).info.status == "RUNNING"]
    for run in closed:
        client.set_tag(run.run_id, "error", why)
        client.set_terminated(run.run_id, "KILLED")
        log.info("closed %s (%s): %s", run.run_id, run.name, why)
    return closed


def orphaned(uri: str, run: Recorded) -> bool:
    """Whether a RUNNING run is known to have no process: its claim is free, where claims of its host can be seen."""
    here = sqlite_file(uri) is not None or run.tags.get("host") == socket.gethostname()
    return here and claimable(run.tags) and not claimed_elsewhere(uri, run.tags)
