"""The statistics of repeated runs: means, confidence intervals and tests, for figures, reports and findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
"""The level of every interval."""

ROUNDING = 1e-12
"""Numbers count as equal if they differ by less than this fraction of the largest.

In floating point 0.9 - 0.8 and 0.8 - 0.7 differ in the last bits.
"""


@dataclass(frozen=True)
class Sample:
    """Descriptive statistics of m quantities, each over its repeats; every array has the shape (m,).

    Equal repeats have no interval and no p-value, because a sample without spread gives no estimate of the error of its
    mean. The exception is a sample of zeros, whose p-value is 1.

    Attributes:
        n: The number of values.
        mean: The mean; NaN for no value.
        sd: The sample standard deviation; NaN for fewer than two values.
        half: Half the width of the 95 % interval of the mean, t s / √n with n - 1 degrees of freedom; NaN for fewer
            than two values and for equal values.
        p: The p-value of the two-sided t-test of a mean of zero; NaN for fewer than two values and for equal values
            that are not zero.
    """

    n: NDArray[np.int64]
    mean: Floats
    sd: Floats
    half: Floats
    p: Floats

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """The lower and upper ends of the 95 % intervals of the means."""
        with np.errstate(over="ignore"):
            return self.mean - self.half, self.mean + self.half


@np.errstate(over="ignore")  # an interval may be wider than a float holds
def sample(values: Floats, origins: Floats | None = None) -> Sample:
    """Return the statistics of repeats, column by column; sums of very large values do not overflow.

    Args:
        values: The finite values, shape (repeats, m); NaN if a repeat has no value.
        origins: The values to subtract in a paired comparison, shape (repeats, m); None for zeros.
    """
    present = ~np.isnan(values)
    origins = np.zeros_like(values) if origins is None else origins
    largest = np.where(present, np.maximum(np.abs(values), np.abs(origins)), 0.0).max(axis=0, initial=0.0)
    # Divide by a power of two, which is exact, so that no square and no difference overflows.
    unit = np.ldexp(1.0, np.frexp(np.where(largest, largest, 1.0))[1] - 1)
    away = np.where(present, values / unit - origins / unit, 0.0)
    n = present.sum(axis=0)
    known, freedom = np.maximum(n, 1), np.maximum(n - 1, 1)
    mean = away.sum(axis=0) / known
    sd = np.sqrt((np.where(present, away - mean, 0.0) ** 2).sum(axis=0) / freedom)
    spread = np.where(present, away, -np.inf).max(axis=0, initial=-np.inf) - np.where(present, away, np.inf).min(
        axis=0, initial=np.inf
    )
    equal = spread <= ROUNDING
    error = np.where(equal, np.nan, sd / np.sqrt(known))
    p = 2 * stdtr(freedom, -np.abs(mean) / error)
    zero = equal & (np.abs(mean) <= ROUNDING)
    several = n > 1
    return Sample(
        n=n,
        mean=np.where(n, mean * unit, np.nan),
        sd=np.where(several, np.where(equal, 0.0, sd) * unit, np.nan),
        half=np.where(several, stdtrit(freedom, (1 + CONFIDENCE) / 2) * error * unit, np.nan),
        p=np.where(several, np.where(zero, 1.0, p), np.nan),
    )


def mean(values: Sequence[float]) -> float:
    """Return the mean of at least one finite value; their sum may be larger than a float."""
    return sum(value / len(values) for value in values)


def corrected(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Benjamini and Hochberg's control of the false discovery rate."""
    from scipy.stats import false_discovery_control  # half a second to import

    return [float(p) for p in false_discovery_control(p_values)]


def fraction_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval (low, high) for a fraction, from the number of successes among all trials."""
    from scipy.stats import binomtest  # half a second to import

    low, high = binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return float(low), float(high)


def in_most(successes: int, trials: int) -> bool:
    """Return whether a success is more likely than not: Wilson's 95 % interval of its fraction lies above one half."""
    return fraction_interval(successes, trials)[0] > 0.5


def fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Return the p-value of Fisher's exact test that two independent samples have the same fraction, two-sided.

    Args:
        first: The successes and the failures of one sample.
        second: Those of the other.
    """
    from scipy.stats import fisher_exact  # half a second to import

    return float(fisher_exact([first, second]).pvalue)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test that two outcomes of the same repeats are equally frequent, two-sided.

    Args:
        only_first: The number of repeats with the first outcome and not the second.
        only_second: The number with the second and not the first.
    """
    from scipy.stats import binomtest  # half a second to import

    discordant = only_first + only_second
    return float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
