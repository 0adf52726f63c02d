"""What a person sees of a sweep while it runs, and when it ends."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.screen import screen

SHOWN = 4
"""At most so many of the running jobs are named under the bar."""


@dataclass
class Tally:
    """How far a sweep is. maximize: whether a larger objective is better. refused: a search's proposals that could
    not be trained, and why."""

    metric: str
    maximize: bool
    outcomes: dict[int, tuple[Job, Outcome]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, job: Job, outcome: Outcome) -> None:
        self.outcomes[job.number] = job, outcome

    @property
    def counts(self) -> Counter[str]:
        """finished, cached, failed; and diverged and pruned, which are among the first two."""
        counts = Counter(outcome.status for _, outcome in self.outcomes.values())
        counts["failed"] += len(self.refused)
        counts["diverged"] = sum(outcome.verdict == "diverged" for _, outcome in self.outcomes.values())
        counts["pruned"] = sum(outcome.pruned for _, outcome in self.outcomes.values())
        return counts

    @property
    def best(self) -> tuple[Job, Outcome] | None:
        """The job with the best objective so far, the first of equals."""
        valued = [entry for entry in self.outcomes.values() if not math.isnan(entry[1].objective)]
        sign = 1 if self.maximize else -1
        return max(valued, key=lambda entry: (sign * entry[1].objective, -entry[0].number), default=None)

    @property
    def failures(self) -> list[tuple[Job, Outcome]]:
        return [entry for entry in self.outcomes.values() if entry[1].status == "failed"]

    def __str__(self) -> str:
        counts = self.counts
        words = [f"{counts[word]} {word}" for word in ("finished", "cached", "failed") if counts[word]]
        among = ", ".join(f"{counts[word]} {word}" for word in ("pruned", "diverged") if counts[word])
        return ", ".join(words or ["none finished"]) + (f" ({among})" if among else "")

    def best_line(self) -> str:
        """The best run so far in words, or "" where there is none."""
        if self.best is None:
            return ""
        job, outcome = self.best
        return f"best {self.metric}={outcome.objective:.4g}: {job.label} (run {outcome.run_id})"


class Display:
    """Progress on a terminal; a line for each run where there is none. Failures go to stderr, the rest to stdout.

    total: jobs of the sweep. answered: those of them that the record answered, with what it says."""

    def __init__(self, tally: Tally, total: int, answered: Sequence[tuple[Job, Outcome]] = ()):
        self.tally, self.total = tally, total
        self.out, self.err = screen(), screen(stderr=True)
        self.began = perf_counter()
        self.running: dict[int, Job] = {}
        self._live: Live | None = None
        self._progress = Progress(
            BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), console=self.out,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=total - len(answered), state="")
        for job, outcome in answered:
            self._count(job, outcome)

    @contextmanager
    def showing(self) -> Iterator[None]:
        """A live display for as long as the block lasts, on a terminal."""
        if not self.out.is_terminal:
            yield
            return
        with Live(self._render(), console=self.out, refresh_per_second=4, transient=True) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def started(self, job: Job) -> None:
        self.running[job.number] = job
        self._refresh()

    def retried(self, job: Job, why: str) -> None:
        self.running.pop(job.number, None)
        self._failure(f"again: {job.label}: {why}", "yellow")

    def waiting(self, job: Job) -> None:
        """Another sweep is at it."""
        self.running.pop(job.number, None)
        self._refresh()

    def done(self, job: Job, outcome: Outcome) -> None:
        self.running.pop(job.number, None)
        self._progress.advance(self._task)
        self._count(job, outcome)
        self._refresh()

    def refused(self, label: str, why: str) -> None:
        """Settings that a search proposed cannot be trained: a failure without a job."""
        self.tally.refused[label] = why
        self._progress.advance(self._task)
        self._failure(f"failed: {label}: {why}", "red")

    def _count(self, job: Job, outcome: Outcome) -> None:
        self.tally.add(job, outcome)
        if outcome.status == "failed":
            self._failure(f"failed: {job.label}: {outcome.line}", "red")
        elif not self.out.is_terminal:
            cached = "cached " if outcome.status == "cached" else ""
            line = f"{len(self.tally.outcomes)}/{self.total} {job.label}: {cached}{outcome.line}"
            self.out.print(line, markup=False)

    def end(self, left: int) -> None:
        """The failures in a table, and the whole in a line. left: jobs that were not done, because something stopped the sweep."""
        failures = [
            (job.label, outcome.line, outcome.run_id)
            for job, outcome in sorted(self.tally.failures, key=lambda entry: entry[0].number)
        ]
        if failures := [*failures, *((label, why, "") for label, why in self.tally.refused.items())]:
            identifier = Column("in MLflow", no_wrap=True)  # which is of no use when cut
            table = Table("run", "why", identifier, title=f"{len(failures)} failed", title_justify="left")
            for label, why, run_id in failures:
                table.add_row(escape(label), escape(why), run_id)
            self.err.print(table)
        stopped = f"; stopped with {left} left, the same command goes on from here" if left else ""
        self.out.print(f"{self.tally}; {perf_counter() - self.began:.1f} s{stopped}", markup=False)

    def _failure(self, line: str, colour: str) -> None:
        shown = self.err if self._live is None else self._live.console  # above the bar, which redraws itself
        shown.print(Text(line, style=colour))
        self._refresh()

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.update(self._render())

    def _render(self) -> RenderableType:
        self._progress.update(self._task, state=f"{len(self.running)} running, {self.tally}")
        names = [job.label for job in self.running.values()]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        lines = [Text(f"running: {'; '.join(names[:SHOWN])}{more}", style="dim", no_wrap=True, overflow="ellipsis")]
        if best := self.tally.best_line():
            lines.append(Text(best, no_wrap=True, overflow="ellipsis"))
        return Group(self._progress, *lines)
