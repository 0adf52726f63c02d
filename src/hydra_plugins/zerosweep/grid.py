"""`hydra/sweeper=grid`: Hydra's own sweeper, which checks every run's settings before the first run starts."""

from typing import Any, List

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper, BasicSweeperConf
from hydra.core.config_store import ConfigStore


class Grid(BasicSweeper):
    """All combinations of the values given."""

    def validate_batch_is_legal(self, batch: Any) -> None:
        from zerosweep.config.read import to_settings

        assert self.hydra_context is not None and self.config is not None
        overrides: List[str]
        for overrides in batch:
            to_settings(self.hydra_context.config_loader.load_sweep_config(self.config, overrides))


ConfigStore.instance().store(
    group="hydra/sweeper",
    name="grid",
    node={**BasicSweeperConf().__dict__, "_target_": f"{__name__}.Grid"},
    provider="zerosweep",
)
