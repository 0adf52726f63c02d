"""Many runs together: their table, the best, what failed, and figures of one's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zerosweep.api.call import reading
from zerosweep.api.frames import frame_of
from zerosweep.api.recorded import Run
from zerosweep.config.keywords import Overrides
from zerosweep.config.schemas import Objective, Report
from zerosweep.errors import RunsFailed, UserError
from zerosweep.report.comparison import compared
from zerosweep.report.results import Results, analyse
from zerosweep.tracking.record import Recorded

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Runs:
    """Recorded runs with an objective: the base of sweeps, searches and comparisons.

    Args:
        uri: The URI of their store.
        recorded: The runs.
        objective: The metric that runs are compared by, and its direction.
        title: The title of figures.
        report: The path or the address of the report; None where none was written.
        swept: The settings that were swept; empty to find out from the runs.
        failures: The reason of each failure that left no run in the store, in one line, by label.

    Attributes:
        report: The path of the report's page where the store is a local file, else the address of the summary run in
            MLflow's UI; None where no report was written.
    """

    def __init__(
        self,
        uri: str,
        recorded: Sequence[Recorded],
        objective: Objective,
        title: str,
        report: str | None,
        swept: Sequence[str] = (),
        failures: Mapping[str, str] | None = None,
    ):
        self.report = report
        self._uri, self._recorded, self._objective, self._title = uri, list(recorded), objective, title
        self._swept, self._failures = list(swept), dict(failures or {})

    @cached_property
    def _results(self) -> Results:
        return analyse(self._recorded, self._objective, self._swept, failed=self._failures)

    @cached_property
    def runs(self) -> DataFrame:
        """A row for each run, with the columns of `zs.runs`."""
        return frame_of(self._recorded, self._uri)

    @property
    def best(self) -> Run | None:
        """The run of the best combination in `ranking`; None where no combination has a value.

        Of repeats with several seeds it is the one whose value is nearest to their mean, and not the luckiest.
        """
        first = next(iter(self._results.ranking), None)
        if first is None or first.value is None:
            return None
        metric, middle = self._results.objective.metric, first.value
        return Run(min(first.measured, key=lambda run: abs(run.metrics[metric] - middle)), self._uri)

    @property
    def ranking(self) -> DataFrame:
        """A row for each combination of the settings that varied, the best first.

        The columns are the settings, the mean of the objective over the repeats (NaN where one of them diverged), the
        ends `low` and `high` of its 95 % interval (NaN for one run), and the numbers of `runs` and `diverged` runs.
        """
        from pandas import DataFrame

        nothing = (math.nan, math.nan)
        names, metric = self._results.factors.names, self._results.objective.metric
        rows = [
            (*each.levels.values(), each.value, *(each.interval or nothing), len(each.runs), each.diverged)
            for each in self._results.ranking
        ]
        return DataFrame(rows, columns=[*names, metric, "low", "high", "runs", "diverged"])

    @property
    def failed(self) -> DataFrame:
        """A row for each run that failed or was stopped: its name, why, and the run_id, "" if it left no run."""
        from pandas import DataFrame

        rows = [(one.label, one.why, one.run.run_id if one.run else "") for one in self._results.failures]
        return DataFrame(rows, columns=["name", "why", "run_id"])

    def check(self) -> None:
        """Raise if a run failed or was stopped.

        Raises:
            RunsFailed: Some run did; the message names the first.
        """
        if failures := self._results.failures:
            first = f"{failures[0].label}: {failures[0].why}"
            raise RunsFailed(f"{len(failures)} of {len(self._recorded) + len(self._failures)} runs failed; {first}")

    def __repr__(self) -> str:
        best = f"; best {self.best!r}" if self.best else ""
        return f"<{type(self).__name__.lower()} of {self._results.counts}{best}>"


class Comparison(Runs):
    """Recorded runs, compared by the settings that vary among them."""

    def plot(
        self,
        y: str | list[str] | None = None,
        *,
        figure: str | None = None,
        panels: str | None = None,
        lines: str | None = None,
        x: str | None = None,
    ) -> Figure:
        """Return a figure of the runs, which a notebook shows. What is None is chosen by which settings varied.

        Args:
            y: The metric, or a list of metrics; None for the objective's.
            figure: curves, heat_map, intervals, histograms, traces, trajectories, gradient_field or gradients.
            panels: The setting with a panel for each value.
            lines: The setting with a line for each value, or a row of a heat map.
            x: The setting along the x-axis of a heat map.

        Raises:
            SettingError: A setting did not vary, or the runs lack what the figure is drawn from.
        """
        from zerosweep.report.pictures import figures

        with reading():
            chosen = Report(figure=figure, y=y, panels=panels, lines=lines, x=x)
            drawn: Any = next(figures(self._uri, self._recorded, chosen, self._results, self._title), None)
        if drawn is None:
            raise UserError("plot: no run has ended, so there is nothing to draw")
        return drawn[1]  # type: ignore[no-any-return]


def compare(filter: str = "", *arguments: Overrides, **settings: Any) -> Comparison:
    """Compare the recorded runs that a filter finds, and write the same report as `zerosweep compare`.

    Of runs with equal configuration, code and data only the latest is compared.

    Args:
        filter: A filter of MLflow, such as 'params.bn = "true"'; "" for all runs.
        arguments: Overrides of `report`, `objective` and `tracking`.
        settings: The same by name, as in `report={"lines": "optimizer"}`.

    Raises:
        UserError: The filter or a setting has a mistake, or no run is found.

    >>> import zerosweep as zs
    >>> run = zs.run("optimizer=adam", bn=True, seed=3)
    >>> zs.compare('params.seed = "3"', report={"figure": "none"}).best.run_id == run.run_id
    True
    """
    with reading(arguments, settings) as given:
        found = compared([filter, *given])
    context = found.context
    return Comparison(context.uri, found.runs, context.objective, context.title, found.summary.location, context.swept)
