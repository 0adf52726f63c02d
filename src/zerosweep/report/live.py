"""The summary run of a sweep that is running: it and its view exist from the start, and tell how far the sweep is."""

from __future__ import annotations

import logging
import math
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Any

from zerosweep import interruption
from zerosweep.config.read import Config
from zerosweep.config.schemas import Objective
from zerosweep.errors import last_line
from zerosweep.jobs.display import Display, Tally
from zerosweep.masking import masked
from zerosweep.runs.assemble import recordable
from zerosweep.tracking.claims import INSTANCE, claim, mark
from zerosweep.tracking.members import join
from zerosweep.tracking.orphans import close_orphans, closing_message, open_here
from zerosweep.tracking.params import as_typed
from zerosweep.tracking.provenance import provenance
from zerosweep.tracking.record import Recorded, by_ids, set_tags
from zerosweep.tracking.recorded import NOTE
from zerosweep.tracking.runlog import PROGRESS
from zerosweep.tracking.store import Opened, open_experiment

log = logging.getLogger(__name__)

UPDATE_SECONDS = 5.0
"""Seconds between two updates of the description."""

ORPHANS_SECONDS = 20.0
"""Seconds between two searches for runs whose machine is gone. Their death may show only after a while."""

MOST_SAMPLED = 500
"""Largest number of configurations from which the columns and charts of the view are found."""

MOST_NAMED = 20
"""Largest number of running jobs that the description names."""

STOPPED = "the sweep was stopped before its end; the same command resumes it"


@dataclass(frozen=True)
class Beginning:
    """What is known of a sweep before its first run ends.

    Attributes:
        uri: The configured store.
        experiment: The name of the experiment.
        sweep: The id of the sweep.
        command: The command line that is reported on.
        objective: The metric that runs are compared by, and its direction.
        metrics: The metrics whose curves the report draws.
        swept: The settings that were swept.
        configs: The configurations of its runs; of a search, some that together have every bound.
        tags: Further tags of the summary run.
    """

    uri: str | None
    experiment: str
    sweep: str
    command: str
    objective: Objective
    metrics: Sequence[str]
    swept: Sequence[str]
    configs: Sequence[Config]
    tags: Mapping[str, str] = field(default_factory=dict)


