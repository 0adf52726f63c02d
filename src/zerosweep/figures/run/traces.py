"""The figure `traces`: weights and biases of each unit at each mini-batch, a column for each run (experiment E6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from zerosweep.figures.drawing.compared import Combination, ComparedRun, by_levels, combination_title, titles_in
from zerosweep.figures.drawing.lettering import LINE, SMALL, height_of, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, shades
from zerosweep.figures.drawing.panels import write_title
from zerosweep.figures.drawing.sheet import EDGE, NARROWEST, WIDEST, Key, count_range, new_sheet
from zerosweep.figures.run.trace_axes import FIRST, Steps, TraceAxis, trace_axis
from zerosweep.training.traces import UNITS, stops

ROWS: Mapping[str, str] = {
    "accuracy": "accuracy\nof mini-batch",
    "output_weight": "output units:\nmean weight",
    "output_bias": "output units:\nbias",
    "hidden_weight": "hidden units:\nmean weight",
    "hidden_bias": "hidden units:\nbias",
}
"""Labels of the panels of a run, from the top, by the name of the array that each shows."""

DRAWN = 10
"""The hidden units that are drawn, from the first on: 0 to 9 of the layer, as in the article."""

RATE = "optimizer.lr"
"""The setting whose columns are in decreasing order, the highest rate first."""

ROW, ABOVE, BELOW, GAP = 1.12, 0.1, 0.42, 0.12
"""Inches from panel to panel in a column, of that between them, below all panels, and between columns."""

WIDE = 6.0
"""Width of a single column in inches, without its numbers."""

ENDED = "#eeeeee"
"""Background after the end of a run that diverged before others ended."""

MOST_COLUMNS = 6
"""The most columns of a comparison."""


@dataclass(frozen=True)
class Trace:
    """The traces of one run.

    Attributes:
        title: The title of its column.
        arrays: The arrays that `zerosweep.training.traces` makes, by name.
        diverged: Whether the run diverged.
    """

    title: str
    arrays: Mapping[str, NDArray[np.generic]]
    diverged: bool = False

    def values(self, row: str) -> Floats:
        """Return the lines of this name that are drawn, shape (T, n); n is 0 where the run has none."""
        values = np.asarray(self.arrays.get(row, np.empty((len(self.steps), 0))), np.float64)
        return values[:, :DRAWN] if values.ndim == 2 else values[:, np.newaxis]

    @property
    def stops(self) -> Floats:
        """When each hidden unit of the trace stopped for good, (n,), also of those that are not drawn."""
        layers = [np.asarray(self.arrays[name], np.float64) for name in UNITS if name in self.arrays]
        return stops(*layers) if layers else np.empty(0)

    @property
    def stopped(self) -> str:
        """How many units stopped for good, of those drawn and of all, as text; "" where none did."""
        found = np.isfinite(self.stops)
        drawn = found[:DRAWN]
        if not found.any():
            return ""
        of_all = f", {found.sum()} of all {len(found)}" if len(found) > len(drawn) else ""
        return f"stopped for good: {drawn.sum()} of the {len(drawn)} hidden units drawn{of_all}"

    @property
    def steps(self) -> Floats:
        """The recorded mini-batches, shape (T,)."""
        return np.asarray(self.arrays["step"], np.float64)

    @property
    def end(self) -> float:
        """The last recorded mini-batch, 0 where there is none."""
        return float(self.steps[-1]) if len(self.steps) else 0.0

    def ended_before(self, last: float) -> bool:
        """Return whether the numbers stopped being finite before the mini-batch `last`."""
        return self.diverged and self.end < last


def columns(runs: Sequence[ComparedRun], factors: Sequence[str]) -> tuple[list[Trace], list[str]]:
    """Return a column for each combination of levels of which a run saved traces, and sentences on what is left out.

    Of repeats the first is drawn.
    """
    traced = [run for run in runs if run.arrays]
    titles = titles_in(traced, factors)
    groups = by_levels(traced, factors)
    found = []
    for combination in highest_rate_first(list(groups), factors)[:MOST_COLUMNS]:
        run = groups[combination][0]
        settings = combination_title(factors, combination, titles)
        column = f"{settings}: {run.verdict}" if settings else run.verdict
        found.append(Trace(column, run.arrays, run.verdict == "diverged"))
    notes = []
    if max(map(len, groups.values()), default=1) > 1:
        seeds = {run.seed for run, *_ in groups.values()}
        which = f"seed {seeds.pop()}" if len(seeds) == 1 and any(seeds) else "the first one"
        notes.append(
            f"Of {count_range(map(len, groups.values()))} runs each, which differ in the seed, {which} is drawn."
        )
    if missing := len(runs) - len(traced):
        notes.append(f"{missing} of {len(runs)} runs without a trace: trainer.trace=true saves one.")
    if len(groups) > MOST_COLUMNS:
        notes.append(f"{len(groups) - MOST_COLUMNS} more combinations are not drawn.")
    return found, notes


def highest_rate_first(combinations: Sequence[Combination], factors: Sequence[str]) -> list[Combination]:
    """Return combinations in the order of their levels with higher rates first, within equal levels of earlier factors."""
    if RATE not in factors:
        return list(combinations)
    before = list(factors).index(RATE)
    alike = groupby(combinations, key=lambda combination: combination[:before])
    return [combination for _, same in alike for combination in reversed(list(same))]


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the traces of a comparison."""
    found, notes = columns(runs, factors)
    return draw_traces(found, title, notes) if found else new_sheet((NARROWEST, 0.1), [], title, Key([]), notes).figure


