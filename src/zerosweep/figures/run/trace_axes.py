"""The axes of traces: mini-batches, of which the first may be stretched, and numbers of any size and sign."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.numbers import Floats

NOTHING = 1e-9
"""Numbers are drawn as zeros where none is larger in size: they are the rounding of sums that vanish."""

MAGNITUDES = 1000.0
"""An axis shows log |v| where the largest size exceeds the median by more than this factor."""

DIPS = 0.01
"""The fraction of sizes below a logarithmic axis: a line that changes its sign dips towards -∞."""

SQUASHES = 3.0
"""A unit that needs more than this many times the axis of all others leaves the panel."""

FIRST, STRETCHED = 30, 0.4
"""The mini-batches at the start that may be stretched, and the fraction of the width that they then take."""


@dataclass(frozen=True)
class TraceAxis:
    """A vertical axis.

    Attributes:
        low: The lower end, as a place on the axis.
        high: The upper end.
        log: Whether a number v is at log₁₀ |v|; else it is at v.
        ticks: Places of the ticks, shape (n,).
        labels: Text of each tick.
    """

    low: float
    high: float
    log: bool
    ticks: Floats
    labels: list[str]

    def place(self, values: Floats) -> Floats:
        """Return the places of these numbers on the axis. What is not finite stays so."""
        return np.asarray(np.log10(np.maximum(np.abs(values), 1e-320))) if self.log else values

    def beyond(self, values: Floats) -> list[int]:
        """Return which of the lines, shape (T, n), are outside of a linear axis at some time."""
        outside = (values < self.low) | (values > self.high)
        return [] if self.log else [int(line) for line in np.flatnonzero(outside.any(axis=0))]


def trace_axis(values: Floats, unit_range: bool = False) -> TraceAxis:
    """Return the axis for lines that may be inf or NaN. It is linear, unless most values would be invisible then.

    A linear axis leaves out single lines that would squash the others.

    Args:
        values: The lines, shape (T, n).
        unit_range: Whether the axis is from 0 to 1 instead.
    """
    finite = np.where(np.isfinite(values), values, 0.0)
    finite = finite if np.abs(finite).max(initial=0) > NOTHING else 0 * finite
    sizes = np.abs(finite[finite != 0])
    if unit_range or not len(sizes) or sizes.max() / MAGNITUDES <= np.median(sizes):
        shown = np.clip(finite[:, _within(finite)], -1e300, 1e300).ravel()
        linear = scale(shown, unit_range=unit_range, ticks=3)
        return TraceAxis(linear.low, linear.high, False, linear.ticks, linear.labels)
    low, high = log10(max(np.quantile(sizes, DIPS), sizes.max() * 1e-300, 1e-300)), log10(sizes.max())
    margin = 0.06 * (high - low)
    ticks = exponents(low, high)
    return TraceAxis(low - margin, high + margin, True, ticks, power_labels(10.0**ticks))


def _within(lines: Floats) -> list[int]:
    """Return the lines, of finite numbers and shape (T, n), without those that need an axis `SQUASHES` times as long.

    At most a fifth of the lines is left out.
    """
    kept = list(range(lines.shape[1]))
    lows, highs = lines.min(axis=0, initial=np.inf), lines.max(axis=0, initial=-np.inf)

    def span(lines: list[int]) -> float:
        return float(highs[lines].max() / 2 - lows[lines].min() / 2)  # halves: the difference may overflow

    for _ in range(len(kept) // 5):
        without = {left: span([line for line in kept if line != left]) for left in kept}
        widest = min(without, key=without.__getitem__)
        if not span(kept) > SQUASHES * without[widest]:
            break
        kept.remove(widest)
    return kept


def exponents(low: float, high: float) -> Floats:
    """Return the exponents of ten of two to four ticks between two exponents, multiples of a round number if they can be."""
    apart = next((n for n in (0.5, 1, 2, 3, 5, 10, 20, 25, 50, 100) if n >= (high - low) / 3.5), 150)
    return apart * np.arange(ceil(low / apart - 1e-9), floor(high / apart + 1e-9) + 1, dtype=np.float64)


def power_labels(powers: Floats) -> list[str]:
    """Return short texts for positive numbers."""
    short = [f"{power:.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-") for power in powers]
    plain = [f"{power:.2g}" if power < 10 else f"{power:.0f}" for power in powers]
    return [a if 1e-3 <= power < 1e3 else b for power, a, b in zip(powers, plain, short, strict=True)]


@dataclass(frozen=True)
class Steps:
    """The axis of mini-batches, from 0 to `last`.

    Attributes:
        last: The last mini-batch.
        stretched: Whether the first `FIRST` of them take the fraction `STRETCHED` of the width.
    """

    last: float
    stretched: bool = False

    def place(self, steps: Floats) -> Floats:
        """Return the places of mini-batches on the axis, between 0 and `last`."""
        if not self.stretched:
            return steps
        ends = np.array([0.0, FIRST, self.last]), np.array([0.0, STRETCHED * self.last, self.last])
        return np.asarray(np.interp(steps, *ends))

    def ticks(self) -> tuple[Floats, list[str]]:
        """Return the places of the ticks, and their texts."""
        found = scale(np.array([0.0, self.last]), ticks=3, margin=0)
        if not self.stretched:
            return found.ticks, found.labels
        numbers = np.array([0.0, FIRST, *(tick for tick in found.ticks if tick > 0.2 * self.last)])
        return self.place(numbers), [f"{number:g}" for number in numbers]
