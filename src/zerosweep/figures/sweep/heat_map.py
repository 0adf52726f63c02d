"""The figure `heat_map`: final values over the levels of two settings, in one or several maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import has_unit_range, scale
from zerosweep.figures.drawing.compared import ComparedRun, by_levels, combination_title, levels_of, titles_in
from zerosweep.figures.drawing.lettering import height_of, wrapped
from zerosweep.figures.drawing.palette import BEST, GREY, MARKS, OTHER, shades_for
from zerosweep.figures.drawing.panels import columns_of, write_title
from zerosweep.figures.drawing.sheet import BAR, WIDEST, Key, bar_width, count_range, new_sheet
from zerosweep.figures.sweep.encoding import HeatRoles, is_scattered
from zerosweep.figures.sweep.final_values import FinalValues, by_mean, final_values
from zerosweep.figures.sweep.heat_panels import Cells, HeatMap, HeatMaps, HeatPanels, Points
from zerosweep.metrics import NEITHER, axis_title

MOST_MAPS = 12
"""The most maps of a figure."""

TALLEST = 20.0
"""The largest height of all maps together, in inches."""


def heat_maps(runs: Sequence[ComparedRun], roles: HeatRoles, y: str, direction: str) -> HeatMaps:
    """Return a map for each combination of levels of the factors that are not along its axes.

    A cell whose runs all diverged does not stretch the scale of the colours, and is never the best.

    Args:
        runs: At least one.
        roles: The factors of columns, rows and maps.
        y: The metric.
        direction: maximize or minimize; where it is neither, no cell is the best.
    """
    x, rows = roles.x or "", roles.rows or ""
    x_levels, row_levels = levels_of(runs, x), levels_of(runs, rows)
    titles = titles_in(runs, roles.panels)
    ordered = by_mean(final_values(runs, roles.panels), direction)
    maps = []
    for combination, inside in by_levels(runs, roles.panels).items():
        if combination not in ordered[:MOST_MAPS]:
            continue
        title = combination_title(roles.panels, combination, titles)
        found = final_values(inside, [x, rows])
        places = {(a, b): (x_levels.index(a), row_levels.index(b)) for a, b in found}
        best = by_mean({levels: cell for levels, cell in found.items() if _is_sound(cell)}, direction)[:1]
        cells = {places[a, b]: cell for (a, b), cell in found.items()}
        marked = best and len(found) > 1 and direction != NEITHER
        maps.append(HeatMap(title, cells, places[best[0][0], best[0][1]] if marked else None))
    valued = [cell for each in maps for cell in each.cells.values() if cell.has_mean]
    means = np.array([cell.mean for cell in filter(_is_sound, valued)] or [cell.mean for cell in valued])
    unit_range = has_unit_range(y, means)
    colours = scale(means, ticks=5, margin=0, unit_range=unit_range)
    left_out, scattered = len(ordered) - len(maps), is_scattered(runs, [x, rows])
    return HeatMaps(maps, left_out, x, rows, x_levels, row_levels, colours, unit_range, scattered)


def _is_sound(cell: FinalValues) -> bool:
    """Return whether the cell has a value, and a run that neither diverged nor failed."""
    return cell.has_mean and cell.troubles.get("diverged", 0) + cell.troubles.get("failed", 0) < cell.runs


@np.errstate(all="ignore")
def draw(found: HeatMaps, y: str, title: str, direction: str, notes: Sequence[str] = ()) -> Figure:
    """Draw the maps on a sheet, with one colour bar and one key.

    Args:
        found: The maps.
        y: The label of the metric.
        title: The title of the figure.
        direction: maximize, minimize or neither.
        notes: Sentences to write below, after those that explain the maps.
    """
    columns = columns_of(len(found.maps))
    rows = -(-len(found.maps) // columns) or 1
    bar = bar_width(found.scale)
    space = (WIDEST - bar) / columns, TALLEST / rows
    panels: HeatPanels = Points(found, direction) if found.is_scattered else Cells(found, direction, space)
    across, tall = panels.size
    titles = [wrapped(each.title, across, most=4) for each in found.maps]
    above = 0.08 + height_of(titles)
    step_x, step_y = panels.left + across + 0.2, panels.below + tall + above
    boxes = [
        (i % columns * step_x + panels.left, (rows - 1 - i // columns) * step_y + panels.below, across, tall)
        for i in range(len(found.maps))
    ]
    body = columns * step_x + bar, max(rows * step_y, 1.6)
    sheet = new_sheet(body, boxes, title, _key(found), [*_notes(found, direction), *notes])
    for ax, each, heading in zip(sheet.axes, found.maps, titles, strict=True):
        panels.paint(ax, each)
        write_title(ax, heading)
    height = min(max(body[1] - panels.below - above, 1.2), 4.5)
    bottom = min((body[1] + panels.below - above - height) / 2, body[1] - height - 0.1)
    sheet.colour_bar((columns * step_x, bottom, BAR, height), found.scale, shades_for(direction), axis_title(y))
    return sheet.figure


def _key(found: HeatMaps) -> Key:
    """Return the meaning of the marks of runs that did not learn, and of the frame of the best cell."""
    troubles = dict.fromkeys(status for each in found.maps for cell in each.cells.values() for status in cell.troubles)
    entries = [
        (
            Line2D([], [], color=GREY, marker=MARKS.get(status, OTHER), linestyle="", fillstyle="none", markersize=5),
            status,
        )
        for status in troubles
    ]
    if any(each.best for each in found.maps):
        frame = Line2D([], [], color=BEST, marker="o" if found.is_scattered else "s", linestyle="", fillstyle="none",
                       markersize=8, markeredgewidth=1.5)  # fmt: skip
        entries.append((frame, "best" if len(found.maps) == 1 else "best of its map"))
    return Key(entries)


def _notes(found: HeatMaps, direction: str) -> list[str]:
    """Return sentences on repeats, and on maps that are not drawn."""
    counts = [cell.runs for each in found.maps for cell in each.cells.values()]
    notes = []
    if max(counts, default=1) > 1:
        notes.append(f"Values are means of repeats ({count_range(counts)}); a mark means that at least one went so.")
    if found.left_out:
        which = "are the first" if direction == NEITHER else "have the best values"
        notes.append(f"{found.left_out} more maps are not drawn: these {which}.")
    return notes
