"""How much of a searched plane learns.

A search tries good places more often than others, so a count of its trials says nothing about areas. Here every point of the
plane goes as the trial nearest to it. What a pruned trial would have come to nobody knows: for areas by a final metric, search
with `hydra.sweeper.pruner=none`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.config.space import Choices, Dimension, Numbers


def share_of_plane(points: NDArray[np.float64], good: NDArray[np.bool_], grid: int = 200) -> float:
    """The share of the unit square, in [0, 1], whose nearest point is a good one.

    points: (n, 2), n >= 1, each coordinate in [0, 1]. good: (n,). grid: the square is looked at in the middle of grid × grid
    cells. Of points in one place the first counts. No points are a `ValueError`, and so are shapes that do not fit.
    """
    from scipy.spatial import KDTree

    points, good = np.asarray(points, np.float64), np.asarray(good, bool)
    if points.ndim != 2 or points.shape[1] != 2 or good.shape != points.shape[:1] or not len(points):
        raise ValueError(f"needs n > 0 points in two coordinates, and n flags; has {points.shape} and {good.shape}")
    points, first = np.unique(points, axis=0, return_index=True)
    middles = (np.arange(grid) + 0.5) / grid
    cells = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    _, nearest = KDTree(points).query(cells)
    return float(good[first][nearest].mean())


def unit(dimension: Numbers, value: float) -> float:
    """Where the value lies between the dimension's ends: 0 at the low one, 1 at the high one, by orders of magnitude where it
    is searched so."""
    low, high = dimension.low, dimension.high
    if dimension.log:
        low, high, value = log(low), log(high), log(value)
    return (value - low) / (high - low)


def shares(
    dimensions: Mapping[str, Dimension], tried: Sequence[tuple[Mapping[str, Any], bool]], grid: int = 200
) -> dict[str, float]:
    """By option, as "bn=true", the share of the plane that is good; by "" where no setting has options. Empty unless two
    settings are numbers, and at most one more has options, all of which were tried.

    dimensions: by setting. tried: (settings, whether it was good) of each trial.
    """
    plane = {name: one for name, one in dimensions.items() if isinstance(one, Numbers) and one.low < one.high}
    options = {name: one.values for name, one in dimensions.items() if isinstance(one, Choices)}
    if len(plane) != 2 or len(plane) + len(options) != len(dimensions) or len(options) > 1:
        return {}
    groups: dict[str, list[tuple[Mapping[str, Any], bool]]] = {
        f"{name}={value}": [] for name, values in options.items() for value in values
    } or {"": []}
    for params, good in tried:
        if not params.keys() >= dimensions.keys():
            return {}
        groups["".join(f"{name}={params[name]}" for name in options)].append((params, good))
    if not all(groups.values()):
        return {}
    return {
        name: share_of_plane(
            np.array([[unit(one, params[setting]) for setting, one in plane.items()] for params, _ in group]),
            np.array([good for _, good in group]),
            grid,
        )
        for name, group in groups.items()
    }
