"""`hydra/launcher=local`: runs shared out to processes of this machine. `hydra/launcher=dask`: to those of a Dask cluster."""

from dataclasses import dataclass, fields
from typing import Any, Sequence

from hydra.core.config_store import ConfigStore
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from zerosweep.jobs.executors.settings import Cluster, Workers


class WithWorkers(Launcher):
    """A launcher whose workers an executor manages; zerosweep's own sweepers ask it for that executor."""

    def __init__(self, retries: int | None, **settings: Any) -> None:
        self.retries, self.settings = retries, settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from zerosweep.errors import refuse_unknown

        known = {setting.name for setting in fields(CONFS[type(self).__name__])} - {"_target_"}
        refuse_unknown("hydra.launcher", self.settings, known)
        self.config, self.loader = config, hydra_context.config_loader

    def executor(self) -> Any:
        """The workers; a setting out of range is named by its whole name."""
        from zerosweep.errors import SettingError

        try:
            return self.make()
        except SettingError as error:
            raise error.within("hydra.launcher") from None

    def make(self) -> Any:
        raise NotImplementedError

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Any:
        """For the sweepers of others: all of these jobs, as they know them."""
        import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
        from zerosweep.config.grid import GridJobs
        from zerosweep.config.launching import jobs, name_of, returns
        from zerosweep.jobs.runners import OnWorkers
        from zerosweep.sweep.command import SweepRequest, sweep

        made = GridJobs([list(job) for job in job_overrides], [])

        def ask() -> SweepRequest:
            return SweepRequest(jobs(self.loader, self.config, made, initial_job_idx), [], name_of(self.config))

        outcomes = sweep(ask, OnWorkers(self.executor(), self.retries), reported=False)
        if not outcomes:  # plan=true lists the jobs and does none
            return []
        return returns([(outcome.objective, outcome.error) for outcome in outcomes], made.jobs)


class Local(WithWorkers):
    def make(self) -> Any:
        from zerosweep.jobs.executors.local import LocalExecutor

        return LocalExecutor(Workers(retries=self.retries, **self.settings))


class Dask(WithWorkers):
    def make(self) -> Any:
        from zerosweep.jobs.executors.dask import DaskExecutor

        return DaskExecutor(Cluster(retries=self.retries, **self.settings))


@dataclass
class LocalConf(Workers):
    _target_: str = f"{__name__}.Local"


@dataclass
class DaskConf(Cluster):
    _target_: str = f"{__name__}.Dask"


CONFS: Any = {"Local": LocalConf, "Dask": DaskConf}

for name, conf in CONFS.items():
    ConfigStore.instance().store(group="hydra/launcher", name=name.lower(), node=conf, provider="zerosweep")
