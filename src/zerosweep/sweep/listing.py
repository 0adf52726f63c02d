"""`plan=true`: the runs of a sweep, which of them are done, and how long the rest will take."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Column, Table

from zerosweep.config.schemas import Settings
from zerosweep.jobs.screen import screen
from zerosweep.sweep.plan import Plan
from zerosweep.sweep.prediction import predict, together
from zerosweep.tracking.record import find
from zerosweep.tracking.store import open_experiment

RECENT = 1000
"""So many of the latest runs are asked how long they took."""


def show(plan: Plan, settings: Settings, workers: int) -> None:
    """Print the plan; nothing is run."""
    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    query = "attributes.status = 'FINISHED' and tags.role = 'run'"
    recent = find(store.client, [store.id], query, RECENT)
    seconds = predict(plan.to_do, recent)
    table = Table("", "run", Column("state", no_wrap=True), Column("time", no_wrap=True), box=None, pad_edge=False)
    for job in plan.jobs:
        answer, predicted = plan.answers.get(job.number), seconds.get(job.number)
        state = f"cached {answer.run_id}" if answer else "to do"
        table.add_row(str(job.number), escape(job.label), state, "" if predicted is None else f"{predicted:.1f} s")
    out = screen()
    out.print(table)
    known = [value for value in seconds.values() if value is not None]
    equal = len(plan.asked) - len(plan.jobs)
    repeated = f", {equal} left out as equal to others" if equal else ""
    out.print(f"{len(plan.jobs)} runs: {len(plan.answers)} cached, {len(plan.to_do)} to do{repeated}")
    if known:
        unknown = f"; of {len(seconds) - len(known)} there is no record" if len(known) < len(seconds) else ""
        out.print(f"about {together(known, workers):.0f} s on {workers} workers ({sum(known):.0f} s of one){unknown}")
    elif plan.to_do:
        out.print("no run like these is on record, so there is no telling how long they take")
