"""Unit by unit, mini-batch by mini-batch: how learning goes well, or fails (experiment E6)."""

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
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, shades
from zerosweep.figures.drawing.sheet import EDGE, LINE, SMALL, Key, page, width_of, wrapped

ROWS: Mapping[str, str] = {
    "accuracy": "accuracy\nof mini-batch",
    "output_weight": "output units:\nmean weight",
    "output_bias": "output units:\nbias",
    "hidden_weight": "hidden units:\nmean weight",
    "hidden_bias": "hidden units:\nbias",
}
"""The panels of a run from the top, by the name of the array that each shows."""

NOTHING = 1e-9
"""Of numbers that are all smaller in size only rounding is left: they are drawn as the zeros that they stand for."""

MAGNITUDES = 1000.0
"""Where the largest of the sizes is more than so many times the middle one, a linear axis would show little but the largest."""

ROW, ABOVE, BELOW, GAP = 1.12, 0.1, 0.42, 0.12
"""Inches: from panel to panel, of that between them, below all of them, and from column to column."""

WIDTHS = {1: 6.0, 2: 3.6, 3: 2.7}
"""Inches of a column without its numbers, by how many there are; of more, NARROW."""

NARROW = 2.2

ENDED = "#eeeeee"
"""Where a run has ended that others went beyond."""


@dataclass(frozen=True)
class Axis:
    """A vertical axis of numbers of either sign. unit: None where it is linear; else a number v is at sign(v) log₁₀(1 + |v| / unit),
    which is log |v| for large ones, with the sign kept, and linear around 0. ticks: (n,), as they are drawn; labels: of the ticks."""

    low: float
    high: float
    unit: float | None
    ticks: Floats
    labels: list[str]

    def place(self, values: Floats) -> Floats:
        """Where the numbers are drawn."""
        return values if self.unit is None else signed_log(values, self.unit)


def signed_log(values: Floats, unit: float) -> Floats:
    """sign(v) log₁₀(1 + |v| / unit), for any finite v, without overflow."""
    sizes = np.abs(values)
    small = np.log10(1 + np.minimum(sizes, 1e6 * unit) / unit)
    large = np.log10(np.maximum(sizes, unit)) - log10(unit)
    return np.sign(values) * np.where(sizes < 1e6 * unit, small, large)


def axis(values: Floats, share: bool = False) -> Axis:
    """Of numbers that may be inf or NaN: linear, unless they span so many magnitudes that it would hide most of them. share:
    from 0 to 1."""
    finite = values[np.isfinite(values)]
    finite = finite if np.abs(finite).max(initial=0) > NOTHING else 0 * finite
    sizes = np.abs(finite[finite != 0])
    if share or not len(sizes) or sizes.max() / MAGNITUDES <= np.median(sizes):
        linear = scale(np.clip(finite, -1e300, 1e300), share=share, ticks=3)
        return Axis(linear.low, linear.high, None, linear.ticks, linear.labels)
    unit = 10.0 ** floor(log10(max(np.quantile(sizes, 0.1), sizes.max() * 1e-300, 1e-300)))
    low, high = (float(end) for end in signed_log(np.array([finite.min(), finite.max()]), unit))
    room = 0.06 * (max(high, 0) - min(low, 0))
    sides = 10.0 ** exponents(log10(unit), log10(sizes.max()))
    numbers: Floats = np.concatenate([-sides[::-1], [0.0], sides])
    ticks = signed_log(numbers, unit)
    shown = (ticks >= low - room) & (ticks <= high + room)
    return Axis(min(low, 0) - room, max(high, 0) + room, unit, ticks[shown], labels_of(numbers[shown]))


def exponents(low: float, high: float) -> Floats:
    """Those of powers of ten for the ticks on one side of 0, where a logarithmic axis reaches from 10^low to 10^high: one or two,
    multiples of a round number, and not crowded at 0; none where there is no room."""
    apart = next((n for n in (1, 2, 3, 5, 10, 20, 25, 50, 100) if n >= (high - low) / 2.5), 150)
    multiples = apart * np.arange(ceil(low / apart), floor(high / apart + 1e-9) + 1, dtype=np.float64)
    return multiples[multiples > low + 0.2 * (high - low)]


def labels_of(powers: Floats) -> list[str]:
    """Powers of ten of either sign, and 0, as short as they can be."""
    short = [f"{power:.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-") for power in powers]
    return [
        f"{power:g}" if 1e-3 <= abs(power) < 1e4 or not power else text
        for power, text in zip(powers, short, strict=True)
    ]


