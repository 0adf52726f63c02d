"""The summary of a sweep: one run in the store with its figures, its tables and its page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from zerosweep.config.schemas import Objective, Report
from zerosweep.report.description import lines, markdown
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import judge, named
from zerosweep.report.page import page
from zerosweep.report.pictures import drawn, pictures
from zerosweep.report.results import Results, find_out
from zerosweep.report.table import difference_table, finding_table, group_table
from zerosweep.runs.identity import digest
from zerosweep.tracking.claims import claim
from zerosweep.tracking.orphans import DIED, close
from zerosweep.tracking.record import Recorded, address, arrays, curve, find, local_path, remove
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import experiment_id, open_store, sqlite_file

PAGE = "report.html"

REPORTED = "ZEROSWEEP_REPORTED"
"""In the environment, a file for whoever has started this process: the id of the summary run is written there."""

SOURCES = ("report", "experiments/findings", "figures")
"""Of the package: what a report depends on."""


@dataclass(frozen=True)
class Context:
    """What is known of a sweep, or another set of runs, besides the runs.

    experiment: its name; sweep: the sweep's id, or a name for a comparison; command: as typed; swept: the keys swept over, in
    order, empty to find out; cached: ids of runs answered from the record; failed: failures that left no run in the store,
    label -> one line; title: of page and figures, the sweep's id if ""; source: the program, for MLflow's column of that name.
    pictures: given the title, the (name, figure) of each figure, where the comparison of what varied is not what is wanted;
    best_commands: what to type for the best runs; tags: more of them, of a search with its `sampler`; besides: what the pictures
    show besides the runs.
    """

    uri: str
    experiment: str
    sweep: str
    command: str
    objective: Objective
    report: Report
    swept: Sequence[str] = ()
    cached: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    source: str = "src/train.py"
    pictures: Callable[[str], Iterator[tuple[str, Any]]] | None = None
    best_commands: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    besides: Sequence[str] = ()


@dataclass(frozen=True)
class Summary:
    """run_id: of the summary's own run. location: the path of report.html where the store is a local file, else the address
    of the run in MLflow's UI. lines: for the terminal."""

    run_id: str
    location: str
    lines: tuple[str, ...]


def summarise(context: Context, runs: Sequence[Recorded]) -> Summary:
    """Draw the runs, and keep tables, figures and page as the sweep's one summary run.

    A summary of exactly the same runs, asked for in the same way, is returned as it is; any other is replaced. A figure
    that these runs do not allow is a `SettingError`, raised before a run is created.
    """
    with claim(context.uri, context.experiment, {"role": "summary", "sweep": context.sweep}, wait=True):
        summary = _summarise(context, runs)
    if file := os.environ.get(REPORTED):
        Path(file).write_text(summary.run_id)
    return summary


def _summarise(context: Context, runs: Sequence[Recorded]) -> Summary:
    client = open_store(context.uri)
    experiment = experiment_id(client, context.uri, context.experiment)
    evidence = Evidence(runs, partial(curve, client), partial(arrays, client), context.tags.get("sampler", ""))
    judged = judge(named(context.report.findings), evidence)
    results = find_out(runs, context.objective, context.swept, context.cached, context.failed)
    results = replace(results, findings=judged)
    members = _members(context, runs)
    summaries = find(client, [experiment], "tags.role = 'summary'")  # a name may have quotes, which a filter cannot
    earlier = [run for run in summaries if run.tags.get("sweep") == context.sweep]
    same = next((run for run in earlier if run.status == "FINISHED" and run.tags.get("members") == members), None)
    if same is not None:
        return _summary(context, same.run_id, experiment, results)
    title = context.title or context.sweep
    if context.pictures is None:
        figures = pictures(context.uri, runs, context.report, results, title)
    else:
        figures = drawn(context.pictures(title))
    tags = {**context.tags, "role": "summary", "sweep": context.sweep, "mlflow.source.name": context.source}
    with RunLog(RunInfo(context.uri, context.experiment, f"summary of {title}"[:250], {}, tags)) as kept:
        kept.tags |= {
            "members": members,
            "mlflow.note.content": markdown(context.command, results, context.best_commands),
        }
        kept.file("table.csv", results.table.csv())
        if results.groups:
            kept.file("repeats.csv", group_table(results.groups, results.factors.names).csv())
        if results.differences:
            kept.file("differences.csv", difference_table(results.differences).csv())
        if judged:
            kept.file("findings.csv", finding_table(judged).csv())
            kept.tags |= {f"finding.{one.name}": one.reproduced for one in judged}
        kept.wait()  # Matplotlib imports more while it draws
        images = dict(figures)
        for name, png in images.items():
            kept.file(f"figures/{name}.png", png)

        def link(run: Recorded) -> str:
            return address(context.uri, run.experiment_id, run.run_id)

        kept.file(PAGE, page(title, context.command, results, images, link, context.best_commands))
    left_open = close(client, context.uri, (run for run in earlier if run.status == "RUNNING"), DIED)
    ended = [run for run in earlier if run.status != "RUNNING"]
    for run in [*left_open, *ended]:  # but none whose owner may live
        remove(client, run.run_id)
    return _summary(context, kept.run_id, experiment, results)


def _members(context: Context, runs: Sequence[Recorded]) -> str:
    """The id of what a report is made of: the runs and how they ended, what was asked for, and the code that draws it."""
    asked = [
        context.title,
        asdict(context.report),
        asdict(context.objective),
        [*context.swept],
        {**context.failed},
        [*context.best_commands],
        [*context.besides],
        {**context.tags},
    ]
    ended = sorted((run.run_id, run.status) for run in runs)
    package = Path(__file__).parents[1]
    sources = [file for folder in SOURCES for file in sorted((package / folder).rglob("*.*")) if file.suffix != ".pyc"]
    return digest(json.dumps([asked, ended]).encode(), *(file.read_bytes() for file in sources))


def _summary(context: Context, run_id: str, experiment: str, results: Results) -> Summary:
    shown = address(context.uri, experiment, run_id)
    path = local_path(open_store(context.uri), run_id, PAGE) if sqlite_file(context.uri) else None
    report = f"report: {path}" if path else f"report: {shown}"
    typed = [f"to run it: {command}" for command in context.best_commands[:1]]
    return Summary(run_id, str(path or shown), (*lines(results), *typed, report))
