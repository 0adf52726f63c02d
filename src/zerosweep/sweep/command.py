"""The command for a sweep: plan it, answer what is recorded, run the rest, report."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from zerosweep.config.arguments import command_line
from zerosweep.config.read import Config
from zerosweep.config.schemas import Report, Settings
from zerosweep.errors import RunsFailed, SettingError
from zerosweep.figures.names import ACTIVATIONS, DRAWN_FROM
from zerosweep.importing import exempt_from_collection
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import recorded_outcomes
from zerosweep.jobs.runners import Runner
from zerosweep.jobs.session import session
from zerosweep.metrics import check_measured
from zerosweep.report.finding import findings_named
from zerosweep.report.live import Beginning, LiveSummary
from zerosweep.runs.assemble import recordable
from zerosweep.sweep import listing
from zerosweep.sweep.plan import Plan, plan
from zerosweep.tracking.record import by_ids
from zerosweep.tracking.store import import_mlflow, open_experiment

if TYPE_CHECKING:
    from zerosweep.report.summary import Summary


@dataclass(frozen=True)
class SweepRequest:
    """The sweep that a command line describes.

    Attributes:
        configs: The configuration of every run, at least one.
        swept: The settings that vary.
        name: The sweep's name, with which its id begins.
        title: The title in the head of its file; "" for none.
    """

    configs: Sequence[Config]
    swept: Sequence[str]
    name: str
    title: str = ""


@dataclass(frozen=True)
class Swept:
    """A sweep that has been run, or only planned.

    Attributes:
        planned: The jobs.
        outcomes: The outcome of every requested run, equal ones included; empty for `plan=true`.
        summary: The summary run; None where none was written.
    """

    planned: Plan
    outcomes: Sequence[Outcome]
    summary: Summary | None

    @property
    def failures(self) -> list[tuple[Job, Outcome]]:
        """The jobs that failed, with their outcomes."""
        jobs = {job.number: job for job in self.planned.jobs}
        ended = dict(zip(self.planned.requested, self.outcomes, strict=False))  # there are none for `plan=true`
        return [(jobs[number], outcome) for number, outcome in ended.items() if outcome.status == "failed"]


def sweep(
    compose: Callable[[], SweepRequest],
    runner: Runner,
    *,
    reported: bool = True,
    command: str | None = None,
    quiet: bool = False,
) -> Swept:
    """Run what is missing of a sweep, and report it.

    Args:
        compose: Returns the sweep; `runner` may start its workers meanwhile.
        runner: Runs the jobs; closed at the end.
        reported: Whether to write a summary run.
        command: The command of the report; None for the command line of this process.
        quiet: Whether to show nothing.
    """
    with closing(runner):
        request = compose()
        planned = plan(request.configs, request.swept, request.name)
        settings = planned.jobs[0].config.settings
        check_report(planned)
        if settings.rerun is not None:
            raise SettingError("rerun", settings.rerun, "is for one run; leave out -m")
        planned = replace(planned, answers=recorded_outcomes(planned.jobs))
        if settings.plan:
            listing.show(planned, settings, runner.workers)
            return Swept(planned, [], None)
        tally = Tally(settings.objective.metric, settings.objective.direction == "maximize")
        answers = [(job, planned.answers[job.number]) for job in planned.jobs if job.number in planned.answers]
        display = Display(tally, len(planned.jobs), answers, quiet=quiet)
        command = command or command_line()
        with _live(planned, settings, display, command) if reported and planned.to_do else nullcontext() as live:
            with session(settings, runner, display, lambda: len(planned.jobs) - len(tally.outcomes)):
                if planned.to_do:
                    threading.Thread(target=_import_report, daemon=True).start()
                runner.run(planned.to_do, display)
            continued, title = live.run_id if live else "", request.title
            summary = report(planned, tally, settings, display, command, continued, title) if reported else None
    return Swept(planned, [tally.outcomes[number][1] for number in planned.requested], summary)


def _live(planned: Plan, settings: Settings, display: Display, command: str) -> LiveSummary:
    """Return the summary of the sweep while it is running."""
    beginning = Beginning(
        uri=settings.tracking.uri,
        experiment=settings.tracking.experiment,
        sweep=planned.sweep,
        command=command,
        objective=settings.objective,
        metrics=settings.report.metrics,
        swept=planned.swept,
        configs=[job.config for job in planned.jobs],
    )
    return LiveSummary(beginning, display, [answer.run_id for answer in planned.answers.values()])


def _import_report() -> None:
    """Import what the report needs, which takes a second, while this process waits for its workers."""
    with (
        exempt_from_collection(),
        suppress(ImportError, OSError, MemoryError),  # the report imports it again, and shows the error
    ):
        import_mlflow(deeply=True)
        for module in ("scipy.stats", "zerosweep.figures.sweep.registry", "zerosweep.report.summary"):
            import_module(module)


def objectives(outcomes: Sequence[Outcome]) -> list[float]:
    """Return the objective of each outcome, NaN where it has none.

    Raises:
        RunsFailed: At least one run failed.
    """
    if failed := sum(outcome.status == "failed" for outcome in outcomes):
        raise RunsFailed(f"{failed} of {len(outcomes)} runs failed")
    return [outcome.objective for outcome in outcomes]


def report(
    planned: Plan, tally: Tally, settings: Settings, display: Display, command: str, continued: str, title: str = ""
) -> Summary:
    """Write the summary run of a sweep, print its results and where the report is, and return it.

    Args:
        command: The command that is reported on.
        continued: The id of the summary run that exists since the beginning of the sweep; "" if there is none.
        title: The title of the report; "" for one that says what varied.
    """
    from zerosweep.report.summary import Context, summarise  # imports Matplotlib, which nothing before needs

    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    outcomes = [tally.outcomes[number] for number in sorted(tally.outcomes)]
    experiments = dict.fromkeys(job.config.settings.tracking.experiment for job, _ in outcomes)
    experiment_ids = [open_experiment(settings.tracking.uri, name).id for name in experiments]
    runs = by_ids(store.client, experiment_ids, [outcome.run_id for _, outcome in outcomes if outcome.run_id])
    context = Context(
        uri=store.uri,
        experiment=settings.tracking.experiment,
        sweep=planned.sweep,
        command=command,
        title=title,
        objective=settings.objective,
        report=without_constants(settings.report, planned.swept, display),
        swept=planned.swept,
        cached=frozenset(outcome.run_id for _, outcome in outcomes if outcome.status == "cached"),
        failed={job.label: outcome.line for job, outcome in tally.failures if not outcome.run_id},
        continues=continued,
    )
    summary = summarise(context, runs)
    for line in summary.lines:
        display.out.print(line, markup=False)
    return summary


FACTORS = ("panels", "lines", "x")
"""The settings of the report whose value is the name of a swept setting."""


def check_report(planned: Plan) -> None:
    """Check the settings of the report before any run starts.

    Raises:
        SettingError: The report names an unknown setting, metric or finding, or needs arrays that are not saved.
    """
    config = planned.jobs[0].config
    names = sorted({*planned.swept, *config.flat()})
    for setting in FACTORS:
        name = getattr(config.settings.report, setting)
        if name is not None and name not in names:
            raise SettingError(f"report.{setting}", name, "no such setting", names)
    figure = config.settings.report.figure
    unsaved = not all(job.config.settings.tracking.figures for job in planned.jobs)
    if DRAWN_FROM.get(figure or "") == ACTIVATIONS and unsaved:
        raise SettingError("report.figure", figure, "needs tracking.figures=true, which saves what it is drawn from")
    for metric in config.settings.report.metrics:
        measured = [recordable(job.config.settings) for job in planned.jobs]
        if None not in measured:
            check_measured("report.y", metric, chain.from_iterable(filter(None, measured)), "these runs")
    findings_named(config.settings.report.findings)


def without_constants(report: Report, swept: Sequence[str], display: Display) -> Report:
    """Return the report without the factors that do not vary, such as those of a named sweep that was narrowed."""
    constant = {setting: name for setting in FACTORS if (name := getattr(report, setting)) and name not in swept}
    for setting, name in constant.items():
        text = f"report.{setting}={name} does not vary in this sweep; the report chooses one that does"
        display.out.print(text, markup=False)
    cleared: dict[str, Any] = dict.fromkeys(constant)
    return replace(report, **cleared)
