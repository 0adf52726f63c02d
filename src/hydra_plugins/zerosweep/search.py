"""`hydra/sweeper=optuna`: a search by Optuna on the launcher's workers."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class OptunaSearch(Sweeper):
    """The settings are those of zerosweep.sweep.search.settings.Search."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        self.config, self.loader = config, hydra_context.config_loader
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: List[str]) -> Any:
        from zerosweep.config.launching import name_of, plain, prepare_folder
        from zerosweep.config.space import Space
        from zerosweep.errors import SettingError

        config, launcher = self.config, self.launcher
        assert config is not None and launcher is not None
        if not hasattr(launcher, "executor"):
            raise SettingError(
                "hydra/launcher", config.hydra.runtime.choices["hydra/launcher"], "a search needs local or dask"
            )
        executor = launcher.executor()
        if not config.plan:
            executor.prepare()
        from zerosweep.sweep.search.command import Asked, search  # imports Optuna, while workers get ready
        from zerosweep.sweep.search.settings import Search

        try:
            how = Search(**plain(self.settings))
        except SettingError as error:
            raise error.within("hydra.sweeper") from None
        prepare_folder(config)
        space = Space(self.loader, config, how.params, arguments)
        retries = launcher.retries  # type: ignore[attr-defined]
        return search(Asked(space, how, name_of(config), retries), executor)


@dataclass
class OptunaConf:
    _target_: str = f"{__name__}.OptunaSearch"
    n_trials: int = 20
    timeout: Optional[float] = None
    study_name: Optional[str] = None
    storage: Optional[str] = None
    metrics: Optional[List[str]] = None
    direction: Any = None
    sampler: Any = "tpe"
    pruner: Any = "median"
    seed: Optional[int] = 0
    diverged_value: Optional[float] = None
    params: Dict[str, Any] = field(default_factory=dict)


ConfigStore.instance().store(group="hydra/sweeper", name="optuna", node=OptunaConf, provider="zerosweep")
