"""The points of a finite search space: how many there are, and the values of each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from zerosweep.config.grid import MOST_RUNS
from zerosweep.config.space import Choices, Dimension, Space, Value


def number_of_points(space: Space) -> int | None:
    """Return the number of different configurations; None where a setting has an interval of real numbers."""
    total = 0
    for chosen in space.combinations():
        sizes = [_size(dimension) for dimension in space.within(chosen).values()]
        if None in sizes:
            return None
        total += prod(size for size in sizes if size is not None)
    return total


def grid_of(space: Space) -> Mapping[str, Sequence[Value]] | None:
    """Return all values of every setting.

    Returns:
        The values by setting; None where a setting has an interval or more than `MOST_RUNS` values, or is not the
        same for every option of the groups.
    """
    found: dict[str, Sequence[Value]] = {name: choices.values for name, choices in space.groups().items()}
    everywhere = [space.within(chosen) for chosen in space.combinations()]
    if any(dimensions != everywhere[0] for dimensions in everywhere):
        return None
    for name, dimension in everywhere[0].items():
        if isinstance(dimension, Choices):
            found[name] = dimension.values
        elif dimension.step is not None:
            count = round((dimension.high - dimension.low) / dimension.step) + 1
            if count > MOST_RUNS:
                return None
            points = [dimension.low + i * dimension.step for i in range(count)]
            found[name] = [int(point) for point in points] if dimension.whole else points
        else:
            return None
    return found


def _size(dimension: Dimension) -> int | None:
    """Return the number of values of a dimension; None where there is no end of them."""
    if isinstance(dimension, Choices):
        return len(dimension.values)
    step = 1 if dimension.whole and dimension.step is None else dimension.step
    return None if step is None else round((dimension.high - dimension.low) / step) + 1
