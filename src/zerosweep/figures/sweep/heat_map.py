"""Final values over the levels of two settings, as series: the cells of a map, and the scale of its colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.axes import Scale, is_share, scale
from zerosweep.figures.drawing.compared import Compared, by_levels, levels_of
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.sweep.encoding import HeatRoles, scattered
from zerosweep.figures.sweep.final_values import FinalValues, best_first, outcomes
from zerosweep.metrics import NEITHER

MOST_MAPS = 12
"""More maps than these are not drawn in one figure."""


@dataclass(frozen=True)
class Map:
    """title: the levels that all its runs share. cells: by column and row, each a place among the levels of x and of the rows;
    where nothing was run there is none. best: where the best is, None where nothing is any good."""

    title: str
    cells: Mapping[tuple[int, int], FinalValues]
    best: tuple[int, int] | None


@dataclass(frozen=True)
class HeatMaps:
    """maps: at most MOST_MAPS, those with the best values, in the order of their levels; left_out: how many more there are.
    x, rows: the settings, "" where there is none; x_levels, row_levels: all of their levels, in order. scale: of the colours;
    share: whether the values are shares. scattered: whether the runs are here and there instead of in a grid."""

    maps: list[Map]
    left_out: int
    x: str
    rows: str
    x_levels: list[str]
    row_levels: list[str]
    scale: Scale
    share: bool
    scattered: bool


def heat_maps(runs: Sequence[Compared], roles: HeatRoles, y: str, direction: str) -> HeatMaps:
    """A map for every combination of levels of the other settings. direction: maximize or minimize the metric y; where it is neither,
    no cell is the best.

    Where all runs of a cell diverged, it does not stretch the colours' scale, nor can it be the best.
    """
    x, rows = roles.x or "", roles.rows or ""
    x_levels, row_levels = levels_of(runs, x), levels_of(runs, rows)
    names = {factor: written(levels_of(runs, factor)) for factor in roles.panels}
    drawn = best_first(outcomes(runs, roles.panels), direction)
    maps = []
    for combination, inside in by_levels(runs, roles.panels).items():
        if combination not in drawn[:MOST_MAPS]:
            continue
        title = " ".join(f"{f}={names[f][level]}" for f, level in zip(roles.panels, combination, strict=True))
        found = outcomes(inside, [x, rows])
        places = {(a, b): (x_levels.index(a), row_levels.index(b)) for a, b in found}
        best = best_first({place: o for place, o in found.items() if _sound(o)}, direction)[:1]
        cells = {places[a, b]: o for (a, b), o in found.items()}
        marked = best and len(found) > 1 and direction != NEITHER
        maps.append(Map(title, cells, places[best[0][0], best[0][1]] if marked else None))
    valued = [o for each in maps for o in each.cells.values() if len(o.values)]
    means = np.array([o.mean for o in filter(_sound, valued)] or [o.mean for o in valued])
    share = is_share(y, means)
    colours = scale(means, ticks=5, margin=0, share=share)
    apart = scattered(runs, [x, rows])
    return HeatMaps(maps, len(drawn) - len(maps), x, rows, x_levels, row_levels, colours, share, apart)


def _sound(o: FinalValues) -> bool:
    """Whether there is a value of a run that went through."""
    return len(o.values) > 0 and o.troubles.get("diverged", 0) + o.troubles.get("failed", 0) < o.runs
