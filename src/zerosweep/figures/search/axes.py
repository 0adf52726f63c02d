"""The axes of a search's figures: as the search went along them, and not as its values happen to lie."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import WIDE, Scale, has_unit_range, scale, tick_labels
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.sheet import SMALL, width_of


def linear(values: Floats, ticks: int = 4) -> Scale:
    """Of finite values, however much they span."""
    wide = len(values) and values.min() > 0 and values.max() / WIDE > values.min()
    return scale(np.append(values, 0.0), ticks=ticks) if wide else scale(values, ticks=ticks)  # 0 is hardly further


def logarithmic(values: Floats, ticks: int = 4) -> Scale:
    """Of positive values, however little they span."""
    found = scale(values, ticks=ticks)
    if found.log:
        return found
    low, high = float(values.min()), float(values.max())
    room = max((high / low) ** 0.04, 1.02)
    low, high = low / room, high * room
    places = found.ticks[(found.ticks >= low) & (found.ticks <= high)]
    for leading in ((1, 2, 5), (1, 3), (1,)):
        powers = range(floor(log10(low)), ceil(log10(high)) + 1)
        steps = np.array([float(f"{first}e{power}") for power in powers for first in leading])
        within = steps[(steps >= low) & (steps <= high)]
        if 2 <= len(within) <= ticks + 1:
            places = within
            break
    return Scale(low, high, True, places, tick_labels(places))


def named(along: Scale, values: Floats) -> Scale:
    """With these values, (n,), as its ticks, if they are short and do not come too close to each other."""
    names = [f"{value:.12g}" for value in values]
    apart = np.diff(np.sort(along.fraction(values)))
    longest = max(map(len, names))
    return (
        along
        if longest > 8 or (apart < 0.04 + 0.016 * longest).any()
        else Scale(along.low, along.high, along.log, values, names)
    )


def beside(along: Scale) -> float:
    """Inches right of an axis: half of a number may stand beside it."""
    return max(0.2, 0.05 + width_of(along.labels) / 2)


def between(scales: Iterable[Scale]) -> float:
    """Inches between panels side by side with these axes along x, so that their numbers do not meet."""
    return max([0.25, *(0.05 + width_of(along.labels) for along in scales)])


def counting(counts: Floats, ticks: int = 4) -> Scale:
    """From 0, of steps or of trials' numbers: with ticks at whole numbers."""
    found = scale(np.append(counts, [0.0, 1.0]), ticks=ticks, margin=0.02)
    whole = np.unique(np.round(found.ticks))
    whole = whole[np.isin(whole, np.round(found.ticks, 6))]
    return Scale(found.low, found.high, False, whole, tick_labels(whole))


def of_objective(metric: str, values: Floats, ticks: int = 5, margin: float = 0.04) -> Scale:
    """Of finite values; without any, an axis without numbers: they would pretend that there are some."""
    if not len(values):
        return Scale(0.0, 1.0, False, np.array([]), [])
    return scale(values, ticks=ticks, margin=margin, unit_range=has_unit_range(metric, values))


def lay_out(ax: Axes, x: Scale, y: Scale, *, numbers: tuple[bool, bool] = (True, True), upright: bool = False) -> None:
    """Ticks are what is slow to draw: few, and no small ones. numbers: whether they are written along x, along y; upright: the
    ones along x."""
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