@np.errstate(all="ignore")
def draw_traces(runs: Sequence[Trace], title: str, notes: Sequence[str] = ()) -> Figure:
    """Draw a column for each run, at least one, with a panel for each of `ROWS` that some run has.

    All panels span the same mini-batches, the first of which are stretched if units stop for good there. Each has a
    vertical axis of its own, except that of the accuracy.
    """
    rows = [row for row in ROWS if any(row in run.arrays for run in runs)]
    axes = [[trace_axis(run.values(row), unit_range=row == "accuracy") for run in runs] for row in rows]
    numbers = [0.12 + width_of([text for row in axes for text in row[i].labels]) for i in range(len(runs))]
    names = 0.1 + 2 * SMALL * LINE
    column = min(WIDE, (WIDEST - names - sum(numbers)) / len(runs) - GAP)
    titles = ["\n".join(wrapped(text, column, most=4) for text in (run.title, run.stopped) if text) for run in runs]
    above = 0.06 + height_of(titles)
    lefts = names + np.cumsum(numbers) + np.arange(len(runs)) * (column + GAP)
    bottoms = [BELOW + (len(rows) - 1 - i) * ROW for i in range(len(rows))]
    body = float(lefts[-1]) + column + GAP, BELOW + len(rows) * ROW - ABOVE + above
    boxes = [(float(left), bottom, column, ROW - ABOVE) for bottom in bottoms for left in lefts]
    last = max(1.0, *(run.end for run in runs))
    steps = Steps(last, stretched=last > 4 * FIRST and any((run.stops <= FIRST).any() for run in runs))
    sheet = new_sheet(body, boxes, title, _key(runs[0]), [*_notes(runs, axes, steps), *notes])
    panels = iter(sheet.axes)
    for row, across in zip(rows, axes, strict=True):
        for run, vertical in zip(runs, across, strict=True):
            _panel(next(panels), run, row, vertical, steps, lowest=row == rows[-1])
    for ax, text in zip(sheet.axes, titles, strict=False):
        write_title(ax, text)
    for bottom, row in zip(bottoms, rows, strict=True):
        sheet.write(EDGE, bottom + (ROW - ABOVE) / 2, ROWS[row], rotation=90, va="center")
    sheet.write((float(lefts[0]) + body[0] - GAP) / 2, EDGE, "mini-batch", ha="center", va="bottom")
    return sheet.figure


def _panel(ax: Axes, run: Trace, row: str, vertical: TraceAxis, steps: Steps, lowest: bool) -> None:
    """Draw one array of one run.

    Args:
        ax: The panel.
        run: The run.
        row: The name of the array.
        vertical: The vertical axis.
        steps: The horizontal axis.
        lowest: Whether the mini-batches are written below this panel.
    """
    values = run.values(row)
    colours = [COLOURS[0]] if row == "accuracy" else unit_colours(values.shape[1])
    for line, colour in zip(np.where(np.isfinite(values), values, np.nan).T, colours, strict=True):
        single = np.isfinite(line).sum() == 1  # a line through one point is invisible
        at = steps.place(run.steps), vertical.place(line)
        ax.plot(*at, "." if single else "-", color=colour, linewidth=0.8, clip_on=not single)
    ax.set(xlim=(0, steps.last), ylim=(vertical.low, vertical.high))
    if run.ended_before(steps.last):
        ax.axvspan(*steps.place(np.array([run.end, steps.last])), color=ENDED, zorder=0)
    if steps.stretched:
        ax.axvline(float(steps.place(np.array([FIRST]))[0]), color="#888888", linewidth=0.8, zorder=0)
    places, labels = steps.ticks()
    ax.set_xticks(places, labels if lowest else [""] * len(labels))
    ax.set_yticks(vertical.ticks, vertical.labels)
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)


def unit_colours(n: int) -> list[str]:
    """Return a colour for each of n units."""
    return [to_hex(colour) for colour in shades()(np.linspace(0, 1, max(n, 1)))][:n]


def _key(run: Trace) -> Key:
    """Return the colours of the first and the last unit of each layer; the others have the shades between."""
    layers = [
        list(map(str, run.arrays[name]))[:DRAWN] for name in ("output_units", "hidden_units") if name in run.arrays
    ]
    first, last = unit_colours(2)
    return Key(
        [
            (Line2D([], [], color=first, linewidth=1.5), f"first unit: {', '.join(units[0] for units in layers)}"),
            (Line2D([], [], color=last, linewidth=1.5), f"last unit: {', '.join(units[-1] for units in layers)}"),
        ]
    )


def _notes(runs: Sequence[Trace], axes: Sequence[Sequence[TraceAxis]], steps: Steps) -> list[str]:
    """Return sentences on the axes, on lines that leave their panels, and on grey panels."""
    notes = []
    if any(vertical.log for row in axes for vertical in row):
        notes.append("Axes with powers of ten show log |v|: where a line changes its sign it dips.")
    if steps.stretched:
        notes.append(f"The first {FIRST} mini-batches, left of the line, are stretched: there units stop for good.")
    rows = [row for row in ROWS if any(row in run.arrays for run in runs)]
    left = [
        len(vertical.beyond(run.values(row)))
        for row, across in zip(rows, axes, strict=True)
        for run, vertical in zip(runs, across, strict=True)
    ]
    if any(left):
        notes.append(f"{sum(left)} lines leave their panels, at most {max(left)} each: the others would be squashed.")
    if any(run.ended_before(steps.last) for run in runs):
        notes.append("Grey: the numbers were no longer finite.")
    return notes
