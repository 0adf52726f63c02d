"""Between Hydra's sweepers and launchers and our engine, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus, configure_log, filter_overrides
from omegaconf import DictConfig, OmegaConf

from zerosweep.config.compose import Composer
from zerosweep.config.grid import GridJobs, grid
from zerosweep.config.hydra_private import returned
from zerosweep.config.read import Config
from zerosweep.errors import RunsFailed, unusable_folder
from zerosweep.importing import importable_by_children
from zerosweep.masking import masked


def jobs(loader: Any, config: DictConfig, made: GridJobs, first: int = 0) -> list[tuple[str, Config]]:
    """(label, configuration) of every job of a grid. config: of the sweep; first: the number of the first job."""
    composer = Composer(loader, config)
    configs = [composer.job(job, number) for number, job in enumerate(made.jobs, first)]
    return [(made.label(config), config) for config in configs]


def of_command(
    loader: Any,
    config: DictConfig,
    arguments: Sequence[str],
    params: Mapping[str, Any],
    cases: Sequence[Sequence[str]],
    when: Mapping[str, Sequence[str]],
) -> tuple[list[tuple[str, Config]], list[str]]:
    """The jobs of the `grid` that these make, and the settings that vary."""
    made = grid(loader, params, arguments, cases, when)
    prepare_folder(config)
    return jobs(loader, config, made), made.swept


def prepare_folder(config: DictConfig) -> None:
    """Make the sweep's folder, with the sweep's own configuration in it, as Hydra's sweeper does. Where that cannot be, it is a
    `SettingError`."""
    configure_log(config.hydra.hydra_logging, config.hydra.verbose)
    folder = Path(config.hydra.sweep.dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(config, folder / "multirun.yaml")
    except OSError as error:
        raise unusable_folder("hydra.sweep.dir", folder, error) from error


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A plugin's settings as plain values."""
    values = {name: OmegaConf.to_container(one) if OmegaConf.is_config(one) else one for name, one in settings.items()}
    return {str(name): value for name, value in values.items()}


def name_of(config: DictConfig) -> str:
    """Of the sweep: its file's, if it has one."""
    return str(config.hydra.runtime.choices.get("sweeps") or "sweep")


def launch_by(launcher: Any, overrides: Sequence[Sequence[str]], first: int) -> list[str | None]:
    """Have a launcher that is not ours do these jobs; for each what went wrong, or None."""
    with importable_by_children():
        ended = launcher.launch([list(job) for job in overrides], initial_job_idx=first)
    return [None if job.status is JobStatus.COMPLETED else _failure(returned(job)) for job in ended]


def _failure(error: Any) -> str:
    return masked(f"{type(error).__name__}: {error}")


def returns(came: Sequence[tuple[float, str | None]], made: Sequence[Sequence[str]]) -> list[JobReturn]:
    """What a launcher of ours hands to a sweeper that is not: of each job its objective, or what went wrong."""
    given = []
    for (objective, wrong), overrides in zip(came, made, strict=True):
        one = JobReturn(overrides=filter_overrides(overrides))
        one.status = JobStatus.COMPLETED if wrong is None else JobStatus.FAILED
        one.return_value = objective if wrong is None else RunsFailed(wrong)
        given.append(one)
    return given
