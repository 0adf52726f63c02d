"""The summary of a sweep: one run in the store with the figures, the tables and the page of the report."""

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
from zerosweep.report.exploration import exploration
from zerosweep.report.failures import verifying
from zerosweep.report.finding import findings_named, judge, reproduced
from zerosweep.report.heading import title_of
from zerosweep.report.page import page
from zerosweep.report.pictures import MOST_CURVES, drawn, figures
from zerosweep.report.results import Results, analyse
from zerosweep.report.table import difference_table, finding_table, group_table
from zerosweep.report.view import view_state
from zerosweep.runs.identity import digest
from zerosweep.tracking.claims import claim
from zerosweep.tracking.location import SERVERS, scheme
from zerosweep.tracking.members import join
from zerosweep.tracking.orphans import DIED, close
from zerosweep.tracking.record import Recorded, address, arrays, by_id, curve, find, local_path, remove, ui_address
from zerosweep.tracking.recorded import NOTE
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import experiment_id, open_store, sqlite_file
from zerosweep.tracking.views import key_of, remove_views, save_view, view_address

PAGE = "report.html"

LONGEST_NAME = 250
"""Largest number of characters in the name of a view or of a summary run."""

REPORTED = "ZEROSWEEP_REPORTED"
"""The environment variable that names a file, into which this process writes the id of the summary run."""

SOURCES = ("report", "experiments/findings", "figures")
"""The folders of the package that a report depends on: a summary made by other code is replaced."""


