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
from zerosweep.jobs.session import session
from zerosweep.metrics import check_measured, objectives
from zerosweep.report.finding import findings_named
from zerosweep.runs.assemble import recordable, validate
from zerosweep.runs.identity import config_id, digest
from zerosweep.runs.sources import code_id
from zerosweep.search.journal import set_aside
from zerosweep.search.owner import Owner
from zerosweep.search.rebuild import Rebuilder
from zerosweep.search.report import report
from zerosweep.search.samplers import name_of, pruner_of, sampler_of
from zerosweep.search.settings import Search
from zerosweep.search.storage import check_name, close_storage, file_of, open_to_search, storage_of
from zerosweep.search.study import ENDED, counted, grid_of, open_study, requeue_orphans, rounds, trials_made
from zerosweep.search.supply import TrialSupply
from zerosweep.tracking.store import open_experiment


@dataclass(frozen=True)
class SearchRequest:
    """space: what to search. search: how. name: of the sweep. retries: as the engine has it."""

    space: Space
    search: Search
    name: str
    retries: int | None


def search(asked: SearchRequest, executor: Executor) -> list[list[float]]:
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
        name = _name(asked, targets, first)
        url = storage_of(how.storage, name)
        if settings.plan:
            _show(space, name, trials_made(url, name), total)
            return []
        tally = Tally(settings.objective.metric, settings.objective.direction == "maximize")
        with Owner(url, name) as owner, _opened(url) as (storage, damage):
            study = open_study(storage, name, [*targets.values()], sampler, pruner, space)
            _make_whole(study, url, damage, space, how, targets, first)
            with _orphans_requeued(study, storage, owner):
                missing = max(0, total - counted(study))
                display = Display(tally, missing)
                with session(settings, executor, display, lambda: max(0, total - counted(study, states=ENDED))):
                    supply = TrialSupply(study, storage, url, owner, space, how, total, targets, display)
                    for _ in rounds(study, storage, owner, supply.deadline):
                        Engine(supply, executor, asked.retries).run()
            report(study, space, targets, first, display)
            best = [list(trial.values) for trial in study.best_trials]
    if failed := tally.counts["failed"]:
        raise RunsFailed(f"{failed} trials failed")
    return best


def _name(asked: SearchRequest, targets: Mapping[str, str], first: Config) -> str:
    """The study's name: as typed, else one that follows from what is searched."""
    typed = {"hydra.sweeper.study_name": asked.search.study_name, "tracking.sweep": first.settings.tracking.sweep}
    for setting, name in typed.items():
        if name is not None:
            return check_name(setting, name)
    return f"{asked.name}-{_digest(asked, targets, first)}"


@contextmanager
def _orphans_requeued(study: optuna.Study, storage: BaseStorage, owner: Owner) -> Iterator[None]:
    """Put back what a killed process has left before, and what this one leaves when it is interrupted."""
    requeue_orphans(study, storage, owner)
    try:
        yield
    except BaseException:
        requeue_orphans(study, storage, owner)
        raise


@contextmanager
def _opened(url: str) -> Iterator[tuple[BaseStorage, str]]:
    """The storage of a study that this process owns, closed in the end, and what was done to a damaged journal."""
    storage, damage = open_to_search(url)
    try:
        yield storage, damage
    finally:
        close_storage(storage)


def _make_whole(
    study: optuna.Study, url: str, damage: str, space: Space, how: Search, targets: Mapping[str, str], first: Config
) -> None:
    """After damage to the study's journal, now or by a process that ended since, add the trials that it has lost, and say so."""
    file, tracking = file_of(url), first.settings.tracking
    if file is None or not (damage or (not study.get_trials(deepcopy=False) and set_aside(file))):
        return
    store = open_experiment(tracking.uri, tracking.experiment)
    added = Rebuilder(store, space, [*targets], how.diverged_value, name_of(how.sampler)).rebuild(study)
    done = f"{added} trials of the study {study.study_name} were restored from the record"
    screen().print(f"the journal {file} {damage or 'was broken'}: {done}", markup=False)


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
    findings_named(configs[0].settings.report.findings)
    return configs


def _trainable(space: Space, values: Mapping[str, Value]) -> Config:
    config = space.job(values, 0)[1]
    validate(config.settings)
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


def _digest(asked: SearchRequest, targets: Mapping[str, str], first: Config) -> str:
    """Of what decides which numbers a trial gives, and how trials are drawn: the same command goes on with the same study, and so
    does one that wants more trials; another sampler, pruner or seed, and other code, begin another."""
    drawn = [asked.search.sampler, asked.search.pruner, asked.search.seed, asked.search.diverged_value]
    numbers = [config_id(first.settings), code_id(), validate(first.settings).data_id]
    return digest(repr([asked.space.everywhere(), dict(targets), drawn, numbers]).encode())[:8]


def _show(space: Space, name: str, done: int, total: int) -> None:
    """What a search would do: trials that are being made, by another process or by one that died, are not done yet."""
    out = screen()
    out.print(f"study {name}: {done} trials, {max(0, total - done)} to do", markup=False)
    out.print(f"searched: {', '.join(space.names)}", markup=False)
