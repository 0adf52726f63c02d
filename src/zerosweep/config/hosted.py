"""Hydra in a process of somebody else's: configurations and sweepers without a command line and without global state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, OmegaConf

from zerosweep.config.arguments import prepared
from zerosweep.config.calls import refuse_calls
from zerosweep.config.command_line import WITHOUT_ASSERTIONS
from zerosweep.config.hydra_private import Callbacks, ConfigLoaderImpl, search_path, state_restored
from zerosweep.config.mistakes import explain, unwritable
from zerosweep.config.read import Config, job_config
from zerosweep.config.schemas import register
from zerosweep.config.task_calls import trains
from zerosweep.errors import RunsFailed, SettingError, UserError
from zerosweep.places import CONF

CONFIG, JOB_NAME = "config", "train"
"""What Hydra takes from src/train.py: the name of the primary configuration, and that of the job."""

MISTAKE = re.compile(r"([^\s=:]+)=(.*?): (.*)", re.DOTALL)
"""Pattern of a line about a setting: its name, its value, and what is allowed."""


@contextmanager
def hosted() -> Iterator[None]:
    """Use Hydra in this block. Afterwards its global state is as before, since the host may use Hydra too."""
    if not __debug__:
        raise UserError(WITHOUT_ASSERTIONS)
    with state_restored(JOB_NAME):
        register()
        yield


@contextmanager
def in_one_line(arguments: Sequence[str] = ()) -> Iterator[None]:
    """Raise an error for which the command line would print one line as an error with that line.

    Args:
        arguments: The overrides, which errors name.

    Raises:
        SettingError: A setting is unknown, or its value is not allowed.
        UserError: Another mistake, or a store, a file or a disk that cannot be used.
    """
    try:
        yield
    except (UserError, RunsFailed):
        raise
    except Exception as error:
        line = unwritable(error) or explain(error, arguments)
        if line is None:
            raise
        raise _mistake(" ".join(line.split("\n"))) from None


def _mistake(line: str) -> UserError:
    """Return the error whose text is the line: a `SettingError` where it is about a setting."""
    found = MISTAKE.fullmatch(line)
    return SettingError(*found.groups()) if found else UserError(line)


class _Loader(ConfigLoaderImpl):
    """Hydra's config loader, which refuses configurations that name code, whatever the host allows in its own."""

    def load_configuration(self, *arguments: Any, **named: Any) -> DictConfig:
        cfg: DictConfig = super().load_configuration(*arguments, **named)
        refuse_calls(cfg)
        return cfg


@cache
def _loader() -> _Loader:
    return _Loader(config_search_path=search_path(str(CONF)))


def one_run(arguments: Sequence[str]) -> Config:
    """Return the configuration of the run that these overrides describe. Only in a block of `hosted`."""
    cfg = _composed([*arguments, "hydra.mode=RUN"], RunMode.RUN)
    return job_config(cfg, HydraConfig.get())


def sweeper(arguments: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the sweeper for these overrides, and the overrides to give it. Only in a block of `hosted`."""
    cfg = _composed([*arguments, "hydra.mode=MULTIRUN"], RunMode.MULTIRUN)
    context = HydraContext(config_loader=_loader(), callbacks=Callbacks())
    made = Plugins.instance().instantiate_sweeper(config=cfg, hydra_context=context, task_function=_no_task)
    task: Any = OmegaConf.to_container(cfg.hydra.overrides.task, resolve=False)
    return made, task


def _composed(arguments: Sequence[str], mode: RunMode) -> DictConfig:
    cfg: DictConfig = _loader().load_configuration(CONFIG, prepared(arguments), mode)
    HydraConfig.instance().set_config(cfg)
    return cfg


@trains
def _no_task(cfg: DictConfig) -> None:
    """Stand in for the function that third-party launchers call. Our own workers get their runs from the engine."""
    raise NotImplementedError
