"""Adapters between the project's engine and the sweepers and launchers of Hydra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobRuntime, JobStatus, configure_log, filter_overrides
from omegaconf import DictConfig, OmegaConf

from zerosweep.config.compose import Composer
from zerosweep.config.grid import GridJobs, grid
from zerosweep.config.hydra_private import returned
from zerosweep.config.read import Config
from zerosweep.errors import RunsFailed, SettingError, unusable_folder
from zerosweep.importing import importable_by_children
from zerosweep.masking import masked
from zerosweep.plugins.loading import loaded

BASIC = "hydra._internal.core_plugins.basic_launcher"
"""Module of the only other launcher that runs jobs in this process."""


def jobs(loader: Any, config: DictConfig, made: GridJobs, first: int = 0) -> list[Config]:
    """Return the configuration of every job of a grid.

    Args:
        loader: Hydra's config loader.
        config: The configuration of the sweep itself.
        made: The jobs of the grid.
        first: The number of the first job.
    """
    composer = Composer(loader, config)
    return made.named([composer.job(job, number) for number, job in enumerate(made.jobs, first)])


def grid_jobs(
    loader: Any,
    config: DictConfig,
    arguments: Sequence[str],
    params: Mapping[str, Any],
    cases: Sequence[Sequence[str]],
    when: Mapping[str, Sequence[str]],
) -> tuple[list[Config], list[str]]:
    """Prepare the sweep's folder, and return the configuration of every job and the settings that vary.

    The arguments are those of `config.grid.grid`.
    """
    made = grid(loader, params, arguments, cases, when)
    prepare_folder(config)
    return jobs(loader, config, made), made.swept


def prepare_folder(config: DictConfig) -> None:
    """Make the sweep's folder with the configuration of the sweep, as Hydra's own sweeper does.

    Raises:
        SettingError: The folder cannot be made or written to.
    """
    folder = Path(config.hydra.sweep.dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "multirun.yaml").write_text(masked(OmegaConf.to_yaml(config)))
    except OSError as error:
        raise unusable_folder("hydra.sweep.dir", folder, error) from error


def begin_logging(config: DictConfig) -> None:
    """Configure logging as Hydra does for a sweep."""
    configure_log(config.hydra.hydra_logging, config.hydra.verbose)


def plain_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plugin's settings as plain values."""
    return {
        str(name): OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
        for name, value in settings.items()
    }


def sweep_name(config: DictConfig) -> str:
    """Return the name of a sweep: that of its file, or "sweep" without a file."""
    return str(config.hydra.runtime.choices.get("sweeps") or "sweep")


def launch_third_party(launcher: Any, overrides: Sequence[Sequence[str]], first: int) -> list[str | None]:
    """Have a third-party launcher do jobs.

    Args:
        launcher: The launcher.
        overrides: The overrides of each job.
        first: The number of the first job.

    Returns:
        The error of each job in one line, or None for a job that is finished.

    Raises:
        SettingError: Plugins are loaded from files, which the launcher's processes would not have.
    """
    files = [plugin.path for plugin in loaded() if not plugin.installed]
    if files and type(launcher).__module__ != BASIC:
        name = f"{type(launcher).__name__}, with plugins=[{','.join(files)}]"
        raise SettingError("hydra/launcher", name, "its processes have no plugins; must be local, dask or basic")
    with importable_by_children():
        ended = launcher.launch([list(job) for job in overrides], initial_job_idx=first)
    return [None if job.status is JobStatus.COMPLETED else _failure(returned(job)) for job in ended]


def _failure(error: Any) -> str:
    return masked(f"{type(error).__name__}: {error}")


def job_returns(
    loader: Any,
    config: DictConfig,
    results: Sequence[tuple[float, str | None]],
    job_overrides: Sequence[Sequence[str]],
    first: int,
) -> list[JobReturn]:
    """Return the results of jobs as third-party sweepers expect them from a launcher.

    Args:
        loader: Hydra's config loader.
        config: The configuration of the sweep itself.
        results: (objective, error or None) of each job.
        job_overrides: The overrides of each job.
        first: The number of the first job.
    """
    composer, returns = Composer(loader, config), []
    for number, ((objective, error), overrides) in enumerate(zip(results, job_overrides, strict=True), first):
        job = JobReturn(overrides=filter_overrides(overrides), task_name=JobRuntime.instance().get("name"))
        job.cfg, job.hydra_cfg = composer.parts(overrides, number)
        of_hydra = job.hydra_cfg.hydra
        job.working_dir = of_hydra.runtime.output_dir if of_hydra.job.chdir else str(Path.cwd())
        job.status = JobStatus.COMPLETED if error is None else JobStatus.FAILED
        job.return_value = objective if error is None else RunsFailed(error)
        returns.append(job)
    return returns
