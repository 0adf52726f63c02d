"""The figure `traces`: weights and biases of each unit at each mini-batch, a column for each run (experiment E6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, by_levels, combination_title, titles_in
from zerosweep.figures.drawing.lettering import LINE, SMALL, height_of, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, shades
from zerosweep.figures.drawing.panels import write_title
from zerosweep.figures.drawing.sheet import EDGE, NARROWEST, WIDEST, Key, count_range, new_sheet

ROWS: Mapping[str, str] = {
    "accuracy": "accuracy\nof mini-batch",
    "output_weight": "output units:\nmean weight",
    "output_bias": "output units:\nbias",
    "hidden_weight": "hidden units:\nmean weight",
    "hidden_bias": "hidden units:\nbias",
}
"""Labels of the panels of a run, from the top, by the name of the array that each shows."""

NOTHING = 1e-9
"""Numbers are drawn as zeros where none is larger in size: they are the rounding of sums that vanish."""

MAGNITUDES = 1000.0
"""An axis is logarithmic where the largest size exceeds the median by more than this factor."""

ROW, ABOVE, BELOW, GAP = 1.12, 0.1, 0.42, 0.12
"""Inches from panel to panel in a column, of that between them, below all panels, and between columns."""

WIDE = 6.0
"""Width of a single column in inches, without its numbers."""

ENDED = "#eeeeee"
"""Background after the end of a run that diverged before others ended."""

MOST_COLUMNS = 6
"""The most columns of a comparison."""


@dataclass(frozen=True)
class TraceAxis:
    """A vertical axis of numbers of either sign.

    On a logarithmic axis a number v is at sign(v) log₁₀(1 + |v| / unit). Around 0 this is linear. Where v is large it
    is log |v| with the sign of v.

    Attributes:
        low: The lower end, as a place on the axis.
        high: The upper end.
        unit: None where the axis is linear.
        ticks: Places of the ticks, shape (n,).
        labels: Text of each tick.
    """

    low: float
    high: float
    unit: float | None
    ticks: Floats
    labels: list[str]

    def place(self, values: Floats) -> Floats:
        """Return the places of these numbers on the axis."""
        return values if self.unit is None else signed_log(values, self.unit)


def signed_log(values: Floats, unit: float) -> Floats:
    """Return sign(v) log₁₀(1 + |v| / unit) of finite values, without overflow."""
    sizes = np.abs(values)
    small = np.log10(1 + np.minimum(sizes, 1e6 * unit) / unit)
    large = np.log10(np.maximum(sizes, unit)) - log10(unit)
    return np.sign(values) * np.where(sizes < 1e6 * unit, small, large)


def trace_axis(values: Floats, unit_range: bool = False) -> TraceAxis:
    """Return the axis for values that may be inf or NaN. It is linear, unless most values would be invisible then.

    Args:
        values: The values, of any shape.
        unit_range: Whether the axis is from 0 to 1 instead.
    """
    finite = values[np.isfinite(values)]
    finite = finite if np.abs(finite).max(initial=0) > NOTHING else 0 * finite
    sizes = np.abs(finite[finite != 0])
    if unit_range or not len(sizes) or sizes.max() / MAGNITUDES <= np.median(sizes):
        linear = scale(np.clip(finite, -1e300, 1e300), unit_range=unit_range, ticks=3)
        return TraceAxis(linear.low, linear.high, None, linear.ticks, linear.labels)
    unit = 10.0 ** floor(log10(max(np.quantile(sizes, 0.1), sizes.max() * 1e-300, 1e-300)))
    low, high = (float(end) for end in signed_log(np.array([finite.min(), finite.max()]), unit))
    margin = 0.06 * (max(high, 0) - min(low, 0))
    sides = 10.0 ** exponents(log10(unit), log10(sizes.max()))
    numbers: Floats = np.concatenate([-sides[::-1], [0.0], sides])
    ticks = signed_log(numbers, unit)
    shown = (ticks >= low - margin) & (ticks <= high + margin)
    return TraceAxis(min(low, 0) - margin, max(high, 0) + margin, unit, ticks[shown], power_labels(numbers[shown]))


def exponents(low: float, high: float) -> Floats:
    """Return the exponents of one or two ticks on one side of 0, or of none where they would be crowded.

    They are multiples of a round number.

    Args:
        low: Exponent of ten where the axis begins to be logarithmic.
        high: Exponent of ten where it ends.
    """
    apart = next((n for n in (1, 2, 3, 5, 10, 20, 25, 50, 100) if n >= (high - low) / 2.5), 150)
    multiples = apart * np.arange(ceil(low / apart), floor(high / apart + 1e-9) + 1, dtype=np.float64)
    return multiples[multiples > low + 0.2 * (high - low)]


def power_labels(powers: Floats) -> list[str]:
    """Return short texts for powers of ten of either sign, and 0."""
    short = [f"{power:.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-") for power in powers]
    return [
        f"{power:g}" if 1e-3 <= abs(power) < 1e4 or not power else text
        for power, text in zip(powers, short, strict=True)
    ]


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
        """Return the array of this name, shape (T, n); n is 0 where the run has none."""
        values = np.asarray(self.arrays.get(row, np.empty((len(self.steps), 0))), np.float64)
        return values if values.ndim == 2 else values[:, np.newaxis]

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
    for combination, (run, *_) in list(groups.items())[:MOST_COLUMNS]:
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


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw the traces of a comparison."""
    found, notes = columns(runs, factors)
    return draw_traces(found, title, notes) if found else new_sheet((NARROWEST, 0.1), [], title, Key([]), notes).figure


