"""A sweep, whole: plan, answer from the record, run the rest, report."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from zerosweep.config.arguments import command_line
from zerosweep.config.read import Config
from zerosweep.config.schemas import Report, Settings
from zerosweep.errors import RunsFailed, SettingError
from zerosweep.figures.names import ACTIVATIONS, DRAWN_FROM
from zerosweep.importing import exempt_from_collection
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.job import Outcome
from zerosweep.jobs.runners import Runner
from zerosweep.jobs.session import session
from zerosweep.metrics import check_measured
from zerosweep.report.finding import named
from zerosweep.runs.assemble import recordable
from zerosweep.sweep import listing
from zerosweep.sweep.plan import Plan, answered, plan
from zerosweep.tracking.record import by_ids
from zerosweep.tracking.store import open_experiment


@dataclass(frozen=True)
class SweepRequest:
    """What a sweeper is asked to do. configs: (label, configuration) of every job, at least one. swept: the settings that
    vary. name: the sweep's, as a part of its id."""

    configs: Sequence[tuple[str, Config]]
    swept: Sequence[str]
    name: str


def sweep(ask: Callable[[], SweepRequest], runner: Runner, reported: bool = True) -> list[Outcome]:
    """Do what is missing of the sweep, and report it. What came of every job that was asked for; of a mere plan, nothing.

    `runner` may make itself ready while `ask` composes.
    """
    with closing(runner):
        asked = ask()
        planned = plan(asked.configs, asked.swept, asked.name)
        settings = planned.jobs[0].config.settings
        check_report(planned)
        if settings.rerun is not None:
            raise SettingError("rerun", settings.rerun, "is for one run; leave out -m")
        planned = replace(planned, answers=answered(planned.jobs))
        if settings.plan:
            listing.show(planned, settings, runner.workers)
            return []
        tally = Tally(settings.objective.metric, settings.objective.direction == "maximize")
        answers = [(job, planned.answers[job.number]) for job in planned.jobs if job.number in planned.answers]
        display = Display(tally, len(planned.jobs), answers)
        with session(settings, runner, display, lambda: len(planned.jobs) - len(tally.outcomes)):
            threading.Thread(target=_import_report, daemon=True).start()  # now that MLflow is imported
            runner.run(planned.to_do, display)
    if reported:
        report(planned, tally, settings, display)
    return [tally.outcomes[number][1] for number in planned.asked]


def _import_report() -> None:
    """What the report needs takes a second to import; this process has nothing to do while workers are at work."""
    with (
        exempt_from_collection(),
        suppress(ImportError, OSError, MemoryError),
    ):  # the report will import it again, and say what is wrong
        for module in ("scipy.stats", "zerosweep.figures.sweep.registry", "zerosweep.report.summary"):
            import_module(module)


def objectives(outcomes: Sequence[Outcome]) -> list[float]:
    """Of each outcome; NaN where it has none. Where any failed, that is a `RunsFailed`."""
    if failed := sum(outcome.status == "failed" for outcome in outcomes):
        raise RunsFailed(f"{failed} of {len(outcomes)} runs failed")
    return [outcome.objective for outcome in outcomes]


def report(planned: Plan, tally: Tally, settings: Settings, display: Display) -> None:
    """Keep the summary run, and say where it is."""
    from zerosweep.report.summary import Context, summarise  # Matplotlib, which nothing before needs

    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    outcomes = [tally.outcomes[number] for number in sorted(tally.outcomes)]
    experiments = dict.fromkeys(job.config.settings.tracking.experiment for job, _ in outcomes)
    within = [open_experiment(settings.tracking.uri, name).id for name in experiments]
    runs = by_ids(store.client, within, [outcome.run_id for _, outcome in outcomes if outcome.run_id])
    context = Context(
        uri=store.uri,
        experiment=settings.tracking.experiment,
        sweep=planned.sweep,
        command=command_line(),
        objective=settings.objective,
        report=as_varied(settings.report, planned.swept, display),
        swept=planned.swept,
        cached=frozenset(outcome.run_id for _, outcome in outcomes if outcome.status == "cached"),
        failed={job.label: outcome.line for job, outcome in tally.failures if not outcome.run_id},
    )
    for line in summarise(context, runs).lines:
        display.out.print(line, markup=False)


FACTORS = ("panels", "lines", "x")
"""Of the report's settings, those that name a setting that varies."""


def check_report(planned: Plan) -> None:
    """Refuse a report of settings and metrics that there are not, before hours of runs."""
    config = planned.jobs[0].config
    names = sorted({*planned.swept, *config.flat()})
    for setting in FACTORS:
        name = getattr(config.settings.report, setting)
        if name is not None and name not in names:
            raise SettingError(f"report.{setting}", name, "is no setting", names)
    figure = config.settings.report.figure
    unsaved = not all(job.config.settings.tracking.figures for job in planned.jobs)
    if DRAWN_FROM.get(figure or "") == ACTIVATIONS and unsaved:
        raise SettingError("report.figure", figure, "needs tracking.figures=true, which saves what it is drawn from")
    for metric in config.settings.report.metrics:
        if not any(metric in recordable(job.config.settings) for job in planned.jobs):
            measured = (name for job in planned.jobs for name in recordable(job.config.settings))
            check_measured("report.y", metric, measured, "these runs")
    named(config.settings.report.findings)


def as_varied(report: Report, swept: Sequence[str], display: Display) -> Report:
    """The report, without what it asks of a setting that does not vary this time, as where a named sweep was narrowed."""
    still = {setting: name for setting in FACTORS if (name := getattr(report, setting)) and name not in swept}
    for setting, name in still.items():
        display.out.print(f"report.{setting}={name} does not vary in this sweep: chosen from what does", markup=False)
    cleared: dict[str, Any] = dict.fromkeys(still)
    return replace(report, **cleared)
