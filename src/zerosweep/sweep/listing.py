"""`plan=true`: the runs of a sweep, which of them are recorded already, and how long the others will take."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Column, Table

from zerosweep.config.schemas import Settings
from zerosweep.jobs.running import described, running_elsewhere
from zerosweep.jobs.screen import screen
from zerosweep.sweep.plan import Plan
from zerosweep.sweep.prediction import makespan, predict
from zerosweep.tracking.record import find
from zerosweep.tracking.store import open_experiment

RECENT = 1000
"""Number of the latest finished runs that durations are predicted from."""


def show(plan: Plan, settings: Settings, workers: int) -> None:
    """Print the plan. Nothing is run."""
    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    query = "attributes.status = 'FINISHED' and tags.role = 'run'"
    recent = find(store.client, [store.id], query, RECENT)
    running = running_elsewhere(plan.to_do)
    seconds = predict((job for job in plan.to_do if job.number not in running), recent)
    table = Table("", "run", Column("state", no_wrap=True), Column("time", no_wrap=True), box=None, pad_edge=False)
    for job in plan.jobs:
        answer, predicted = plan.answers.get(job.number), seconds.get(job.number)
        elsewhere = described(running[job.number]) if job.number in running else "to do"
        state = f"cached {answer.run_id}" if answer else elsewhere
        table.add_row(str(job.number), escape(job.label), state, "" if predicted is None else f"{predicted:.1f} s")
    out = screen()
    out.print(table)
    repeated = len(plan.requested) - len(plan.jobs)
    left_out = f", {repeated} left out as equal to others" if repeated else ""
    others = f", {len(running)} running" if running else ""
    to_do = len(plan.to_do) - len(running)
    out.print(f"{len(plan.jobs)} runs: {len(plan.answers)} cached{others}, {to_do} to do{left_out}")
    predictions = [value for value in seconds.values() if value is not None]
    if predictions:
        without = len(seconds) - len(predictions)
        unknown = f", plus {without} of unknown duration" if without else ""
        total, alone = makespan(predictions, workers), sum(predictions)
        out.print(f"about {total:.0f} s on {workers} workers ({alone:.0f} s on one){unknown}")
    elif to_do:
        out.print("no similar run is recorded, so their duration is unknown")
