"""Axes and colours: which numbers they span, whether they are logarithmic, and where their few ticks are."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator

from zerosweep.figures.drawing.numbers import Floats
from zerosweep.metrics import is_fraction

WIDE = 100
"""Positive numbers that span more than this factor are shown on a logarithmic scale."""


@dataclass(frozen=True)
class Scale:
    """low < high. ticks: (n,), within them; labels: of the ticks, all different."""

    low: float
    high: float
    log: bool
    ticks: Floats
    labels: list[str]

    def fraction(self, values: Floats) -> Floats:
        """Where the values are between low, 0, and high, 1."""
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log10(np.maximum(values, low)), log10(low), log10(high)
        return np.clip((values / 2 - low / 2) / (high / 2 - low / 2), 0, 1)  # halves: the difference may overflow

    def norm(self) -> Normalize:
        return (LogNorm if self.log else Normalize)(self.low, self.high, clip=True)


def is_share(metric: str, values: Floats) -> bool:
    """Return whether a metric is a fraction, such as an accuracy, and these are values of one. Its axis is from 0 to 1."""
    return is_fraction(metric) and bool(((values >= 0) & (values <= 1)).all())


def scale(values: Floats, *, ticks: int = 4, margin: float = 0.04, share: bool = False) -> Scale:
    """Of finite values, (n,), which may be none. margin: left free at either end, of the whole; share: from 0 to 1."""
    if share or not len(values):
        return _linear(0.0, 1.0, ticks)
    low, high = float(values.min()), float(values.max())
    if low > 0 and high / WIDE > low:
        room = (log10(high) - log10(low)) * margin
        return _log(10.0 ** max(log10(low) - room, -305.0), 10.0 ** min(log10(high) + room, 305.0), ticks)
    half, largest = high / 2 - low / 2, max(abs(low), abs(high))
    room = 2 * half * margin
    if half <= 1e-6 * largest or largest < 1e-290:  # a constant
        room = 0.1 * largest if largest > 1e-290 else 0.5
    return _linear(low - room, high + room, ticks)


def _linear(low: float, high: float, ticks: int) -> Scale:
    unit = max(abs(low), abs(high)) if max(abs(low), abs(high)) > 1e300 else 1.0  # a locator multiplies
    found = MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]).tick_values(low / unit, high / unit)
    places = unit * np.asarray(found, np.float64)
    places[np.abs(places) < 1e-9 * (high - low)] = 0  # a locator adds up
    within = places[(places >= low) & (places <= high)]
    return Scale(low, high, False, within, labels(within))


def _log(low: float, high: float, ticks: int) -> Scale:
    decades = np.arange(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)
    within = 10.0 ** decades[:: -(-len(decades) // (ticks + 1)) or 1]
    within = np.clip(within, low, high)
    return Scale(low, high, True, within, labels(within))


def labels(ticks: Floats) -> list[str]:
    """The ticks as short as they can be told apart."""
    for digits in range(3, 18):
        written = [_number(tick, digits) for tick in ticks]
        if len(set(written)) == len(ticks):
            break
    return written


def _number(value: float, digits: int) -> str:
    """With an exponent only where it would be long without."""
    if 1e-4 <= abs(value) < 1e6:
        return np.format_float_positional(value, digits, unique=False, fractional=False, trim="-")
    return f"{value:.{digits}g}"
