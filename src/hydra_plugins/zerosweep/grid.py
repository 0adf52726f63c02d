"""`hydra/sweeper=grid`: all combinations, planned before the first run starts, shared out to the launcher's workers."""

from functools import partial
from typing import Any, Dict, List, Optional

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class Grid(Sweeper):
    """params: overrides that the command line's are added to. max_batch_size: jobs that a launcher not ours gets at once."""

    def __init__(self, params: Optional[Dict[str, Any]] = None, max_batch_size: Optional[int] = None) -> None:
        self.params = params or {}
        self.max_batch_size = max_batch_size

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        self.config, self.loader = config, hydra_context.config_loader
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import launch_by, name_of, of_command
        from zerosweep.sweep.command import Asked, objectives, sweep
        from zerosweep.sweep.runners import ByLauncher, OnWorkers

        config, launcher = self.config, self.launcher
        assert config is not None and launcher is not None

        def ask() -> Asked:
            return Asked(*of_command(self.loader, config, self.params, arguments), name_of(config))

        if hasattr(launcher, "executor"):  # one of ours; Hydra has loaded its class apart from what an import gives
            executor = launcher.executor()
            if not config.plan:
                executor.prepare()
            return objectives(sweep(ask, OnWorkers(executor, launcher.retries)))  # type: ignore[attr-defined]
        return objectives(sweep(ask, ByLauncher(partial(launch_by, launcher), self.max_batch_size)))


ConfigStore.instance().store(
    group="hydra/sweeper",
    name="grid",
    node={"_target_": f"{__name__}.Grid", "params": None, "max_batch_size": None},
    provider="zerosweep",
)
