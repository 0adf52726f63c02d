"""Launchers: `hydra/launcher=local` runs jobs in processes of this machine, `hydra/launcher=dask` on a Dask cluster."""

from contextlib import closing, nullcontext
from dataclasses import dataclass, fields
from typing import Any, Sequence

from hydra.core.config_store import ConfigStore
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from zerosweep.jobs.executors.settings import Cluster, Workers


class WithWorkers(Launcher):
    """Base of launchers whose workers an executor manages. The project's sweepers use the executor directly.

    In another person's app the workers call the app's task function, as with Hydra's own launchers.

    Args:
        retries: Attempts that a job has after one whose worker died; None for the default.
        settings: The other settings of the launcher.
    """

    def __init__(self, retries: int | None, **settings: Any) -> None:
        self.retries, self.settings = retries, settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from zerosweep.config.task_calls import hydras_errors, is_ours
        from zerosweep.errors import refuse_unknown

        self.context, self.task, self.config = hydra_context, task_function, config
        self.trains = is_ours(task_function)
        known = {setting.name for setting in fields(CONFS[type(self).__name__])} - {"_target_"}
        with nullcontext() if self.trains else hydras_errors():
            refuse_unknown("hydra.launcher", self.settings, known)

    def executor(self) -> Any:
        """Return the executor.

        Raises:
            SettingError: A setting is out of range. The error has its full name.
        """
        from zerosweep.errors import SettingError

        try:
            return self.make(self.trains)
        except SettingError as error:
            raise error.within("hydra.launcher") from None

    def make(self, trains: bool) -> Any:
        """Return the executor, whose workers train runs or call a task function; overridden by each launcher."""
        raise NotImplementedError

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Any:
        """Do jobs for a third-party sweeper, and return their results as Hydra defines them."""
        if self.trains:
            return self._train(job_overrides, initial_job_idx)
        from zerosweep.config.task_calls import hydras_errors, pickled_app, prepare_multirun
        from zerosweep.jobs.calls import job_of_call, run_calls

        with hydras_errors():
            prepare_multirun(self.config, save=False)
            app = pickled_app(self.context, self.config, self.task)
            jobs = [job_of_call(app, job, initial_job_idx + i) for i, job in enumerate(job_overrides)]
            with closing(self.executor()) as executor:
                return run_calls(jobs, executor, self.retries)

    def _train(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Any:
        """Train the runs of jobs, and return their results as Hydra defines them."""
        from hydra.core.utils import env_override

        import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
        from zerosweep.config.grid import GridJobs
        from zerosweep.config.launching import job_returns, jobs, sweep_name
        from zerosweep.jobs.runners import OnWorkers
        from zerosweep.sweep.command import SweepRequest, sweep

        made = GridJobs([list(job) for job in job_overrides], [])
        loader = self.context.config_loader

        def ask() -> SweepRequest:
            return SweepRequest(jobs(loader, self.config, made, initial_job_idx), [], sweep_name(self.config))

        with env_override(self.config.hydra.job.env_set):  # which may name the store
            outcomes = sweep(ask, OnWorkers(self.executor(), self.retries), reported=False).outcomes
        if not outcomes:  # plan=true lists the jobs without doing them
            return []
        results = [(outcome.objective, outcome.error) for outcome in outcomes]
        return job_returns(loader, self.config, results, made.jobs, initial_job_idx)


class Local(WithWorkers):
    """Launcher with processes of this machine."""

    def make(self, trains: bool) -> Any:
        from zerosweep.jobs.executors.local import LocalExecutor

        settings = Workers(retries=self.retries, **self.settings)
        if trains:
            return LocalExecutor(settings)
        from zerosweep.jobs.calls import perform

        return LocalExecutor(settings, perform, "spawn")  # without the imports and threads of the project's workers


class Dask(WithWorkers):
    """Launcher with workers of a Dask cluster."""

    def make(self, trains: bool) -> Any:
        from zerosweep.jobs.executors.dask import DaskExecutor

        return DaskExecutor(Cluster(retries=self.retries, **self.settings), trains)


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