class LiveSummary:
    """Context manager that keeps the summary run of a running sweep up to date, from a thread in the background.

    The final summary continues the run: it takes `run_id`, and ends the run. Otherwise leaving the context ends it: as
    KILLED after an exception, and by removing it where an earlier summary holds still. The run has a claim of its own,
    so that it is closed like any other if this process is killed, and a second process may run the same sweep.

    A store that fails here does not stop the sweep: a warning is logged, as the sweep itself will meet the same failure.

    Args:
        beginning: What is known of the sweep.
        display: Knows what has ended and what is running.
        answered: The ids of the runs that the record has answered, which become members of the sweep.
    """

    def __init__(self, beginning: Beginning, display: Display, answered: Sequence[str] = ()):
        self._beginning, self._display, self._answered = beginning, display, answered
        self._tags = {**beginning.tags, "role": "summary", "sweep": beginning.sweep, INSTANCE: uuid.uuid4().hex}
        self._run_id = ""
        self._written = ""
        self._ended, self._claims = threading.Event(), ExitStack()
        self._thread = threading.Thread(target=self._keep, name="live-summary", daemon=True)

    def __enter__(self) -> LiveSummary:
        begun = self._beginning
        self._store = open_experiment(begun.uri, begun.experiment)
        self._claims.enter_context(claim(self._store.uri, begun.experiment, self._tags))
        self._thread.start()
        return self

    @property
    def run_id(self) -> str:
        """Stop the updates, and return the id of the summary run, which is still RUNNING; "" if it was not created."""
        self._ended.set()
        self._thread.join()
        return self._run_id

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with self._claims, interruption.held_back():
            client, run_id = self._store.client, self.run_id
            open_here.discard(run_id)
            if run_id and client.get_run(run_id).info.status == "RUNNING":
                if kind is None:
                    client.set_terminated(run_id, "FINISHED")
                    client.delete_run(run_id)
                else:
                    client.set_tag(run_id, "error", STOPPED)
                    client.set_terminated(run_id, "KILLED")

    def _keep(self) -> None:
        try:
            self._begin(self._store)
            store, closed = self._store, monotonic()
            while not self._ended.wait(UPDATE_SECONDS):
                self._update(store)
                if monotonic() - closed > ORPHANS_SECONDS:
                    for run in close_orphans(store.client, store.uri, store.id):
                        self._display.out.print(closing_message(run), markup=False)
                    closed = monotonic()
        except Exception as error:
            log.warning(f"the summary of {self._beginning.sweep} is not updated: {last_line(error)}")

    def _begin(self, store: Opened) -> None:
        begun = self._beginning
        tags = provenance() | mark(store.uri, begun.experiment, self._tags) | self._tags
        tags = {name: masked(value) for name, value in tags.items()} | self._status()
        self._run_id = store.client.create_run(
            store.id, tags=tags, run_name=masked(f"summary of {begun.sweep}"[:250])
        ).info.run_id
        open_here.add(self._run_id)
        self._save_view(store)
        join(store.client, begun.sweep, by_ids(store.client, [store.id], self._answered))

    def _save_view(self, store: Opened) -> None:
        """Save the view with the columns and charts that its runs will fill."""
        from zerosweep.report.results import analyse  # takes long to import
        from zerosweep.report.view import view_state
        from zerosweep.tracking.views import key_of, save_view

        begun = self._beginning
        results = analyse(expected_runs(begun.configs), begun.objective, begun.swept)
        state = view_state(begun.sweep, results, begun.metrics)
        save_view(store.client, store.id, key_of(begun.sweep), begun.sweep, state)

    def _update(self, store: Opened) -> None:
        status = self._status()
        if (written := status[NOTE]) != self._written:
            set_tags(store.client, self._run_id, status)
            self._written = written

    def _status(self) -> dict[str, str]:
        """Return the tags that change: the description, and the number of runs that have ended."""
        shown = self._display
        # Copies, because the main thread changes the originals meanwhile.
        tally = Tally(shown.tally.metric, shown.tally.maximize, dict(shown.tally.outcomes), dict(shown.tally.refused))
        done, running = len(tally.outcomes) + len(tally.refused), [job.label for job in list(shown.running.values())]
        more = [f"… and {len(running) - MOST_NAMED} more"] if len(running) > MOST_NAMED else []
        lines = [f"**{done} of {shown.total} runs have ended**: {tally}"]
        if running:
            lines.append("\n".join(["running:", *(f"- `{label}`" for label in running[:MOST_NAMED]), *more]))
        if best := tally.best_line():
            lines.append(best)
        lines.append(f"`{self._beginning.command}`")
        return {NOTE: masked("\n\n".join(lines)), PROGRESS: f"{done} of {shown.total}"}


def expected_runs(configs: Sequence[Config]) -> list[Recorded]:
    """Return runs as these configurations will leave them in the store, with their metrics still unknown (NaN).

    Of more than `MOST_SAMPLED` configurations, the first ones and some between the others stand for all.
    """
    few = MOST_SAMPLED // 2
    sample = [*configs[:few], *configs[few :: max(1, math.ceil((len(configs) - few) / few))]]
    metrics: Any = dict.fromkeys(recordable(configs[0].settings) or (), math.nan)
    return [
        Recorded(
            run_id=str(number),
            experiment_id="",
            name="",
            status="FINISHED",
            started=0.0,
            seconds=None,
            params={name: as_typed(value) for name, value in config.flat().items()},
            metrics=metrics,
            tags={"data_id": ""},
        )
        for number, config in enumerate(sample)
    ]
