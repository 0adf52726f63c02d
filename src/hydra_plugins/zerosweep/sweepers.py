"""Sweepers: `hydra/sweeper=grid` does all combinations, `hydra/sweeper=optuna` a search.

Both check all they can before the first run starts, and hand a run to a worker of the launcher whenever one is free.
"""

from contextlib import closing
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Dict, List, Optional

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from zerosweep.search.settings import Search


class OnLauncher(Sweeper):
    """Base of both sweepers.

    Args:
        settings: The settings of the dataclass in `CONFS`.

    Attributes:
        command: The command of the report; None for the command line of this process.
        quiet: Whether to show nothing.
    """

    command: Optional[str] = None
    quiet = False

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
        from zerosweep.errors import refuse_unknown

        known = {setting.name for setting in fields(CONFS[type(self).__name__])} - {"_target_"}
        refuse_unknown("hydra.sweeper", self.settings, known)
        self.config, self.loader = config, hydra_context.config_loader
        self.launcher: Any = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def executor(self) -> Any:
        """Return the launcher's executor, whose workers start now; None for a third-party launcher."""
        # Hydra loads the launchers' modules a second time, so isinstance does not recognise their classes.
        executor = self.launcher.executor() if hasattr(self.launcher, "executor") else None
        if executor is not None and self.config is not None and not self.config.plan:
            executor.prepare()
        return executor


class GridSweeper(OnLauncher):
    """Sweeper over all combinations of values."""

    def sweep(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import begin_logging
        from zerosweep.sweep.command import objectives

        assert self.config is not None
        begin_logging(self.config)
        return objectives(self.result(arguments).outcomes)

    def result(self, arguments: List[str]) -> Any:
        """Run the grid of these overrides, and return it as a `Swept`."""
        from zerosweep.config.launching import grid_jobs, launch_third_party, sweep_name
        from zerosweep.jobs.runners import ByLauncher, OnWorkers
        from zerosweep.sweep.command import SweepRequest, sweep

        executor, config = self.executor(), self.config
        assert config is not None

        def ask() -> SweepRequest:
            of = self.settings
            made = grid_jobs(self.loader, config, arguments, of["params"], of["cases"] or [], of["when"])
            return SweepRequest(*made, sweep_name(config))

        runner: Any = (
            OnWorkers(executor, self.launcher.retries)
            if executor is not None
            else ByLauncher(partial(launch_third_party, self.launcher), self.settings["max_batch_size"])
        )
        return sweep(ask, runner, command=self.command, quiet=self.quiet)


class OptunaSearch(OnLauncher):
    """Sweeper that searches with Optuna."""

    def sweep(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import begin_logging

        assert self.config is not None
        begin_logging(self.config)
        searched = self.result(arguments)
        from zerosweep.search.command import best_values

        return best_values(searched)

    def result(self, arguments: List[str]) -> Any:
        """Run the search of these overrides, and return it as a `Searched`."""
        from zerosweep.config.launching import plain_values, prepare_folder, sweep_name
        from zerosweep.config.space import Space
        from zerosweep.errors import SettingError

        executor, config = self.executor(), self.config
        assert config is not None
        if executor is None:
            name = config.hydra.runtime.choices["hydra/launcher"]
            raise SettingError("hydra/launcher", name, "a search needs local or dask")
        from zerosweep.search.command import SearchRequest, search  # imports Optuna while the workers start

        with closing(executor):  # stops the workers after a mistake
            try:
                how = Search(**plain_values(self.settings))
            except SettingError as error:
                raise error.within("hydra.sweeper") from None
            prepare_folder(config)
            space = Space(self.loader, config, how.params, arguments)
            name, retries = sweep_name(config), self.launcher.retries
            return search(SearchRequest(space, how, name, retries, self.command, self.quiet), executor)


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


CONFS: Any = {"GridSweeper": GridConf, "OptunaSearch": OptunaConf}

for name, conf in (("grid", GridConf), ("optuna", OptunaConf)):
    ConfigStore.instance().store(group="hydra/sweeper", name=name, node=conf, provider="zerosweep")