@dataclass(frozen=True)
class Context:
    """Everything that a summary depends on, apart from the runs.

    Attributes:
        uri: The store.
        experiment: The name of the experiment of the summary run.
        sweep: The id of the sweep, or of a comparison.
        command: The command line that is reported on.
        objective: The metric that runs are compared by, and its direction.
        report: The settings of the report.
        swept: The settings that were swept, in order; empty to find out from the runs.
        cached: Ids of the runs that were answered from the record.
        failed: The reason of each failure that left no run in the store, in one line, by label.
        title: The title of page and figures; "" for one that says what varied.
        source: The program, for MLflow's column "Source".
        pictures: Returns named figures for a title, in place of the comparison by factors; None for that comparison.
        best_commands: The commands that repeat the best runs, the best first.
        tags: Further tags of the summary run, such as `study` and `sampler` of a search.
        of_filter: Whether the runs are those that a filter found, and not those of a sweep. Such a summary has no
            members and no view in MLflow's UI.
        continues: The id of the summary run of this sweep that is RUNNING since its beginning; "" if there is none.
        others: The directions of the further objectives of a search, by metric.
        extra_inputs: Text that changes whenever `pictures` shows something new although the runs are the same.
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
    of_filter: bool = False
    continues: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    extra_inputs: Sequence[str] = ()


@dataclass(frozen=True)
class Summary:
    """The location of a summary, and the lines to print about it.

    Attributes:
        run_id: The id of the summary run.
        location: The path of `report.html` where the store is a local file, else the run's address in MLflow's UI.
        lines: The lines for the terminal.
    """

    run_id: str
    location: str
    lines: tuple[str, ...]


def summarise(context: Context, runs: Sequence[Recorded]) -> Summary:
    """Write the one summary run of a sweep, with tables, figures and page.

    An earlier summary of the same runs with an equal context is returned as it is. Any other is replaced.

    Raises:
        SettingError: These runs do not allow the figure that the report names. No run is created.
    """
    with claim(context.uri, context.experiment, {"role": "summary", "sweep": context.sweep}, wait=True):
        summary = _summarise(context, runs)
    if file := os.environ.get(REPORTED):
        Path(file).write_text(summary.run_id)
    return summary


def _summarise(context: Context, runs: Sequence[Recorded]) -> Summary:
    client = open_store(context.uri)
    experiment = experiment_id(client, context.uri, context.experiment)
    if not context.of_filter:
        join(client, context.sweep, runs)
    evidence = Evidence(runs, partial(curve, client), partial(arrays, client), context.tags.get("sampler", ""))
    judged = judge(findings_named(context.report.findings), evidence)
    results = analyse(
        runs, context.objective, context.swept, context.cached, context.failed, context.others, _tried(client, runs)
    )
    results = replace(results, findings=judged)
    title = context.title or title_of(results)
    members = _fingerprint(context, runs)
    summaries = find(
        client, [experiment], "tags.role = 'summary'"
    )  # the sweep is compared below: a filter cannot quote any name
    if not context.of_filter:
        remove_views(client, experiment, {context.sweep, *(run.tags.get("sweep", "") for run in summaries)})
        state = view_state(context.sweep, results, context.report.metrics)
        save_view(client, experiment, key_of(context.sweep), f"{title} · {context.sweep}"[:LONGEST_NAME], state)
    earlier = [run for run in summaries if run.tags.get("sweep") == context.sweep and run.run_id != context.continues]
    same = next((run for run in earlier if run.status == "FINISHED" and run.tags.get("members") == members), None)
    if same is not None:
        return _summary(context, same.run_id, experiment, results)
    if context.pictures is None:
        found = figures(context.uri, runs, context.report, results, title)
    else:
        found = context.pictures(title)
    tags = {**context.tags, "role": "summary", "sweep": context.sweep, "mlflow.source.name": context.source}
    info = RunInfo(context.uri, context.experiment, f"summary of {title}"[:LONGEST_NAME], {}, tags)
    with RunLog(info, continues=context.continues) as log:
        log.tags |= {
            "members": members,
            NOTE: markdown(context.command, results, context.best_commands),
        }
        log.file("table.csv", results.table.csv())
        if results.groups:
            log.file("repeats.csv", group_table(results.groups, results.factors.names).csv())
        if results.differences:
            log.file("differences.csv", difference_table(results.differences).csv())
        if judged:
            log.file("findings.csv", finding_table(judged).csv())
            log.tags["findings"] = reproduced(judged)
        first = next(iter(results.ranking), None)
        if first is not None and first.value is not None:
            log.metrics({context.objective.metric: first.value, **first.others}, 0)
        log.wait()  # drawing imports modules, which must wait for the import of MLflow in the background
        pictures = [*drawn(found, results)]
        for picture in pictures:
            log.file(f"figures/{picture.name}.png", picture.png)

        ui = "" if scheme(context.uri) in SERVERS else ui_address(context.uri)

        def link(run: Recorded) -> str:
            return address(context.uri, run.experiment_id, run.run_id, ui)

        data = exploration(results, partial(curve, client) if len(runs) <= MOST_CURVES else None)
        commands = context.best_commands
        log.file(PAGE, page(title, context.sweep, context.command, results, pictures, link, data, commands, ui))
    left_open = close(client, context.uri, (run for run in earlier if run.status == "RUNNING"), DIED)
    ended = [run for run in earlier if run.status != "RUNNING"]
    for run in [*left_open, *ended]:  # a running summary whose owner may be alive is not among them
        remove(client, run.run_id)
    return _summary(context, log.run_id, experiment, results)


def _tried(client: Any, runs: Sequence[Recorded]) -> dict[str, Recorded]:
    """Return the run with the remedy, by the id of each run whose diagnosis was verified."""
    found = {run_id: by_id(client, other) for run_id, other in verifying(runs).items()}
    return {run_id: other for run_id, other in found.items() if other is not None}


def _fingerprint(context: Context, runs: Sequence[Recorded]) -> str:
    """Return a hash of everything that a report depends on: the runs and their status, the context, and the code."""
    request = [
        context.title,
        asdict(context.report),
        asdict(context.objective),
        [*context.swept],
        {**context.failed},
        {**context.others},
        [*context.best_commands],
        [*context.extra_inputs],
        {**context.tags},
    ]
    ended = sorted((run.run_id, run.status) for run in runs)
    package = Path(__file__).parents[1]
    sources = [file for folder in SOURCES for file in sorted((package / folder).rglob("*.*")) if file.suffix != ".pyc"]
    return digest(json.dumps([request, ended]).encode(), *(file.read_bytes() for file in sources))


def _summary(context: Context, run_id: str, experiment: str, results: Results) -> Summary:
    in_ui = address(context.uri, experiment, run_id)
    path = local_path(open_store(context.uri), run_id, PAGE) if sqlite_file(context.uri) else None
    report = f"report: {path}" if path else f"report: {in_ui}"
    commands = [f"to run it: {command}" for command in context.best_commands[:1]]
    view = [] if context.of_filter else [f"view: {view_address(context.uri, experiment, key_of(context.sweep))}"]
    return Summary(run_id, str(path or in_ui), (*lines(results), *commands, report, *view))
