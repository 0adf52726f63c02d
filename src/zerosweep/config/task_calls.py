"""Task functions of other people's Hydra apps, called in worker processes as Hydra's own launchers call them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import cloudpickle
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, configure_log, filter_overrides, run_job, setup_globals
from hydra.errors import CompactHydraException
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from zerosweep.config.hydra_private import returned
from zerosweep.errors import RunsFailed, UserError, last_line

Task = TypeVar("Task", bound=Callable[..., Any])

TRAINS = "__zerosweep_trains__"
"""Attribute of a task function that trains the run which its configuration describes, and does nothing else."""


def trains(task: Task) -> Task:
    """Mark a task function as one that only trains a run of this project, so that sweeps may train it themselves."""
    setattr(task, TRAINS, True)
    return task


def is_ours(task: TaskFunction) -> bool:
    """Return whether sweeps may train the runs of a task function themselves, instead of calling it."""
    return bool(getattr(task, TRAINS, False))


@contextmanager
def hydras_errors() -> Iterator[None]:
    """Raise a mistake of the user, and failed jobs, as the exception that Hydra shows in one line in any app."""
    try:
        yield
    except (UserError, RunsFailed) as error:
        raise CompactHydraException(str(error)) from error


@dataclass(frozen=True)
class TaskCall:
    """A call of a task function: a plain value that is sent to a worker.

    Attributes:
        app: What all calls of the app share, pickled: Hydra's context, the configuration of the sweep, the task
            function, and the state of Hydra's singletons.
        overrides: The overrides of the call.
        number: The number of the job, from 0.
    """

    app: bytes
    overrides: tuple[str, ...]
    number: int

    def do(self) -> JobReturn:
        """Compose the configuration and call the task function.

        An exception of the task function is in the returned value, whose status is then FAILED.
        """
        context, config, task = _app(self.app)
        cfg = context.config_loader.load_sweep_config(config, list(self.overrides))
        with open_dict(cfg):
            cfg.hydra.job.id = f"{cfg.hydra.job.name}_{self.number}"
            cfg.hydra.job.num = self.number
        HydraConfig.instance().set_config(cfg)
        return run_job(
            hydra_context=context,
            task_function=task,
            config=cfg,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )


def pickled_app(context: HydraContext, config: DictConfig, task: TaskFunction) -> bytes:
    """Return what all calls of an app share, pickled.

    The task function may be defined in the main module, which workers do not import: it is then pickled by value.

    Args:
        context: Hydra's context.
        config: The configuration of the sweep.
        task: The task function.

    Raises:
        UserError: Something cannot be sent to another process.
    """
    setup_globals()  # registers the resolvers of Hydra, which are part of the state
    try:
        dumped: bytes = cloudpickle.dumps((context, config, task, Singleton.get_state()))
    except Exception as error:  # of any type, as each object decides how it is pickled
        raise UserError(f"the task function cannot be sent to another process: {error}") from error
    return dumped


@cache
def _app(pickled: bytes) -> tuple[HydraContext, DictConfig, TaskFunction]:
    """Return Hydra's context, the configuration and the task function of an app, with Hydra's state set for it."""
    setup_globals()
    context, config, task, state = pickle.loads(pickled)
    Singleton.set_state(state)
    return context, config, task


def failure(overrides: Sequence[str], error: BaseException) -> JobReturn:
    """Return the result of a call that ended without one of its own, such as one whose worker died."""
    result = JobReturn(overrides=list(filter_overrides(overrides)))
    result.status, result.return_value = JobStatus.FAILED, error
    return result


def error_of(result: JobReturn) -> BaseException | None:
    """Return the exception that a call ended with, or None if it succeeded."""
    return returned(result) if result.status is JobStatus.FAILED else None


def prepare_multirun(config: DictConfig, save: bool = True) -> Path:
    """Configure the log of a sweep of an app, and make its folder, as Hydra's own sweeper does.

    Args:
        config: The configuration of the sweep.
        save: Whether to save it there too, which a sweeper does and a launcher does not.

    Returns:
        The folder.
    """
    configure_log(config.hydra.hydra_logging, config.hydra.verbose)
    folder = Path(str(config.hydra.sweep.dir))
    folder.mkdir(parents=True, exist_ok=True)
    if save:
        OmegaConf.save(config, folder / "multirun.yaml")
    return folder


def check_composes(loader: Any, config: DictConfig, jobs: Sequence[Sequence[str]]) -> None:
    """Compose the configuration of every job, so that a mistake in the last one costs nothing.

    Raises:
        HydraException: A configuration cannot be composed.
    """
    for overrides in jobs:
        loader.load_sweep_config(config, list(overrides))


def launch_batches(launcher: Any, jobs: Sequence[Sequence[str]], size: int | None) -> list[Sequence[JobReturn]]:
    """Have a launcher do jobs, and return the results of each batch.

    Args:
        launcher: Hydra's own launcher, one of this project, or a third-party one.
        jobs: The overrides of each job.
        size: Largest number of jobs of a batch; None for one batch of all.

    Raises:
        RunsFailed: Jobs failed. It is raised at the end, when all others are done.
    """
    results: list[Sequence[JobReturn]] = []
    for first in range(0, len(jobs), size or max(1, len(jobs))):
        batch = [list(job) for job in jobs[first : first + (size or len(jobs))]]
        results.append(launcher.launch(batch, initial_job_idx=first))
    refuse_failures([result for batch in results for result in batch])
    return results


def refuse_failures(results: Sequence[JobReturn]) -> None:
    """Raise an error that names the first of the jobs that failed, if any did.

    Raises:
        RunsFailed: Jobs failed.
    """
    failed = [(i, error) for i, result in enumerate(results) if (error := error_of(result)) is not None]
    if failed:
        i, error = failed[0]
        name = " ".join(results[i].overrides or [])
        raise RunsFailed(f"{len(failed)} of {len(results)} jobs failed; #{i} {name}: {last_line(error)}")


def lasting_folder(config: DictConfig) -> Path:
    """Return the folder of a sweep without the parts of its path that contain the time.

    The same command finds it again another day: it is `multirun` for `multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}`.
    """
    written = str(config.hydra.sweep._get_node("dir")._value()).rstrip("/")
    folder = Path(str(config.hydra.sweep.dir)).absolute()
    before, found, _ = written.partition("${now:")
    timed = written[before.rfind("/") + 1 :].count("/") + 1 if found else 0
    return folder.parents[timed - 1] if timed else folder