@dataclass(frozen=True)
class Trace:
    """Of one run. title: of its column; arrays: as `zerosweep.training.traces` names them; diverged: whether it ended so."""

    title: str
    arrays: Mapping[str, NDArray[np.generic]]
    diverged: bool = False

    def values(self, row: str) -> Floats:
        """(T, n) of the array of this name; n = 0 where the run has none."""
        values = np.asarray(self.arrays.get(row, np.empty((len(self.steps), 0))), np.float64)
        return values if values.ndim == 2 else values[:, np.newaxis]

    @property
    def steps(self) -> Floats:
        """(T,)"""
        return np.asarray(self.arrays["step"], np.float64)

    @property
    def end(self) -> float:
        """The last mini-batch, 0 where there is none."""
        return float(self.steps[-1]) if len(self.steps) else 0.0

    def ended_before(self, last: float) -> bool:
        """Whether the numbers stopped being finite before this mini-batch."""
        return self.diverged and self.end < last


@np.errstate(all="ignore")
def draw(runs: Sequence[Trace], title: str, notes: Sequence[str] = ()) -> Figure:
    """A column for each run, at least one, with a panel for each of `ROWS` that some run has, all over the same mini-batches.
    Each panel has numbers of its own, but those of accuracy."""
    rows = [row for row in ROWS if any(row in run.arrays for run in runs)]
    axes = [[axis(run.values(row), share=row == "accuracy") for run in runs] for row in rows]
    column, head = WIDTHS.get(len(runs), NARROW), SMALL * LINE
    numbers = [0.12 + width_of([text for row in axes for text in row[i].labels]) for i in range(len(runs))]
    titles = [wrapped(run.title, column, most=2) for run in runs]
    above = 0.06 + head * max(text.count("\n") + 1 if text else 0 for text in titles)
    names = 0.1 + 2 * head
    lefts = names + np.cumsum(numbers) + np.arange(len(runs)) * (column + GAP)
    bottoms = [BELOW + (len(rows) - 1 - i) * ROW for i in range(len(rows))]
    body = float(lefts[-1]) + column + GAP, BELOW + len(rows) * ROW - ABOVE + above
    boxes = [(float(left), bottom, column, ROW - ABOVE) for bottom in bottoms for left in lefts]
    last = max(1.0, *(run.end for run in runs))
    sheet = page(body, boxes, title, key(runs[0]), [*explained(runs, axes, last), *notes])
    panels = iter(sheet.axes)
    for row, across in zip(rows, axes, strict=True):
        for run, vertical in zip(runs, across, strict=True):
            panel(next(panels), run, row, vertical, last, lowest=row == rows[-1])
    for ax, text in zip(sheet.axes, titles, strict=False):
        ax.set_title(text, fontsize=SMALL, y=1.0, pad=3, parse_math=False)
    for bottom, row in zip(bottoms, rows, strict=True):
        sheet.write(
            EDGE, bottom + (ROW - ABOVE) / 2, ROWS[row], rotation=90, va="center", ha="left", multialignment="center"
        )
    sheet.write((float(lefts[0]) + body[0] - GAP) / 2, EDGE, "mini-batch", ha="center")
    return sheet.figure


def panel(ax: Axes, run: Trace, row: str, vertical: Axis, last: float, lowest: bool) -> None:
    """last: mini-batch that is shown; lowest: the panel with the numbers of mini-batches."""
    values = run.values(row)
    colours = [COLOURS[0]] if row == "accuracy" else unit_colours(values.shape[1])
    for line, colour in zip(np.where(np.isfinite(values), values, np.nan).T, colours, strict=True):
        alone = np.isfinite(line).sum() == 1  # a line through one point is none
        ax.plot(run.steps, vertical.place(line), "." if alone else "-", color=colour, linewidth=0.8, clip_on=not alone)
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
    return [to_hex(colour) for colour in shades()(np.linspace(0, 1, max(n, 1)))][:n]


def key(run: Trace) -> Key:
    """The first and the last unit of each layer; the others have the shades between."""
    layers = [list(map(str, run.arrays[name])) for name in ("output_units", "hidden_units") if name in run.arrays]
    first, last = unit_colours(2)
    return Key(
        [
            (Line2D([], [], color=first, linewidth=1.5), f"first unit: {', '.join(units[0] for units in layers)}"),
            (Line2D([], [], color=last, linewidth=1.5), f"last unit: {', '.join(units[-1] for units in layers)}"),
        ]
    )


def explained(runs: Sequence[Trace], axes: Sequence[Sequence[Axis]], last: float) -> list[str]:
    """What is to be said below. last: mini-batch that is shown."""
    notes = []
    if any(one.unit is not None for row in axes for one in row):
        notes.append("Axes with powers of ten are logarithmic in size, with the sign kept, and linear around 0.")
    if any(run.ended_before(last) for run in runs):
        notes.append("Grey: the numbers were no longer finite.")
    return notes
