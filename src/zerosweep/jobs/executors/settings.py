"""Settings of the launchers. Hydra imports them on every start, so this module must import quickly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zerosweep.errors import SettingError
from zerosweep.recipe import Recipe, number

HOW = "start one with `dask scheduler --scheduler-file FILE`, and workers with `dask worker --scheduler-file FILE`"


@dataclass
class Workers(Recipe):
    """Settings of hydra/launcher=local.

    Args:
        workers: Processes; null for the cores that this process may use.
        timeout: Seconds that a run may take; null for any time.
        retries: How often a run starts again; null for once after a lost worker, and never after an error.
    """

    workers: int | None = number(None, at_least=1)
    timeout: float | None = number(None, above=0)
    retries: int | None = number(None, at_least=0)


@dataclass
class Cluster(Recipe):
    """Settings of hydra/launcher=dask.

    Args:
        address: The scheduler's address, as in tcp://10.0.0.1:8786.
        scheduler_file: The file that the scheduler wrote, in place of its address.
        timeout: Seconds that a run may take; null for any time.
        retries: How often a run starts again; null for once after a lost worker, and never after an error.
    """

    address: str | None = None
    scheduler_file: str | None = None
    timeout: float | None = number(None, above=0)
    retries: int | None = number(None, at_least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.address is None and self.scheduler_file is None:
            raise SettingError(
                "scheduler_file", "null", f"must be given, or hydra.launcher.address, of a Dask scheduler; {HOW}"
            )
        if self.address is not None and self.scheduler_file is not None:
            raise SettingError("address", self.address, "must not be given along with hydra.launcher.scheduler_file")
        if self.scheduler_file is not None and not Path(self.scheduler_file).is_file():
            raise SettingError("scheduler_file", self.scheduler_file, f"no such file; {HOW}")

    @property
    def where(self) -> str:
        """The scheduler's address or file, for messages."""
        return str(self.address or self.scheduler_file)
