"""The frame around the jobs of a sweep or a search: closes runs that dead processes left open, and shows the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from zerosweep.config.schemas import Settings
from zerosweep.jobs.display import Display
from zerosweep.tracking.environment import system_metrics_wanted
from zerosweep.tracking.orphans import close_orphans, closing_message
from zerosweep.tracking.store import open_experiment


class Stoppable(Protocol):
    """Workers, or a runner of jobs, that can be stopped."""

    def close(self) -> None:
        """Stop the jobs that are still running."""
        ...


@contextmanager
def session(settings: Settings, stoppable: Stoppable, display: Display, left: Callable[[], int]) -> Iterator[None]:
    """Run the block as a session of jobs.

    Before it, runs that dead processes left open are closed. After it, even after an error, the workers are stopped,
    runs that they left open are closed, and the summary is shown.

    Args:
        settings: Settings of the sweep, which name the store and the experiment.
        stoppable: The workers, which are stopped at the end.
        display: Shows the progress and the summary.
        left: Returns the number of jobs that are not done.
    """
    system_metrics_wanted()  # a mistake there would fail each run
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
        finally:  # closing may fail, on a full disk for example; the summary is shown all the same
            display.end(left())
