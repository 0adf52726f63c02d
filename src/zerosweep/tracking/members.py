"""Membership of runs in sweeps: a run that several sweeps asked for belongs to each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zerosweep.tracking.bulk import is_database, tag_runs

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from zerosweep.tracking.record import Recorded

MEMBER = "true"
"""Value of the tag that makes a run a member of a sweep."""


def tag_name(text: str) -> str:
    """Return the text as the name of a tag. Characters that MLflow does not allow there become underscores."""
    return re.sub(r"[^\w.\- /:]", "_", text)


def member_tag(sweep: str) -> str:
    """Return the name of the tag that every member of a sweep has, as in `sweep.sweep-22c42c1a`."""
    return tag_name(f"sweep.{sweep}")


def members_filter(sweep: str) -> str:
    """Return the filter, in MLflow's syntax, that finds all runs that a sweep asked for."""
    return f"tags.`{member_tag(sweep)}` = '{MEMBER}' and tags.role = 'run'"


def join(client: MlflowClient, sweep: str, runs: Iterable[Recorded]) -> None:
    """Make runs members of a sweep, those that the record answered among them.

    MLflow's client tags one run at a time, which takes a minute for 10,000 runs; a database takes all of them at once.
    """
    tag = member_tag(sweep)
    lacking = [run.run_id for run in runs if tag not in run.tags]
    if len(lacking) > 1 and is_database(client) and tag_runs(client, lacking, tag, MEMBER):
        return
    for run_id in lacking:
        client.set_tag(run_id, tag, MEMBER)
