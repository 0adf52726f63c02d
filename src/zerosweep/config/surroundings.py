"""What Hydra's own settings ask for around a job: variables, the working directory, a log, the saved configuration.

Hydra's launchers provide it in `hydra.core.utils.run_job`. The workers of this project get runs that are composed
already, so they provide it themselves. Where all of these settings have their defaults there is nothing to do.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hydra.core.utils import configure_log, env_override
from omegaconf import DictConfig, OmegaConf

from zerosweep.config.schemas import Settings
from zerosweep.errors import SettingError
from zerosweep.masking import masked
from zerosweep.places import CONF
from zerosweep.recipe import Purpose, Recipe
from zerosweep.tracking.location import located

SHARED = "MLFLOW_"
"""Beginning of the names of the variables that must be the same for all runs of a sweep: they say where runs land."""


@dataclass(frozen=True)
class Surroundings:
    """What surrounds a job: a plain value that is sent to a worker.

    Attributes:
        environment: Environment variables, as `hydra.job.env_set` has them.
        folder: The working directory, for `hydra.job.chdir=true`; None to stay.
        log: The setting `hydra.job_logging`, with interpolations resolved; None for the usual log.
        verbose: The setting `hydra.verbose`.
        files: The texts of files to write, by their path.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    log: dict[str, Any] | None = None
    verbose: Any = False
    files: Mapping[Path, str] = field(default_factory=dict)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Provide all of it while the block lasts."""
        for path, text in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        root, cwd = logging.getLogger(), Path.cwd()
        handlers, level = list(root.handlers), root.level
        if self.log is not None:
            configure_log(OmegaConf.create(self.log), self.verbose)
        try:
            with env_override(dict(self.environment)):
                if self.folder is not None:
                    os.chdir(self.folder)
                yield
        finally:
            os.chdir(cwd)
            for handler in set(root.handlers) - set(handlers):
                handler.close()
            root.handlers[:], root.level = handlers, level


def surroundings(cfg: DictConfig, hydra: Any, settings: Settings, folder: Path) -> Surroundings | None:
    """Return what the settings of Hydra ask for around a job; None where all have their defaults.

    Args:
        cfg: The composed configuration.
        hydra: Its node `hydra` as Hydra resolves it for the job.
        settings: The settings of the run.
        folder: The folder of the job.

    Raises:
        SettingError: `hydra.job.chdir` would change the meaning of a relative path.
    """
    log = OmegaConf.to_container(hydra.job_logging) if hydra.job_logging is not None else None
    usual = log == usual_log() and hydra.verbose is False
    if usual and not hydra.job.env_set and not hydra.job.chdir and hydra.output_subdir is None:
        return None
    environment = {str(name): str(value) for name, value in hydra.job.env_set.items()}
    if hydra.job.chdir:
        environment.setdefault("MLFLOW_TRACKING_URI", located(None))  # which may be relative to where the sweep began
        _refuse_relative(settings)
    return Surroundings(
        environment=environment,
        folder=folder if hydra.job.chdir else None,
        log=None if usual else OmegaConf.to_container(hydra.job_logging, resolve=True),  # type: ignore[arg-type]
        verbose=OmegaConf.to_container(hydra.verbose) if OmegaConf.is_config(hydra.verbose) else hydra.verbose,
        files={} if hydra.output_subdir is None else _saved(cfg, hydra, folder / hydra.output_subdir),
    )


def refuse_other_store(environment: Mapping[str, Any], of_sweep: Mapping[str, Any]) -> None:
    """Check that the runs of a job land where the sweep looks for them.

    Args:
        environment: `hydra.job.env_set` of the job.
        of_sweep: `hydra.job.env_set` of the sweep itself.

    Raises:
        SettingError: The job has another value of a variable that says where runs land.
    """
    for name in {*environment, *of_sweep}:
        if str(name).startswith(SHARED) and environment.get(name) != of_sweep.get(name):
            value = masked(str(environment.get(name)))
            raise SettingError(f"hydra.job.env_set.{name}", value, "must be the same for all runs of a sweep")


@cache
def usual_log() -> Any:
    """Return the setting `hydra.job_logging` as it is if nobody changes it, with its interpolations."""
    of_hydra = OmegaConf.create(files("hydra.conf").joinpath("hydra/job_logging/default.yaml").read_text())
    written: Any = OmegaConf.load(CONF / "config.yaml")
    return OmegaConf.to_container(OmegaConf.merge(of_hydra, written.hydra.job_logging))


def without_hydra(cfg: DictConfig) -> DictConfig:
    """Return a copy of a composed configuration without its node `hydra`."""
    copied: DictConfig = OmegaConf.masked_copy(cfg, [str(name) for name in cfg if name != "hydra"])
    return copied


def _refuse_relative(settings: Settings) -> None:
    """Refuse relative paths of a run that has a working directory of its own."""
    for section in ("tracking", "dataset"):
        recipe = getattr(settings, section)
        for name, value in recipe.of(Purpose.PLACE).items() if isinstance(recipe, Recipe) else ():
            path = str(value).partition(":///")[2] if ":///" in str(value) else str(value)
            if isinstance(value, str) and not Path(path).is_absolute() and Path(path).expanduser().exists():
                raise SettingError(f"{section}.{name}", value, "must be an absolute path with hydra.job.chdir=true")


def _saved(cfg: DictConfig, hydra: Any, folder: Path) -> dict[Path, str]:
    """Return the texts of the files that Hydra saves in `hydra.output_subdir`, by their path."""
    parts = {
        "config": without_hydra(cfg),
        "hydra": OmegaConf.create({"hydra": hydra}),
        "overrides": hydra.overrides.task,
    }
    return {folder / f"{name}.yaml": masked(OmegaConf.to_yaml(part)) for name, part in parts.items()}
