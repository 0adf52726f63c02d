"""What surrounds the jobs of a sweep or a search: stale runs are closed before and after, and the end is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from zerosweep.config.schemas import Settings
from zerosweep.jobs.display import Display
from zerosweep.tracking.orphans import close_orphans, closing_message
from zerosweep.tracking.store import open_experiment


class Stoppable(Protocol):
    def close(self) -> None: ...


@contextmanager
def at_work(settings: Settings, stoppable: Stoppable, display: Display, left: Callable[[], int]) -> Iterator[None]:
    """While runs are made: what earlier processes left open is closed before; after, however it ends, what is `stoppable` is
    closed, then what that left open, and the end is told, with how many jobs are `left`."""
    store = open_experiment(settings.tracking.uri, settings.tracking.experiment)
    for run in close_orphans(store.client, store.uri, store.id):
        display.out.print(closing_message(run), markup=False)
    try:
        with display.showing():
            yield
    finally:
        try:
            stoppable.close()
            close_orphans(store.client, store.uri, store.id)
        finally:  # a full disk refuses that too, and what failed is told all the same
            display.end(left())
