"""Launchers: `hydra/launcher=local` runs jobs in processes of this machine, `hydra/launcher=dask` on a Dask cluster."""

from dataclasses import dataclass, fields
from typing import Any, Sequence

from hydra.core.config_store import ConfigStore
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from zerosweep.jobs.executors.settings import Cluster, Workers


class WithWorkers(Launcher):
    """Base of launchers whose workers an executor manages. The project's sweepers use the executor directly.

    Args:
        retries: Attempts that a job has after one whose worker died; None for the default.
        settings: The other settings of the launcher.
    """

    def __init__(self, retries: int | None, **settings: Any) -> None:
        self.retries, self.settings = retries, settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from zerosweep.errors import refuse_unknown

        known = {setting.name for setting in fields(CONFS[type(self).__name__])} - {"_target_"}
        refuse_unknown("hydra.launcher", self.settings, known)
        self.config, self.loader = config, hydra_context.config_loader

    def executor(self) -> Any:
        """Return the executor.

        Raises:
            SettingError: A setting is out of range. The error has its full name.
        """
        from zerosweep.errors import SettingError

        try:
            return self.make()
        except SettingError as error:
            raise error.within("hydra.launcher") from None

    def make(self) -> Any:
        """Return the executor; overridden by each launcher."""
        raise NotImplementedError

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Any:
        """Do jobs for a third-party sweeper, and return their results as Hydra defines them."""
        import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
        from zerosweep.config.grid import GridJobs
        from zerosweep.config.launching import job_returns, jobs, sweep_name
        from zerosweep.jobs.runners import OnWorkers
        from zerosweep.sweep.command import SweepRequest, sweep

        made = GridJobs([list(job) for job in job_overrides], [])

        def ask() -> SweepRequest:
            return SweepRequest(jobs(self.loader, self.config, made, initial_job_idx), [], sweep_name(self.config))

        outcomes = sweep(ask, OnWorkers(self.executor(), self.retries), reported=False).outcomes
        if not outcomes:  # plan=true lists the jobs without doing them
            return []
        return job_returns([(outcome.objective, outcome.error) for outcome in outcomes], made.jobs)


class Local(WithWorkers):
    """Launcher with processes of this machine."""

    def make(self) -> Any:
        from zerosweep.jobs.executors.local import LocalExecutor

        return LocalExecutor(Workers(retries=self.retries, **self.settings))


class Dask(WithWorkers):
    """Launcher with workers of a Dask cluster."""

    def make(self) -> Any:
        from zerosweep.jobs.executors.dask import DaskExecutor

        return DaskExecutor(Cluster(retries=self.retries, **self.settings))


@dataclass
class LocalConf(Workers):
    """Workers are processes of this machine."""

    _target_: str = f"{__name__}.Local"


@dataclass
class DaskConf(Cluster):
    """Workers are those of a Dask cluster."""

    _target_: str = f"{__name__}.Dask"


CONFS: Any = {"Local": LocalConf, "Dask": DaskConf}

for name, conf in CONFS.items():
    ConfigStore.instance().store(group="hydra/launcher", name=name.lower(), node=conf, provider="zerosweep")