@np.errstate(all="ignore")
def draw_traces(runs: Sequence[Trace], title: str, notes: Sequence[str] = ()) -> Figure:
    """Draw a column for each run, at least one, with a panel for each of `ROWS` that some run has.

    All panels span the same mini-batches. Each has a vertical axis of its own, except that of the accuracy.
    """
    rows = [row for row in ROWS if any(row in run.arrays for run in runs)]
    axes = [[trace_axis(run.values(row), unit_range=row == "accuracy") for run in runs] for row in rows]
    numbers = [0.12 + width_of([text for row in axes for text in row[i].labels]) for i in range(len(runs))]
    names = 0.1 + 2 * SMALL * LINE
    column = min(WIDE, (WIDEST - names - sum(numbers)) / len(runs) - GAP)
    titles = [wrapped(run.title, column) for run in runs]
    above = 0.06 + height_of(titles)
    lefts = names + np.cumsum(numbers) + np.arange(len(runs)) * (column + GAP)
    bottoms = [BELOW + (len(rows) - 1 - i) * ROW for i in range(len(rows))]
    body = float(lefts[-1]) + column + GAP, BELOW + len(rows) * ROW - ABOVE + above
    boxes = [(float(left), bottom, column, ROW - ABOVE) for bottom in bottoms for left in lefts]
    last = max(1.0, *(run.end for run in runs))
    sheet = new_sheet(body, boxes, title, _key(runs[0]), [*_notes(runs, axes, last), *notes])
    panels = iter(sheet.axes)
    for row, across in zip(rows, axes, strict=True):
        for run, vertical in zip(runs, across, strict=True):
            _panel(next(panels), run, row, vertical, last, lowest=row == rows[-1])
    for ax, text in zip(sheet.axes, titles, strict=False):
        write_title(ax, text)
    for bottom, row in zip(bottoms, rows, strict=True):
        sheet.write(EDGE, bottom + (ROW - ABOVE) / 2, ROWS[row], rotation=90, va="center")
    sheet.write((float(lefts[0]) + body[0] - GAP) / 2, EDGE, "mini-batch", ha="center", va="bottom")
    return sheet.figure


def _panel(ax: Axes, run: Trace, row: str, vertical: TraceAxis, last: float, lowest: bool) -> None:
    """Draw one array of one run.

    Args:
        ax: The panel.
        run: The run.
        row: The name of the array.
        vertical: The vertical axis.
        last: The last mini-batch that is shown.
        lowest: Whether the mini-batches are written below this panel.
    """
    values = run.values(row)
    colours = [COLOURS[0]] if row == "accuracy" else unit_colours(values.shape[1])
    for line, colour in zip(np.where(np.isfinite(values), values, np.nan).T, colours, strict=True):
        single = np.isfinite(line).sum() == 1  # a line through one point is invisible
        ax.plot(
            run.steps, vertical.place(line), "." if single else "-", color=colour, linewidth=0.8, clip_on=not single
        )
    horizontal = scale(np.array([0.0, last]), ticks=3, margin=0)
    ax.set(xlim=(0, last), ylim=(vertical.low, vertical.high))
    if run.ended_before(last):
        ax.axvspan(run.end, last, color=ENDED, zorder=0)
    ax.set_xticks(horizontal.ticks, horizontal.labels if lowest else [""] * len(horizontal.ticks))
    ax.set_yticks(vertical.ticks, vertical.labels)
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)


def unit_colours(n: int) -> list[str]:
    """Return a colour for each of n units."""
    return [to_hex(colour) for colour in shades()(np.linspace(0, 1, max(n, 1)))][:n]


def _key(run: Trace) -> Key:
    """Return the colours of the first and the last unit of each layer; the others have the shades between."""
    layers = [list(map(str, run.arrays[name])) for name in ("output_units", "hidden_units") if name in run.arrays]
    first, last = unit_colours(2)
    return Key(
        [
            (Line2D([], [], color=first, linewidth=1.5), f"first unit: {', '.join(units[0] for units in layers)}"),
            (Line2D([], [], color=last, linewidth=1.5), f"last unit: {', '.join(units[-1] for units in layers)}"),
        ]
    )


def _notes(runs: Sequence[Trace], axes: Sequence[Sequence[TraceAxis]], last: float) -> list[str]:
    """Return sentences on logarithmic axes and grey panels. last: the last mini-batch that is shown."""
    notes = []
    if any(vertical.unit is not None for row in axes for vertical in row):
        notes.append("Axes with powers of ten are logarithmic in size, with the sign kept, and linear around 0.")
    if any(run.ended_before(last) for run in runs):
        notes.append("Grey: the numbers were no longer finite.")
    return notes
