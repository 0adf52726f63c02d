"""A search, whole: open the study where it was left, make the trials that are missing, report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from math import prod

import optuna
from optuna.samplers import GridSampler
from optuna.storages import BaseStorage

from zerosweep.config.read import Config
from zerosweep.config.space import Choices, Numbers, Space, Value
from zerosweep.errors import RunsFailed, SettingError, UserError
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.screen import screen
from zerosweep.jobs.session import at_work
from zerosweep.metrics import check_measured, objectives
from zerosweep.report.finding import named
from zerosweep.runs.assemble import outline, recordable
from zerosweep.runs.identity import config_id, digest
from zerosweep.runs.sources import code_id
from zerosweep.search.report import report
from zerosweep.search.samplers import pruner_of, sampler_of
from zerosweep.search.settings import Search
from zerosweep.search.storage import Owner, open_storage, shared, storage_of
from zerosweep.search.study import ENDED, await_owners, counted, grid_of, known_study, open_study, requeue_orphans
from zerosweep.search.supply import TrialSupply


@dataclass(frozen=True)
class Asked:
    """space: what to search. search: how. name: of the sweep. retries: as the engine has it."""

    space: Space
    search: Search
    name: str
    retries: int | None


def search(asked: Asked, executor: Executor) -> list[list[float]]:
    """Make the trials that are missing to `n_trials`, and report the study. The best trial's values; of several metrics, those
    of each trial on the front. Runs that failed are shown, and at the end raise `RunsFailed`; the others go on."""
    space, how = asked.space, asked.search
    with closing(executor):
        configs = _checked(space)
        first, settings = configs[0], configs[0].settings
        try:
            targets = how.targets(settings.objective)
            grid = grid_of(space)
            sampler, pruner = sampler_of(how.sampler, how.seed, grid), pruner_of(how.pruner)
        except SettingError as error:
            raise error.within("hydra.sweeper") from None
        _check_metrics(how.metrics or (), configs)
        points = (
            prod(len(values) for values in grid.values()) if grid and isinstance(sampler, GridSampler) else how.n_trials
        )
        total = min(points, how.n_trials)
        name = how.study_name or settings.tracking.sweep or f"{asked.name}-{_digest(asked, targets, first)}"
        url = storage_of(how.storage, name)
        if settings.plan:
            _show(space, name, known_study(url, name), total)
            return []
        tally = Tally(settings.objective.metric, settings.objective.direction == "maximize")
        with Owner(url, name) as owner:
            storage = open_storage(url)
            study = open_study(storage, name, [*targets.values()], sampler, pruner, space)
            if shared(url):
                await_owners(study)
            with _orphans_requeued(study, storage, owner):
                missing = max(0, total - counted(study))
                display = Display(tally, missing)
                with at_work(settings, executor, display, lambda: max(0, total - counted(study, states=ENDED))):
                    supply = TrialSupply(study, storage, url, owner, space, how, total, targets, display)
                    Engine(supply, executor, asked.retries).run()
            report(study, space, targets, first, display)
    if failed := tally.counts["failed"]:
        raise RunsFailed(f"{failed} trials failed")
    return [list(trial.values) for trial in study.best_trials]


@contextmanager
def _orphans_requeued(study: optuna.Study, storage: BaseStorage, owner: Owner) -> Iterator[None]:
    """Before, what a killed process has left; after, what an interruption has."""
    requeue_orphans(study, storage, owner)
    try:
        yield
    finally:
        requeue_orphans(study, storage, owner)


def _checked(space: Space) -> list[Config]:
    """Configurations of the space in which every value of a list is seen, and every bound, all of which can be trained; or a
    `UserError`. The first is of a corner."""
    configs = []
    for chosen in space.combinations():
        dimensions = space.within(chosen)
        low, high = ({name: _end(one, pick) for name, one in dimensions.items()} for pick in (0, -1))
        configs += [_trainable(space, chosen | corner) for corner in (low, high)]
        for name, one in dimensions.items():
            for value in one.values[1:-1] if isinstance(one, Choices) else ():
                try:
                    configs.append(_trainable(space, {**chosen, **low, name: value}))
                except UserError:  # perhaps of two values that do not go together
                    configs.append(_trainable(space, {**chosen, **high, name: value}))
    named(configs[0].settings.report.findings)
    return configs


def _trainable(space: Space, values: Mapping[str, Value]) -> Config:
    config = space.job(values, 0)[1]
    outline(config.settings)
    return config


def _check_metrics(metrics: Sequence[str], configs: Sequence[Config]) -> None:
    """Refuse a metric that some run of the search would not have, before it is trained for nothing."""
    for config in configs if metrics else ():
        choices = objectives(recordable(config.settings))
        for metric in metrics:
            check_measured("hydra.sweeper.metrics", metric, choices, "every run")


def _end(dimension: Choices | Numbers, pick: int) -> Value:
    if isinstance(dimension, Choices):
        return dimension.values[pick]
    end = (dimension.low, dimension.high)[pick]
    return int(end) if dimension.whole else end


def _digest(asked: Asked, targets: Mapping[str, str], first: Config) -> str:
    """Of what decides which numbers a trial gives, and how trials are drawn: the same command goes on with the same study, and so
    does one that wants more trials; another sampler, pruner or seed, and other code, begin another."""
    drawn = [asked.search.sampler, asked.search.pruner, asked.search.seed, asked.search.diverged_value]
    numbers = [config_id(first.settings), code_id(), outline(first.settings).data_id]
    return digest(repr([asked.space.everywhere(), dict(targets), drawn, numbers]).encode())[:8]


def _show(space: Space, name: str, study: optuna.Study | None, total: int) -> None:
    """What a search would do: trials that are being made, by another process or by one that died, are not done yet."""
    out = screen()
    done = counted(study, states=ENDED) if study else 0
    out.print(f"study {name}: {done} trials, {max(0, total - done)} to do", markup=False)
    out.print(f"searched: {', '.join(space.names)}", markup=False)
