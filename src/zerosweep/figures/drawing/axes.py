"""Scales of axes and colours: their range, linear or logarithmic, and their few ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, log10

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator

from zerosweep.figures.drawing.numbers import Floats
from zerosweep.metrics import is_fraction

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""The digits of an exponent."""

WIDE = 100
"""Positive numbers that span more than this factor are shown on a logarithmic scale."""


@dataclass(frozen=True)
class Scale:
    """A range of numbers along an axis or a colour bar.

    Attributes:
        low: The lower end.
        high: The upper end, greater than `low`.
        log: Whether the scale is logarithmic.
        ticks: Positions of the ticks, shape (n,), within the range.
        labels: Text of each tick, all different.
    """

    low: float
    high: float
    log: bool
    ticks: Floats
    labels: list[str]

    def fraction(self, values: Floats) -> Floats:
        """Return the position of each value along the scale, from 0 at the lower end to 1 at the upper."""
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log10(np.maximum(values, low)), log10(low), log10(high)
        return np.clip((values / 2 - low / 2) / (high / 2 - low / 2), 0, 1)  # halves: the difference may overflow

    def starting_at(self, low: float) -> Scale:
        """Return the same scale from another lower end, which is at most its ticks."""
        return replace(self, low=low)

    def norm(self) -> Normalize:
        """Return the same scale as Matplotlib's normalization of colours."""
        return (LogNorm if self.log else Normalize)(self.low, self.high, clip=True)


def has_unit_range(metric: str, values: Floats) -> bool:
    """Return whether the axis of `metric` is from 0 to 1: the metric is a fraction and all `values` are within."""
    return is_fraction(metric) and bool(((values >= 0) & (values <= 1)).all())


def scale(values: Floats, *, ticks: int = 4, margin: float = 0.04, unit_range: bool = False) -> Scale:
    """Return the scale for finite values, logarithmic where they are positive and span more than the factor `WIDE`.

    Args:
        values: Shape (n,), possibly empty.
        ticks: Approximate number of ticks.
        margin: Space left free at either end, as a fraction of the range of the values.
        unit_range: Whether the scale is from 0 to 1 instead, whatever the values.
    """
    if unit_range or not len(values):
        return _linear(0.0, 1.0, ticks)
    low, high = float(values.min()), float(values.max())
    if low > 0 and high / WIDE > low:
        space = (log10(high) - log10(low)) * margin
        return _log(10.0 ** max(log10(low) - space, -305.0), 10.0 ** min(log10(high) + space, 305.0), ticks)
    half, largest = high / 2 - low / 2, max(abs(low), abs(high))
    space = 2 * half * margin
    if half <= 1e-6 * largest or largest < 1e-290:  # a constant
        space = 0.1 * largest if largest > 1e-290 else 0.5
    return _linear(low - space, high + space, ticks)


def _linear(low: float, high: float, ticks: int) -> Scale:
    unit = (
        max(abs(low), abs(high)) if max(abs(low), abs(high)) > 1e300 else 1.0
    )  # the locator multiplies, and overflows
    found = MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]).tick_values(low / unit, high / unit)
    places = unit * np.asarray(found, np.float64)
    places[np.abs(places) < 1e-9 * (high - low)] = 0  # the locator's sums miss zero by rounding
    within = places[(places >= low) & (places <= high)]
    return Scale(low, high, False, within, tick_labels(within))


def _log(low: float, high: float, ticks: int) -> Scale:
    decades = np.arange(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)
    within = 10.0 ** decades[:: -(-len(decades) // (ticks + 1)) or 1]
    within = np.clip(within, low, high)
    return Scale(low, high, True, within, tick_labels(within))


def tick_labels(ticks: Floats) -> list[str]:
    """Return the text of each tick, with the fewest digits that make all of them different."""
    for digits in range(3, 18):
        texts = [_number(tick, digits) for tick in ticks]
        if len(set(texts)) == len(ticks):
            break
    return texts


def _number(value: float, digits: int) -> str:
    """Return the number as text, with an exponent only where it would be long without."""
    if 1e-4 <= abs(value) < 1e6:
        return np.format_float_positional(value, digits, unique=False, fractional=False, trim="-")
    if value and abs(value) == 10.0 ** (power := round(log10(abs(value)))):
        return f"{'-' if value < 0 else ''}10{str(power).translate(RAISED)}"
    return f"{value:.{digits}g}"
