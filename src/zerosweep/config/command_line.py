"""Around a program: what a person sees when something is wrong or stopped is one line and an exit code."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from zerosweep import interruption, scratch
from zerosweep.config.arguments import prepare
from zerosweep.config.mistakes import explain, unwritable
from zerosweep.errors import RunsFailed, UserError
from zerosweep.importing import without_backend
from zerosweep.masking import mask_output, masked

FAILED, MISTAKE, INTERRUPTED = 1, 2, 130
"""Exit codes: of runs that failed, or could not be kept; of a mistake in what was asked; of Ctrl-C, as shells have it."""

SHOW_ALL = os.environ.get("HYDRA_FULL_ERROR") == "1"
"""Whether the user wants tracebacks, of mistakes too."""


WITHOUT_ASSERTIONS = (
    "python -O, or PYTHONOPTIMIZE: leave it out; Hydra reads its grammar in assertions, which it removes"
)


@contextmanager
def orderly() -> Iterator[None]:
    """Around a whole program: a mistake ends it with one line on stderr; Ctrl-C and SIGTERM end it in order, so that every
    `finally` runs; an error that is no mistake of the user's keeps its traceback."""
    interruption.install()
    without_backend()
    mask_output()
    os.umask(os.umask(0) | stat.S_IWOTH)  # whatever the user's own, nobody but their group writes to what is made here
    try:
        with one_line():
            if sys.platform == "win32":
                raise UserError("zerosweep does not run on Windows, whose file locks are others; in WSL it does")
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
    """Around a whole program of Hydra's."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises its errors instead of printing several lines
    with orderly():
        mask_yaml()
        prepare()
        yield


def mask_yaml() -> None:
    """Mask the secrets in whatever configuration Hydra prints or saves: `--cfg`, `multirun.yaml`, `.hydra/`."""
    plain = OmegaConf.to_yaml

    def to_yaml(cfg: Any, *args: Any, **kwargs: Any) -> str:
        return masked(plain(cfg, *args, **kwargs))

    OmegaConf.to_yaml = to_yaml  # type: ignore[method-assign]


@contextmanager
def job() -> Iterator[None]:
    """Around one run. A mistake or a failure ends a single run here, before Hydra adds lines of its own; in a sweep it is left to
    the sweeper, and the other runs go on."""
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
    """Turn a mistake, or a store that cannot be written, into one line on stderr and an exit."""
    try:
        yield
    except Exception as error:
        interruption.check()  # which a library may have turned into an error of its own
        if SHOW_ALL or isinstance(error, RunsFailed):
            raise
        line, code = unwritable(error), FAILED
        if line is None:
            line, code = explain(error), MISTAKE
        if line is None:
            raise
        print(masked(" ".join(line.split("\n"))), file=sys.stderr)  # noqa: T201  # a value may have several lines
        sys.exit(code)
