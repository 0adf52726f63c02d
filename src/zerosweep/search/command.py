"""A search from start to end: open the study, run the missing trials, and report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.storages import BaseStorage

from zerosweep.config.arguments import command_line
from zerosweep.config.read import Config, to_yaml
from zerosweep.config.space import Choices, Numbers, Space, Value
from zerosweep.errors import RunsFailed, SettingError, UserError
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.screen import screen
from zerosweep.jobs.session import session
from zerosweep.metrics import check_measured, objectives
from zerosweep.report.finding import findings_named
from zerosweep.report.live import LiveSummary
from zerosweep.report.summary import Summary
from zerosweep.runs.assemble import recordable, validate
from zerosweep.runs.identity import code_of, config_id, digest
from zerosweep.search.constraints import read_constraints
from zerosweep.search.enqueued import enqueue, read_enqueued
from zerosweep.search.opening import as_searched, describe, open_study, trials_made
from zerosweep.search.owner import Owner
from zerosweep.search.points import grid_of, number_of_points
from zerosweep.search.rebuild import Rebuilder, restore_lost
from zerosweep.search.report import beginning, optimization_results, report
from zerosweep.search.samplers import exhausts, name_of, pruner_of, sampler_of
from zerosweep.search.settings import Search
from zerosweep.search.storage import check_name, close_storage, open_to_search, storage_of
from zerosweep.search.study import ENDED, counted, requeue_left_for_later, requeue_orphans, rounds
from zerosweep.search.supply import TrialSupply
from zerosweep.search.warm import refuse_idle, warm_start
from zerosweep.search.warned import warned_once

RESULTS = "optimization_results.yaml"
"""File in the sweep's folder with the best trial, or the Pareto front, as Hydra's own Optuna sweeper writes it."""


@dataclass(frozen=True)
class SearchRequest:
    """A search as the command line describes it.

    Attributes:
        space: The settings that vary, with their dimensions.
        search: The settings of the sweeper.
        name: Name of the sweep, with which the name of the study begins by default.
        folder: The sweep's folder.
        retries: How often a failed job starts again; None for the engine's default.
        command: The command of the report; None for the command line of this process.
        quiet: Whether to show nothing.
        title: The title in the head of its file; "" for none.
    """

    space: Space
    search: Search
    name: str
    folder: Path
    retries: int | None
    command: str | None = None
    quiet: bool = False
    title: str = ""


@dataclass(frozen=True)
class Searched:
    """A search that has been run, or only planned.

    Attributes:
        study: The name of the study.
        url: The URL of its storage.
        targets: The direction of each metric that it optimises.
        first: The configuration of any trial.
        best: The values of the best trial; of several metrics, the values of each trial on the Pareto front; empty for
            `plan=true`.
        failed: Number of trials that failed now.
        summary: The summary run; None for `plan=true`.
    """

    study: str
    url: str
    targets: Mapping[str, str]
    first: Config
    best: Sequence[Sequence[float]] = ()
    failed: int = 0
    summary: Summary | None = None


def best_values(searched: Searched) -> list[list[float]]:
    """Return the best values of a search.

    Raises:
        RunsFailed: Trials failed.
    """
    if searched.failed:
        raise RunsFailed(f"{searched.failed} trials failed")
    return [list(values) for values in searched.best]


def search(request: SearchRequest, executor: Executor) -> Searched:
    """Run the trials that the study lacks to `n_trials`, and report the study."""
    space, how = request.space, request.search
    with closing(executor), warned_once(lambda line: screen(stderr=True).print(line, markup=False)):
        configs = _corner_configs(space)
        first, settings = configs[0], configs[0].settings
        try:
            targets = how.targets(settings.objective)
            constraints = read_constraints(how.constraints or [])
            enqueued = read_enqueued(how.enqueue or [], space)
            refuse_idle(how.warm_start, how.sampler)
            points = number_of_points(space)
            sampler, pruner = sampler_of(how.sampler, how.seed, grid_of(space), points), pruner_of(how.pruner)
        except SettingError as error:
            raise error.within("hydra.sweeper") from None
        _check_metrics("metrics", how.metrics or (), configs)
        _check_metrics("constraints", [constraint.metric for constraint in constraints], configs)
        total = min(points, how.n_trials) if points and exhausts(how.sampler) else how.n_trials
        name = _name(request, targets, configs)
        url = storage_of(how.storage, name)
        if settings.plan:
            _show(space, name, trials_made(url, name), total)
            return Searched(name, url, targets, first)
        tally = Tally(settings.objective.metric, settings.objective.direction == "maximize")
        command = request.command or command_line()
        with Owner(url, name) as owner, opened_storage(url) as (storage, damage), ExitStack() as reporting:
            study = open_study(storage, name, [*targets.values()], sampler, pruner, space)
            describe(study, [*targets], [*map(str, constraints)], command)
            space = as_searched(space, study)
            study.sampler = sampler_of(how.sampler, how.seed, grid_of(space), points)
            rebuilder = Rebuilder(first, space, [*targets], constraints, how.diverged_value, name_of(how.sampler))
            restore_lost(study, url, damage, rebuilder)
            if how.warm_start:
                added = warm_start(study, rebuilder)
                screen(quiet=request.quiet).print(f"warm start: {added} recorded runs are trials of the study now")
            with orphans_requeued(study, storage, owner):
                enqueue(study, enqueued)
                missing = max(0, total - counted(study))
                display = Display(tally, missing, quiet=request.quiet)
                live = LiveSummary(beginning(name, targets, space.names, configs, command), display)
                if missing:
                    reporting.enter_context(live)
                with session(settings, executor, display, lambda: max(0, total - counted(study, states=ENDED))):
                    supply = TrialSupply(study, storage, url, owner, space, how, constraints, total, targets, display)
                    for _ in rounds(study, storage, owner, supply.deadline):
                        Engine(supply, executor, request.retries).run()
            continued = live.run_id if missing else ""
            summary = report(study, space, targets, first, display, command, continued, request.title)
            (request.folder / RESULTS).write_text(to_yaml(optimization_results(study)))
            best = [list(trial.values) for trial in study.best_trials]
    return Searched(name, url, targets, first, best, tally.counts["failed"], summary)


def _name(request: SearchRequest, targets: Mapping[str, str], configs: Sequence[Config]) -> str:
    """Return the study's name: the configured one, or one derived from everything that decides the trials' numbers."""
    configured = {
        "hydra.sweeper.study_name": request.search.study_name,
        "tracking.sweep": configs[0].settings.tracking.sweep,
    }
    for setting, name in configured.items():
        if name is not None:
            return check_name(setting, name)
    return f"{request.name}-{_digest(request, targets, configs)}"


@contextmanager
def orphans_requeued(study: optuna.Study, storage: BaseStorage, owner: Owner) -> Iterator[None]:
    """Requeue the trials that killed processes have left, and those that this one leaves when it is interrupted."""
    requeue_left_for_later(study)
    requeue_orphans(study, storage, owner)
    try:
        yield
    except BaseException:
        requeue_orphans(study, storage, owner)
        raise


@contextmanager
def opened_storage(url: str) -> Iterator[tuple[BaseStorage, str]]:
    """Yield the storage of a study that this process owns, and what was repaired in its journal.

    Close it at the end.
    """
    storage, damage = open_to_search(url)
    try:
        yield storage, damage
    finally:
        close_storage(storage)


def _corner_configs(space: Space) -> list[Config]:
    """Return valid configurations that together have every listed value and every bound of the space.

    Raises:
        UserError: A value or a bound cannot be trained.
    """
    configs = []
    for chosen in space.combinations():
        dimensions = space.within(chosen)
        low, high = ({name: end(dimension, pick) for name, dimension in dimensions.items()} for pick in (0, -1))
        configs += [_validated(space, chosen | corner) for corner in (low, high)]
        for name, dimension in dimensions.items():
            for value in dimension.values[1:-1] if isinstance(dimension, Choices) else ():
                try:
                    configs.append(_validated(space, {**chosen, **low, name: value}))
                except UserError:  # the value may only be incompatible with a low value of another setting
                    configs.append(_validated(space, {**chosen, **high, name: value}))
    findings_named(configs[0].settings.report.findings)
    return configs


def _validated(space: Space, values: Mapping[str, Value]) -> Config:
    """Return the configuration of these values; a `UserError` if it cannot be trained."""
    config = space.job(values, 0)
    validate(config.settings)
    return config


def _check_metrics(setting: str, metrics: Sequence[str], configs: Sequence[Config]) -> None:
    """Refuse a metric in a setting that some run of the search would not record, before anything is trained."""
    for config in configs if metrics else ():
        names = recordable(config.settings)
        if names is None:  # known only when a run records them
            continue
        for metric in metrics:
            check_measured(f"hydra.sweeper.{setting}", metric, objectives(names), "every run")


def end(dimension: Choices | Numbers, pick: int) -> Value:
    """Return the first value of a dimension where `pick` is 0, and the last one where it is -1."""
    if isinstance(dimension, Choices):
        return dimension.values[pick]
    end = (dimension.low, dimension.high)[pick]
    return int(end) if dimension.whole else end


def _digest(request: SearchRequest, targets: Mapping[str, str], configs: Sequence[Config]) -> str:
    """Return 8 hexadecimal digits that identify how trials are drawn and which numbers their runs have.

    The same command resumes the same study, also with a greater `n_trials`. Another space, sampler, pruner or seed,
    and other code or data, start another study.
    """
    how, first = request.search, configs[0]
    code = sorted({code_of(config.settings) for config in configs})
    drawn = [how.sampler, how.pruner, how.seed, how.diverged_value, *([how.constraints] if how.constraints else [])]
    numbers = [config_id(first.settings), code, validate(first.settings).data_id]
    return digest(repr([_spelled(request.space), dict(targets), drawn, numbers]).encode())[:8]


def _spelled(space: Space) -> dict[str, Choices | Numbers]:
    """Return the dimensions with choices as text, from which earlier versions have derived names of studies."""
    everywhere = space.everywhere()
    return {name: one.as_text if isinstance(one, Choices) else one for name, one in everywhere.items()}


def _show(space: Space, name: str, done: int, total: int) -> None:
    """Print what the search would do. Trials that are running, also those of a dead process, count as to do."""
    out = screen()
    out.print(f"study {name}: {done} trials, {max(0, total - done)} to do", markup=False)
    out.print(f"searched: {', '.join(space.names)}", markup=False)
