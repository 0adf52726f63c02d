"""A search with Optuna, and the numbers that it may choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import optuna

import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
from zerosweep.api.call import doing, reading
from zerosweep.api.comparison import Runs
from zerosweep.api.data import Arrays, dataset
from zerosweep.api.recorded import Run
from zerosweep.api.run import refuse_commands
from zerosweep.api.sweep import command
from zerosweep.config.hosted import sweeper
from zerosweep.config.keywords import Interval, Overrides, overrides
from zerosweep.config.schemas import Objective
from zerosweep.errors import SettingError
from zerosweep.search.command import Searched
from zerosweep.search.report import pareto_trials, pictures
from zerosweep.search.storage import open_storage, silenced
from zerosweep.search.study import RUN_ID
from zerosweep.tracking.record import Recorded, by_ids
from zerosweep.tracking.store import open_experiment

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def log(low: float, high: float) -> Interval:
    """Return the numbers from `low` to `high`, to be searched on a log scale.

    >>> import zerosweep as zs
    >>> str(zs.log(1e-4, 1))
    'tag(log,interval(0.0001,1))'
    """
    return Interval(low, high, log=True)


def uniform(low: float, high: float) -> Interval:
    """Return the numbers from `low` to `high`, to be searched on a linear scale.

    >>> import zerosweep as zs
    >>> str(zs.uniform(0, 0.5))
    'interval(0,0.5)'
    """
    return Interval(low, high)


def integers(low: int, high: int, *, log: bool = False) -> Interval:
    """Return the integers from `low` to `high`, both included.

    Args:
        low: The smallest integer.
        high: The largest integer.
        log: Search on a log scale.

    >>> import zerosweep as zs
    >>> str(zs.integers(16, 512, log=True))
    'tag(log,int(interval(16,512)))'
    """
    return Interval(low, high, log, whole=True)


class Search(Runs):
    """The runs of a search's trials, those of earlier calls and commands included.

    Args:
        uri: The URI of their store.
        recorded: The runs.
        study: Optuna's own study, with its trials.
        searched: The search.

    Attributes:
        study: Optuna's own study, with its trials.
    """

    def __init__(self, uri: str, recorded: Sequence[Recorded], study: optuna.Study, searched: Searched):
        assert searched.summary is not None
        objective = Objective(*next(iter(searched.targets.items())))
        super().__init__(uri, recorded, objective, searched.study, searched.summary.location)
        self.study, self._targets = study, searched.targets
        self._ids = {run.run_id for run in recorded}

    @cached_property
    def front(self) -> list[Run]:
        """The runs on the Pareto front of several metrics, the best by the first metric first."""
        with reading(), silenced():
            ids = [trial.user_attrs[RUN_ID] for trial in pareto_trials(self.study) if RUN_ID in trial.user_attrs]
        recorded = {run.run_id: run for run in self._recorded}
        return [Run(recorded[run_id], self._uri) for run_id in ids if run_id in recorded]

    @property
    def best(self) -> Run | None:
        """The run of the best trial; of several metrics, the first of `front`. None where no trial has a value."""
        return super().best if len(self._targets) == 1 else next(iter(self.front), None)

    def plot(self, name: str = "history") -> Figure:
        """Return a figure of the search, which a notebook shows.

        Args:
            name: history, plane, importances, slices, pareto, intermediate or best.

        Raises:
            SettingError: The trials do not suffice for the figure.
        """
        known = []
        with reading(), silenced():
            trials = self.study.get_trials(deepcopy=False)
            for known_name, figure in pictures(self._uri, self._ids, self.study, trials, self._targets, self._title):
                if known_name == name:
                    return figure  # type: ignore[no-any-return]
                known.append(known_name)
        raise SettingError("plot", name, f"must be one of {', '.join(known)}", known)


def search(
    space: Mapping[str, Any] = MappingProxyType({}),
    *arguments: Overrides,
    data: Arrays | None = None,
    n_trials: int | None = None,
    progress: bool = True,
    **settings: Any,
) -> Search:
    """Search a space of settings with Optuna, and report the trials.

    The same call resumes the study where it was interrupted, and adds trials where `n_trials` is larger.

    Args:
        space: What is searched, by setting: `zs.log(1e-4, 1)`, `zs.uniform(0, 1)`, `zs.integers(1, 9)`, or a list of
            choices. A named search, as in `zs.search({}, "sweeps=random_search")`, has a space of its own.
        arguments: Overrides as on the command line, such as `hydra.sweeper.sampler=random`, or dictionaries.
        data: Arrays to learn from, as for `run`.
        n_trials: Number of trials in total, those of earlier calls included; None for 20, or what the named search has.
        progress: Whether to show the progress and the report's lines.
        settings: Settings by name, which stay fixed.

    Raises:
        SettingError: A setting is unknown, or a value is not allowed. Nothing is trained.

    >>> import zerosweep as zs
    >>> found = zs.search({"optimizer.lr": zs.log(1e-3, 1)}, n_trials=3, trainer={"iterations": 20}, progress=False)
    >>> len(found.study.trials), found.best.metrics["val/accuracy"] == found.study.best_value
    (3, True)
    """
    varied = overrides([space], {}, sweeps=True)
    how = ["hydra/sweeper=optuna", *([] if n_trials is None else [f"hydra.sweeper.n_trials={n_trials}"])]
    with doing([*how, *overrides([*dataset(data), *arguments], settings), *varied]) as given, silenced():
        optuna_search, task = sweeper(given)
        refuse_commands(optuna_search.config, "plan", "rerun")
        optuna_search.command, optuna_search.quiet = command("-m", given), not progress
        return _recorded(optuna_search.result(task))


def _recorded(searched: Searched) -> Search:
    """Return a search that has been run, with what the store has of it."""
    tracking = searched.first.settings.tracking
    store = open_experiment(tracking.uri, tracking.experiment)
    study = optuna.load_study(study_name=searched.study, storage=open_storage(searched.url))
    trials = study.get_trials(deepcopy=False)
    run_ids = [*dict.fromkeys(trial.user_attrs[RUN_ID] for trial in trials if RUN_ID in trial.user_attrs)]
    return Search(store.uri, by_ids(store.client, [store.id], run_ids), study, searched)
