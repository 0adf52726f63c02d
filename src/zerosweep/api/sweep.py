"""A sweep: every combination of the values of some settings."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import zerosweep.experiments.findings  # noqa: F401  registers the findings that `report.findings` may name
from zerosweep.api.call import doing
from zerosweep.api.comparison import Comparison
from zerosweep.api.data import Arrays, dataset
from zerosweep.api.run import refuse_commands
from zerosweep.config.hosted import sweeper
from zerosweep.config.keywords import Overrides
from zerosweep.errors import SettingError
from zerosweep.masking import masked
from zerosweep.places import TRAIN
from zerosweep.sweep.command import Swept
from zerosweep.tracking.record import by_ids
from zerosweep.tracking.store import open_experiment


class Sweep(Comparison):
    """The runs of a sweep, those from the record included."""

    @property
    def id(self) -> str:
        """The sweep's id, the value of its runs' tag `sweep`."""
        return self._title


def sweep(*arguments: Overrides, data: Arrays | None = None, progress: bool = True, **settings: Any) -> Sweep:
    """Train every combination of the given values in parallel, and report them.

    Finished runs are taken from the record, also those of a sweep that was interrupted. A run that fails does not stop
    the others: see `failed` of the result.

    Args:
        arguments: Overrides as on the command line (`sweeps=optimizers`), or dictionaries of settings by dotted name.
        data: Arrays to learn from, as for `run`.
        progress: Whether to show the progress and the report's lines.
        settings: Settings by name. A list, or any other iterable, has the values to combine.

    Raises:
        SettingError: A setting is unknown, or a value is not allowed. Nothing is trained.

    >>> import zerosweep as zs
    >>> grid = zs.sweep(optimizer=["sgd", "adam"], bn=[True, False], trainer={"iterations": 20}, progress=False)
    >>> len(grid.runs), sorted(set(grid.runs.optimizer)), len(grid.failed)
    (4, ['adam', 'sgd'], 0)
    """
    with doing([*dataset(data), *arguments], settings, sweeps=True) as given:
        grid, task = sweeper(given)
        if not hasattr(grid, "result") or "n_trials" in grid.settings:
            chosen = str(grid.config.hydra.runtime.choices["hydra/sweeper"])
            raise SettingError("hydra/sweeper", chosen, "zs.sweep does a grid; a search is zs.search")
        if not hasattr(grid.launcher, "executor"):
            chosen = str(grid.config.hydra.runtime.choices["hydra/launcher"])
            raise SettingError("hydra/launcher", chosen, "must be local or dask; others are for the command line")
        refuse_commands(grid.config, "rerun")
        grid.command, grid.quiet = command("-m", given), not progress
        return _recorded(grid.result(task))


def command(flag: str, given: Sequence[str]) -> str:
    """Return the command that does the same as a call, for the report, with secrets masked."""
    return shlex.join([*TRAIN.split(), *flag.split(), *map(masked, given)])


def _recorded(swept: Swept) -> Sweep:
    """Return a sweep that has been run, with what the store has of it."""
    planned = swept.planned
    settings = planned.jobs[0].config.settings
    outcomes = swept.outcomes or [*planned.answers.values()]
    names = dict.fromkeys(job.config.settings.tracking.experiment for job in planned.jobs)
    stores = [open_experiment(settings.tracking.uri, name) for name in names]
    run_ids = [*dict.fromkeys(outcome.run_id for outcome in outcomes if outcome.run_id)]
    return Sweep(
        stores[0].uri,
        by_ids(stores[0].client, [store.id for store in stores], run_ids),
        settings.objective,
        planned.sweep,
        swept.summary.location if swept.summary else None,
        planned.swept,
        {job.label: outcome.line for job, outcome in swept.failures if not outcome.run_id},
    )
