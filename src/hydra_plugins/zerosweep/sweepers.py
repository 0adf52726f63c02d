"""Sweepers that plan before the first run starts, and share out runs to the launcher's workers as these become free.

`hydra/sweeper=grid`: all combinations. `hydra/sweeper=optuna`: a search.
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
    """Either sweeper. Its settings are those of its conf below."""

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
        """The launcher's workers, getting ready; None of a launcher that is not ours."""
        # Hydra has loaded our launchers' classes apart from what an import gives, so isinstance would not know them.
        executor = self.launcher.executor() if hasattr(self.launcher, "executor") else None
        if executor is not None and self.config is not None and not self.config.plan:
            executor.prepare()
        return executor


class GridSweeper(OnLauncher):
    def sweep(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import launch_by, name_of, of_command
        from zerosweep.jobs.runners import ByLauncher, OnWorkers
        from zerosweep.sweep.command import SweepRequest, objectives, sweep

        executor, config = self.executor(), self.config
        assert config is not None

        def ask() -> SweepRequest:
            of = self.settings
            made = of_command(self.loader, config, arguments, of["params"], of["cases"] or [], of["when"])
            return SweepRequest(*made, name_of(config))

        if executor is not None:
            return objectives(sweep(ask, OnWorkers(executor, self.launcher.retries)))
        return objectives(sweep(ask, ByLauncher(partial(launch_by, self.launcher), self.settings["max_batch_size"])))


class OptunaSearch(OnLauncher):
    def sweep(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import name_of, plain, prepare_folder
        from zerosweep.config.space import Space
        from zerosweep.errors import SettingError

        executor, config = self.executor(), self.config
        assert config is not None
        if executor is None:
            name = config.hydra.runtime.choices["hydra/launcher"]
            raise SettingError("hydra/launcher", name, "a search needs local or dask")
        from zerosweep.search.command import SearchRequest, search  # imports Optuna, while workers get ready

        with closing(executor):  # a mistake leaves no worker behind
            try:
                how = Search(**plain(self.settings))
            except SettingError as error:
                raise error.within("hydra.sweeper") from None
            prepare_folder(config)
            space = Space(self.loader, config, how.params, arguments)
            return search(SearchRequest(space, how, name_of(config), self.launcher.retries), executor)


@dataclass
class GridConf:
    _target_: str = f"{__name__}.GridSweeper"
    params: Dict[str, Any] = field(default_factory=dict)
    cases: Optional[List[List[str]]] = None  # overrides that go together, each combined with all of params
    when: Dict[str, List[str]] = field(default_factory=dict)  # overrides that come with another, where that is typed
    max_batch_size: Optional[int] = None  # jobs that a launcher not ours gets at once


@dataclass
class OptunaConf(Search):
    _target_: str = f"{__name__}.OptunaSearch"


CONFS: Any = {"GridSweeper": GridConf, "OptunaSearch": OptunaConf}

for name, conf in (("grid", GridConf), ("optuna", OptunaConf)):
    ConfigStore.instance().store(group="hydra/sweeper", name=name, node=conf, provider="zerosweep")
