"""The figure `weight_scales`: accuracy by epoch with and without batch normalization, a panel a scale (experiment E1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, by_levels, finite_curve
from zerosweep.figures.drawing.lettering import LINE, SMALL, width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, GREY, MARKS, Dashes
from zerosweep.figures.drawing.panels import GAP, PanelGrid, columns_of, panel_size, set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.naming import level_title

SCALE, BN = "init.scale", "bn"
"""The factors that the figure is about."""

STYLES: dict[str, tuple[Dashes, str, str]] = {
    "true": ("-", COLOURS[0], "with batch normalization"),
    "false": ("--", COLOURS[1], "without batch normalization"),
}
"""Dashes, colour and meaning of each line, as published: solid with batch normalization."""


@dataclass(frozen=True)
class ScaleCurve:
    """The mean accuracy of the repeats of one network.

    Attributes:
        epochs: The numbers of the evaluations, 0 for the untrained network, shape (n,).
        accuracy: The mean at each of them, shape (n,).
        diverged: The last of these epochs where all repeats diverged; None where one did not.
    """

    epochs: Floats
    accuracy: Floats
    diverged: float | None


def scale_curves(runs: Sequence[ComparedRun]) -> dict[str, dict[str, ScaleCurve]]:
    """Return the curve with and without batch normalization of each scale, from the largest scale to the smallest.

    The evaluations must be those at the ends of epochs. Repeats are averaged as far as all of them go.
    """
    found: dict[str, dict[str, ScaleCurve]] = {}
    for (level, bn), repeats in by_levels(runs, [SCALE, BN]).items():
        curves = [values for run in repeats if len(values := finite_curve(run)[1])]
        if not level or not curves:
            continue
        length = min(map(len, curves))
        mean = np.asarray(np.mean([values[:length] for values in curves], axis=0), np.float64)
        lost = all(run.verdict == "diverged" for run in repeats)
        found.setdefault(level, {})[bn] = ScaleCurve(
            np.arange(length, dtype=np.float64), mean, length - 1.0 if lost else None
        )
    return dict(sorted(found.items(), key=lambda item: -float(item[0])))


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a panel for each scale of the weights, from large to small.

    A curve that diverges is marked where it does, and goes on as a flat dotted line.
    """
    found = scale_curves(runs)
    n, columns = max(len(found), 1), columns_of(max(len(found), 1))
    last = max((curve.epochs[-1] for curves in found.values() for curve in curves.values()), default=1.0)
    xs, ys = scale(np.array([0.0, last]), ticks=4, margin=0), scale(np.array([]), ticks=3)
    above = 0.12 + SMALL * LINE
    left = 0.3 + width_of(ys.labels)
    width, tall = panel_size(columns, left + 0.1)
    grid = PanelGrid(n, columns, width, tall + above, above, left)
    entries = [(Line2D([], [], color=colour, linestyle=dashes), text) for dashes, colour, text in STYLES.values()]
    mark = Line2D([], [], color=GREY, marker=MARKS["diverged"], linestyle=":", markeredgewidth=1.4)
    key = Key([*entries, (mark, "diverged here; dotted from then on")])
    sheet = new_sheet((grid.left + grid.size[0], grid.below + grid.size[1]), grid.boxes(), title, key)
    for i, (ax, (level, curves)) in enumerate(zip(sheet.axes, found.items(), strict=False)):
        write_title(ax, level_title(SCALE, level))
        ax.set(xlim=(0, last), ylim=(0, 1))
        set_ticks(ax, xs, ys, lowest=i + columns >= n, first=i % columns == 0)
        ax.grid(True, color="#dddddd", linewidth=0.6)
        for bn, curve in curves.items():
            dashes, colour, _ = STYLES[bn]
            ax.plot(curve.epochs, curve.accuracy, dashes, color=colour, linewidth=1.4, clip_on=False, zorder=3)
            if curve.diverged is not None:
                end = curve.accuracy[-1]
                ax.plot([curve.diverged, last], [end, end], ":", color=colour, linewidth=1.4)
                ax.plot(curve.diverged, end, MARKS["diverged"], color=colour, markersize=6, clip_on=False, zorder=4)
    middle = grid.left + (grid.size[0] - GAP) / 2
    sheet.write(middle, EDGE, "epoch", ha="center", va="bottom")
    sheet.write(EDGE, grid.below + grid.size[1] / 2, "training accuracy", rotation=90, va="center")
    return sheet.figure
