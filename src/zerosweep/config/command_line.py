"""Contexts for programs: a mistake, a failure or a stop ends in one line on stderr and an exit code."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from zerosweep import activity, interruption, scratch
from zerosweep.config import calls
from zerosweep.config.arguments import prepare
from zerosweep.config.mistakes import explain, unwritable
from zerosweep.errors import RunsFailed, UserError
from zerosweep.masking import mask_output, masked
from zerosweep.places import CONF

FAILED, MISTAKE, INTERRUPTED = 1, 2, 130
"""Exit codes: a run failed or could not be recorded; a mistake of the user; Ctrl-C, as in shells."""

SHOW_ALL = os.environ.get("HYDRA_FULL_ERROR") == "1"
"""Whether mistakes too are shown with a traceback."""

WITHOUT_ASSERTIONS = (
    "python -O, or PYTHONOPTIMIZE: leave it out; Hydra reads its grammar in assertions, which it removes"
)


@contextmanager
def orderly() -> Iterator[None]:
    """Run a whole program in this context.

    A mistake of the user ends it with one line on stderr. Ctrl-C and SIGTERM raise exceptions, so that every `finally`
    runs. Any other error ends it with a traceback.
    """
    activity.end()  # the imports
    if "--version" in sys.argv[1:]:  # Hydra would answer with its own
        from importlib.metadata import version

        print(f"zerosweep {version('zerosweep')}")  # noqa: T201
        sys.exit()
    interruption.install()
    mask_output()
    os.umask(os.umask(0) | stat.S_IWOTH)  # only the user and their group may write to new files
    try:
        with one_line():
            if sys.platform == "win32":
                raise UserError("zerosweep does not run on Windows, which has other file locks; in WSL it does")
            if not __debug__:
                raise UserError(WITHOUT_ASSERTIONS)
            scratch.begin()
            yield
    except RunsFailed:
        sys.exit(FAILED)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)


@contextmanager
def program() -> Iterator[None]:
    """Run a whole program that uses Hydra in this context."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises its errors instead of printing several lines
    with orderly():
        mask_yaml()
        calls.install()
        prepare()
        yield


def mask_yaml() -> None:
    """Have Hydra mask secrets in every configuration that it prints or saves: `--cfg`, `multirun.yaml`, `.hydra/`."""
    plain = OmegaConf.to_yaml

    def to_yaml(cfg: Any, *args: Any, **kwargs: Any) -> str:
        return masked(plain(cfg, *args, **kwargs))

    OmegaConf.to_yaml = to_yaml  # type: ignore[method-assign]


def composed(task: Callable[[Any], float]) -> Callable[[], object]:
    """Return a program that composes the configuration of its command line, and calls `task` with it."""
    found: Callable[[], object] = hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(task)
    return found


@contextmanager
def job() -> Iterator[None]:
    """Do one run in this context.

    A mistake or a failure ends a single run here, before Hydra prints lines of its own. In a sweep it is left to the
    sweeper, which continues with the other runs.
    """
    if HydraConfig.get().mode is RunMode.MULTIRUN:
        yield
        return
    try:
        with one_line():
            yield
    except RunsFailed:
        sys.exit(FAILED)


@contextmanager
def one_line() -> Iterator[None]:
    """Exit with one line on stderr after a mistake of the user, or if the store cannot be written to."""
    try:
        yield
    except Exception as error:
        interruption.check()  # a library may have turned an interruption into this error
        if SHOW_ALL or isinstance(error, RunsFailed):
            raise
        line, code = unwritable(error), FAILED
        if line is None:
            line, code = explain(error), MISTAKE
        if line is None:
            raise
        print(masked(" ".join(line.split("\n"))), file=sys.stderr)  # noqa: T201  # a value may have several lines
        sys.exit(code)
