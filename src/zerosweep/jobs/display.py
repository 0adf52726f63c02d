"""Progress and final summary of a sweep or a search, on a terminal, in a notebook or in a file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.screen import NotebookLive, in_notebook, screen

MOST_NAMED = 4
"""Maximal number of running jobs that are named under the progress bar."""


@dataclass
class Tally:
    """The outcomes of a sweep so far.

    Attributes:
        metric: Name of the objective's metric.
        maximize: Whether a larger objective is better.
        outcomes: Each job with its outcome, by the job's number.
        refused: The reason why a search's proposal cannot be trained, by the proposal's label.
    """

    metric: str
    maximize: bool
    outcomes: dict[int, tuple[Job, Outcome]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, job: Job, outcome: Outcome) -> None:
        self.outcomes[job.number] = job, outcome

    @property
    def counts(self) -> Counter[str]:
        """Number of jobs by status (finished, cached, failed), and of diverged and pruned jobs among those."""
        counts = Counter(outcome.status for _, outcome in self.outcomes.values())
        counts["failed"] += len(self.refused)
        counts["diverged"] = sum(outcome.verdict == "diverged" for _, outcome in self.outcomes.values())
        counts["pruned"] = sum(outcome.pruned for _, outcome in self.outcomes.values())
        return counts

    @property
    def best(self) -> tuple[Job, Outcome] | None:
        """The job with the best objective so far, with its outcome. Of equal objectives the first job's counts."""
        valued = [entry for entry in self.outcomes.values() if not math.isnan(entry[1].objective)]
        sign = 1 if self.maximize else -1
        return max(valued, key=lambda entry: (sign * entry[1].objective, -entry[0].number), default=None)

    @property
    def failures(self) -> list[tuple[Job, Outcome]]:
        """The jobs that failed, with their outcomes."""
        return [entry for entry in self.outcomes.values() if entry[1].status == "failed"]

    def __str__(self) -> str:
        counts = self.counts
        words = [f"{counts[word]} {word}" for word in ("finished", "cached", "failed") if counts[word]]
        among = ", ".join(f"{counts[word]} {word}" for word in ("pruned", "diverged") if counts[word])
        return ", ".join(words or ["none finished"]) + (f" ({among})" if among else "")

    def best_line(self) -> str:
        """Return a line that describes the best run so far, or "" if there is none."""
        if self.best is None:
            return ""
        job, outcome = self.best
        return f"best {self.metric}={outcome.objective:.4g}: {job.label} (run {outcome.run_id})"


class Display:
    """Display of a running sweep: a live progress bar on a terminal and in a notebook, else a line per run.

    Failures go to stderr, all else to stdout.

    Args:
        tally: The outcomes, to which the display adds each new one.
        total: Number of jobs of the sweep.
        answered: The jobs that recorded runs have answered already, with their outcomes.
        quiet: Whether to show nothing.
    """

    def __init__(self, tally: Tally, total: int, answered: Sequence[tuple[Job, Outcome]] = (), *, quiet: bool = False):
        self.tally, self.total = tally, total
        self.out, self.err = screen(quiet=quiet), screen(stderr=True, quiet=quiet)
        self._in_notebook = in_notebook()
        self.began = perf_counter()
        self.running: dict[int, Job] = {}
        self._live: Live | NotebookLive | None = None
        self._progress = Progress(
            BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), console=self.out,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=total - len(answered), state="")
        for job, outcome in answered:
            self._count(job, outcome)

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show a live display while the block lasts, on a terminal and in a notebook."""
        if self.out.quiet or not (self.out.is_terminal or self._in_notebook):
            yield
            return
        with ExitStack() as showing:
            if self._in_notebook:
                self._live = NotebookLive(self._render())
                showing.callback(self._live.clear)
            else:
                self._live = Live(self._render(), console=self.out, refresh_per_second=4, transient=True)
                showing.enter_context(self._live)
            try:
                yield
            finally:
                self._live = None

    def started(self, job: Job) -> None:
        """Show that a worker has begun the job."""
        self.running[job.number] = job
        self._refresh()

    def retried(self, job: Job, why: str) -> None:
        """Show that the job failed, for the reason `why`, and will start again."""
        self.running.pop(job.number, None)
        self._failure(f"again: {job.label}: {why}", "yellow")

    def waiting(self, job: Job) -> None:
        """Show the job as not running here, because another sweep is running it."""
        self.running.pop(job.number, None)
        self._refresh()

    def done(self, job: Job, outcome: Outcome) -> None:
        """Count the job's final outcome and show it."""
        self.running.pop(job.number, None)
        self._progress.advance(self._task)
        self._count(job, outcome)
        self._refresh()

    def refused(self, label: str, why: str) -> None:
        """Count and show a failure without a job: a search proposed settings that cannot be trained."""
        self.tally.refused[label] = why
        self._progress.advance(self._task)
        self._failure(f"failed: {label}: {why}", "red")

    def _count(self, job: Job, outcome: Outcome) -> None:
        self.tally.add(job, outcome)
        if outcome.status == "failed":
            self._failure(f"failed: {job.label}: {outcome.line}", "red")
        elif not (self.out.is_terminal or self._in_notebook):
            cached = "cached " if outcome.status == "cached" else ""
            line = f"{len(self.tally.outcomes)}/{self.total} {job.label}: {cached}{outcome.line}"
            self.out.print(line, markup=False)

    def end(self, left: int) -> None:
        """Show a table of the failures, and a line that sums up the sweep.

        Args:
            left: Number of jobs that were not done because the sweep was stopped.
        """
        failures = [
            (job.label, outcome.line, outcome.run_id)
            for job, outcome in sorted(self.tally.failures, key=lambda entry: entry[0].number)
        ]
        if failures := [*failures, *((label, why, "") for label, why in self.tally.refused.items())]:
            identifier = Column("in MLflow", no_wrap=True)  # an id that is cut cannot be searched for
            table = Table("run", "why", identifier, title=f"{len(failures)} failed", title_justify="left")
            for label, why, run_id in failures:
                table.add_row(escape(label), escape(why), run_id)
            self.err.print(table)
        stopped = f"; stopped with {left} left, the same command resumes from here" if left else ""
        self.out.print(f"{self.tally}; {perf_counter() - self.began:.1f} s{stopped}", markup=False)

    def _failure(self, line: str, colour: str) -> None:
        # The console of a live display prints above the bar, which redraws itself.
        console = self._live.console if isinstance(self._live, Live) else self.err
        console.print(Text(line, style=colour))
        self._refresh()

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.update(self._render())

    def _render(self) -> RenderableType:
        self._progress.update(self._task, state=f"{len(self.running)} running, {self.tally}")
        names = [job.label for job in self.running.values()]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        named = f"running: {'; '.join(names[:MOST_NAMED])}{more}"
        lines = [Text(named, style="dim", no_wrap=True, overflow="ellipsis")]
        if best := self.tally.best_line():
            lines.append(Text(best, no_wrap=True, overflow="ellipsis"))
        return Group(self._progress, *lines)
