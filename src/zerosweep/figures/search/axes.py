"""The axes of a search's figures.

An axis follows how the search drew the values, and not how these happen to be spread.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import WIDE, Scale, has_unit_range, scale, tick_labels
from zerosweep.figures.drawing.lettering import SMALL, width_of
from zerosweep.figures.drawing.numbers import Floats

LONGEST, BETWEEN = 8, 0.1
"""The most characters of a tick at a level, and the least inches between two of them."""


def linear_scale(values: Floats, ticks: int = 4) -> Scale:
    """Return a linear axis for finite `values`, shape (n,), however many decades they span."""
    wide = len(values) and values.min() > 0 and values.max() / WIDE > values.min()
    # `scale` takes a log axis for wide positive values; with 0 among them, which is hardly further away, it does not
    return scale(np.append(values, 0.0), ticks=ticks) if wide else scale(values, ticks=ticks)


def log_scale(values: Floats, ticks: int = 4) -> Scale:
    """Return a log axis for positive `values`, shape (n,), however little they span."""
    found = scale(values, ticks=ticks)
    if found.log:
        return found
    low, high = float(values.min()), float(values.max())
    margin = max((high / low) ** 0.04, 1.02)
    low, high = low / margin, high * margin
    places = found.ticks[(found.ticks >= low) & (found.ticks <= high)]
    for leading in ((1, 2, 5), (1, 3), (1,)):
        powers = range(floor(log10(low)), ceil(log10(high)) + 1)
        steps = np.array([float(f"{first}e{power}") for power in powers for first in leading])
        within = steps[(steps >= low) & (steps <= high)]
        if 2 <= len(within) <= ticks + 1:
            places = within
            break
    return Scale(low, high, True, places, tick_labels(places))


def ticks_at(along: Scale, values: Floats, width: float) -> Scale:
    """Return the axis, `width` inches long, with ticks at these ascending values, shape (n,).

    It is unchanged if their labels are long or would overlap.
    """
    written = [f"{value:.12g}" for value in values]
    halves = np.array([width_of([text]) for text in written]) / 2
    apart = np.diff(along.fraction(values)) * width
    crowded = max(map(len, written)) > LONGEST or bool((apart < halves[1:] + halves[:-1] + BETWEEN).any())
    return along if crowded else Scale(along.low, along.high, along.log, values, written)


def right_margin(along: Scale) -> float:
    """Return the inches to leave right of an axis, for the half of its last number that extends beyond it."""
    return max(0.2, 0.05 + width_of(along.labels) / 2)


def panel_gap(scales: Iterable[Scale]) -> float:
    """Return the inches between panels side by side with these x axes, so that their numbers do not overlap."""
    return max([0.25, *(0.05 + width_of(along.labels) for along in scales)])


def count_scale(counts: Floats, ticks: int = 4) -> Scale:
    """Return an axis from 0 for steps or trial numbers, shape (n,), with ticks at integers."""
    found = scale(np.append(counts, [0.0, 1.0]), ticks=ticks, margin=0.02)
    whole = np.unique(np.round(found.ticks))
    whole = whole[np.isin(whole, np.round(found.ticks, 6))]
    return Scale(found.low, found.high, False, whole, tick_labels(whole))


def objective_scale(metric: str, values: Floats, ticks: int = 5, margin: float = 0.04) -> Scale:
    """Return the axis of an objective with finite `values`, shape (n,). Without values it has no numbers."""
    if not len(values):
        return Scale(0.0, 1.0, False, np.array([]), [])
    return scale(values, ticks=ticks, margin=margin, unit_range=has_unit_range(metric, values))


def set_axes(ax: Axes, x: Scale, y: Scale, *, numbers: tuple[bool, bool] = (True, True), upright: bool = False) -> None:
    """Set the limits, ticks, numbers and grid of a panel. There are no minor ticks, as ticks are slow to draw.

    Args:
        numbers: Whether numbers are written along x and along y.
        upright: Whether the numbers along x are rotated by 90 degrees.
    """
    for axis, along, shown in (("x", x, numbers[0]), ("y", y, numbers[1])):
        if along.log:
            getattr(ax, f"set_{axis}scale")("log")
            getattr(ax, f"{axis}axis").set_minor_locator(NullLocator())
        getattr(ax, f"set_{axis}lim")(along.low, along.high)
        getattr(ax, f"set_{axis}ticks")(
            along.ticks, along.labels if shown else [""] * len(along.ticks), parse_math=False
        )
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    ax.tick_params(axis="x", labelrotation=90 if upright else 0)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
