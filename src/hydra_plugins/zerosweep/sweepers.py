"""Sweepers: `hydra/sweeper=grid` does all combinations, `hydra/sweeper=optuna` a search.

Both check all they can before the first run starts, and hand a run to a worker of the launcher whenever one is free.
"""

from contextlib import closing, nullcontext
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Optional

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from zerosweep.search.settings import Search


class OnLauncher(Sweeper):
    """Base of both sweepers.

    In the project's own app they train runs. In another person's app they call the app's task function.

    Args:
        settings: The settings of the dataclass in `CONFS`.

    Attributes:
        command: The command of the report; None for the command line of this process.
        quiet: Whether to show nothing.
    """

    config: DictConfig
    command: Optional[str] = None
    quiet = False

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        from zerosweep.config.task_calls import hydras_errors, is_ours
        from zerosweep.errors import refuse_unknown

        self.config, self.context, self.task = config, hydra_context, task_function
        self.loader, self.trains = hydra_context.config_loader, is_ours(task_function)
        known = {setting.name for setting in fields(CONFS[type(self).__name__])} - {"_target_", "_recursive_"}
        with nullcontext() if self.trains else hydras_errors():
            refuse_unknown("hydra.sweeper", self.settings, known)
        self.launcher: Any = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: List[str]) -> Any:
        if self.trains:
            from zerosweep.config.launching import begin_logging

            begin_logging(self.config)
            return self.values(self.result(arguments))
        from zerosweep.config.task_calls import hydras_errors, prepare_multirun

        with hydras_errors():
            prepare_multirun(self.config)
            return self.call(arguments)

    def result(self, arguments: List[str]) -> Any:
        """Train the runs that the arguments describe, and return what came out, as the API does."""
        from hydra.core.utils import env_override

        import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name

        with env_override(self.config.hydra.job.env_set):  # which may name the store
            return self.train(arguments)

    def train(self, arguments: List[str]) -> Any:
        """Do what `result` promises; overridden by each sweeper."""
        raise NotImplementedError

    def values(self, result: Any) -> Any:
        """Return what Hydra gets of a result; overridden by each sweeper."""
        raise NotImplementedError

    def call(self, arguments: List[str]) -> Any:
        """Call the task function of another person's app as the arguments describe; overridden by each sweeper."""
        raise NotImplementedError

    def executor(self) -> Any:
        """Return the launcher's executor, whose workers start now; None for a third-party launcher."""
        # Hydra loads the launchers' modules a second time, so isinstance does not recognise their classes.
        executor = self.launcher.executor() if hasattr(self.launcher, "executor") else None
        if executor is not None and self.trains and not self.config.plan:
            executor.prepare()
        return executor


class GridSweeper(OnLauncher):
    """Sweeper over all combinations of values."""

    def train(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import grid_jobs, launch_third_party, sweep_name
        from zerosweep.config.sweep_head import sweep_title
        from zerosweep.jobs.runners import ByLauncher, OnWorkers
        from zerosweep.sweep.command import SweepRequest, sweep

        executor, config = self.executor(), self.config

        def ask() -> SweepRequest:
            of = self.settings
            made = grid_jobs(self.loader, config, arguments, of["params"], of["cases"] or [], of["when"])
            return SweepRequest(*made, sweep_name(config), sweep_title(config))

        runner: Any = (
            OnWorkers(executor, self.launcher.retries)
            if executor is not None
            else ByLauncher(partial(launch_third_party, self.launcher), self.settings["max_batch_size"])
        )
        return sweep(ask, runner, command=self.command, quiet=self.quiet)

    def values(self, result: Any) -> Any:
        from zerosweep.sweep.command import objectives

        return objectives(result.outcomes)

    def call(self, arguments: List[str]) -> Any:
        from zerosweep.config.grid import grid
        from zerosweep.config.task_calls import check_composes, launch_batches

        of = self.settings
        made = grid(self.loader, of["params"], arguments, of["cases"] or [], of["when"])
        check_composes(self.loader, self.config, made.jobs)
        return launch_batches(self.launcher, made.jobs, of["max_batch_size"])


class OptunaSearch(OnLauncher):
    """Sweeper that searches with Optuna."""

    def train(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import prepare_folder, sweep_name
        from zerosweep.config.space import Space
        from zerosweep.config.sweep_head import sweep_title

        executor, config = self.workers(), self.config
        from zerosweep.search.command import SearchRequest, search  # imports Optuna while the workers start

        with closing(executor):  # stops the workers after a mistake
            how = self.search_settings()
            prepare_folder(config)
            space = Space(self.loader, config, how.params, arguments)
            folder = Path(config.hydra.sweep.dir)
            name, retries = sweep_name(config), self.launcher.retries
            title = sweep_title(config)
            return search(SearchRequest(space, how, name, folder, retries, self.command, self.quiet, title), executor)

    def values(self, result: Any) -> Any:
        from zerosweep.search.command import best_values

        return best_values(result)

    def call(self, arguments: List[str]) -> Any:
        from zerosweep.config.space import Space
        from zerosweep.config.task_calls import lasting_folder, pickled_app
        from zerosweep.search.calls import CallSearch, search_calls

        with closing(self.workers()) as executor:
            how = self.search_settings()
            space = Space(self.loader, self.config, how.params, arguments)
            app = pickled_app(self.context, self.config, self.task)
            folder, name = lasting_folder(self.config), self.config.hydra.job.name
            results = Path(self.config.hydra.sweep.dir)
            return search_calls(CallSearch(space, how, app, name, folder, results, self.launcher.retries), executor)

    def workers(self) -> Any:
        """Return the launcher's executor.

        Raises:
            SettingError: It is a third-party launcher.
        """
        from zerosweep.errors import SettingError

        executor = self.executor()
        if executor is None:
            name = self.config.hydra.runtime.choices["hydra/launcher"]
            raise SettingError("hydra/launcher", name, "a search needs local or dask")
        return executor

    def search_settings(self) -> Search:
        """Return the settings of the search.

        Raises:
            SettingError: A value is not allowed. The error has the setting's full name.
        """
        from zerosweep.config.launching import plain_values
        from zerosweep.errors import SettingError

        try:
            return Search(**plain_values(self.settings))
        except SettingError as error:
            raise error.within("hydra.sweeper") from None


@dataclass
class GridConf:
    """All combinations of values.

    Attributes:
        params: Values by setting, in Hydra's grammar, as in `seed: range(5)`.
        cases: Overrides that go together. Each case is combined with all of `params`.
        when: Overrides that are added if another one is given, by that other one.
        max_batch_size: Largest number of jobs that a third-party launcher gets at once; null for all.
    """

    _target_: str = f"{__name__}.GridSweeper"
    params: Dict[str, Any] = field(default_factory=dict)
    cases: Optional[List[List[str]]] = None
    when: Dict[str, List[str]] = field(default_factory=dict)
    max_batch_size: Optional[int] = None


@dataclass
class OptunaConf(Search):
    """A search with Optuna."""

    _target_: str = f"{__name__}.OptunaSearch"
    _recursive_: bool = False  # a sampler's own _target_ is for the search to read, not for Hydra to call


CONFS: Any = {"GridSweeper": GridConf, "OptunaSearch": OptunaConf}

for name, conf in (("grid", GridConf), ("optuna", OptunaConf)):
    ConfigStore.instance().store(group="hydra/sweeper", name=name, node=conf, provider="zerosweep")
