"""The figure `curves`: a metric against the step, a panel for each combination of levels and a line for each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, has_unit_range, scale
from zerosweep.figures.drawing.frame import left_of, step_rows, write_epochs
from zerosweep.figures.drawing.lettering import SMALL, height_of, width_of, wrapped
from zerosweep.figures.drawing.levels import level_labels, numbers
from zerosweep.figures.drawing.mean_curve import MeanCurve
from zerosweep.figures.drawing.palette import GREY, MARKS, MOST_WORDS, LineStyles, line_styles, shades
from zerosweep.figures.drawing.panels import GAP, PanelGrid, columns_of, panel_size, set_ticks, write_title
from zerosweep.figures.drawing.sheet import BAR, EDGE, Key, bar_width, count_range, new_sheet
from zerosweep.figures.drawing.words import level_titles, setting_words
from zerosweep.figures.names import METRIC
from zerosweep.figures.sweep.curve_series import CurvePanel
from zerosweep.metrics import axis_title


@np.errstate(all="ignore")
def draw(panels: Sequence[CurvePanel], levels: Sequence[str], lines: str | None, y: str, title: str, *,
         notes: Sequence[str] = (), aligned: int = 1, per_epoch: int | None = None) -> Figure:  # fmt: skip
    """Draw a grid of panels with shared axes, and one key for all.

    Args:
        panels: At least one.
        levels: All levels of the factor `lines`, in order, or [""] where there is none.
        lines: The factor of the lines.
        y: The label of the metric.
        title: The title of the figure.
        notes: Sentences to write below, after those that explain the lines.
        aligned: Levels of the last factor of the panels: those of the same level stand below each other where possible.
        per_epoch: Number of steps in an epoch; None where there are no epochs.
    """
    everything = [line for panel in panels for line in panel.lines]
    styles = line_styles(levels, lines or "")
    columns = columns_of(len(panels), aligned)
    xs, ys = axes_of(everything, y, small=columns > 2)
    if per_epoch and xs.high < per_epoch:  # an axis of epochs would have a single number
        per_epoch = None
    left = 0.26 + max(left_of([ys]), width_of(["epoch"]) if per_epoch else 0.0)
    right = bar_width(styles.bar) if styles.bar else 0.1
    width, tall = panel_size(columns, left + right)
    titles = [wrapped(panel.title, width - GAP) for panel in panels]
    above = 0.12 + height_of(titles)
    grid = PanelGrid(len(panels), columns, width, tall + above, above, left, below=step_rows(per_epoch) + EDGE)
    body = grid.left + grid.size[0] + right, grid.below + grid.size[1]
    key = _key(levels, lines, styles, everything)
    sheet = new_sheet(body, grid.boxes(), title, key, [*_notes(levels, styles, everything), *notes])
    for i, (ax, panel, text, box) in enumerate(zip(sheet.axes, panels, titles, grid.boxes(), strict=True)):
        write_title(ax, text)
        lowest = i + columns >= len(panels)
        _axes(ax, xs, ys, lowest=lowest, first=i % columns == 0)
        if per_epoch and lowest and len(xs.ticks):
            write_epochs(sheet, box, xs, per_epoch, named=i % columns == 0)
        for line in panel.lines:
            _line(ax, line, styles, alone=len(panels) == 1)
        _write_missing(ax, panel, lines)
    middle = grid.below + grid.size[1] / 2
    if not per_epoch:
        sheet.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "step", ha="center", va="bottom")
    sheet.write(EDGE, middle - above / 2, axis_title(y), rotation=90, va="center")
    if styles.bar and lines is not None:
        tall = min(grid.size[1] - above, 4.5)
        sheet.colour_bar(
            (grid.left + grid.size[0], middle - (above + tall) / 2, BAR, tall),
            styles.bar,
            shades(),
            setting_words([lines])[lines],
        )
    return sheet.figure


def axes_of(lines: Sequence[MeanCurve], y: str, small: bool) -> tuple[Scale, Scale]:
    """Return the horizontal and the vertical scale of all panels.

    The vertical scale spans means and ends. An interval that is wider is cut off.

    Args:
        lines: The lines of all panels.
        y: The metric.
        small: Whether the panels are small, and have fewer ticks.
    """
    values = np.concatenate([np.array([]), *(part for line in lines for part in (line.mean, line.ends[:, 1]))])
    steps = np.concatenate([np.array([0.0]), *(line.steps for line in lines)])
    if not len(values):  # an axis with numbers would suggest that there are values
        return (Scale(0.0, 1.0, False, np.array([]), []),) * 2
    if steps.max() == steps.min():
        steps = np.array([0.0, 1.0])
    xs = scale(steps, ticks=3 if small else 6, margin=0)
    xs = replace(xs, high=xs.high + 0.02 * (xs.high - xs.low))
    return xs, scale(values, ticks=3 if small else 5, unit_range=has_unit_range(y, values))


def _axes(ax: Axes, xs: Scale, ys: Scale, *, lowest: bool, first: bool) -> None:
    """Set the scales of a panel and its grid."""
    if ys.log:
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(NullLocator())
    ax.set(xlim=(xs.low, xs.high), ylim=(ys.low, ys.high))
    set_ticks(ax, xs, ys, lowest=lowest, first=first)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)


def _line(ax: Axes, line: MeanCurve, styles: LineStyles, *, alone: bool) -> None:
    """Draw the mean, its interval, and a mark where a run diverged, from which its value goes on flat and dotted."""
    colour, dashes = styles.by_level[line.level].colour, styles.by_level[line.level].dashes
    lone = len(line.steps) == 1
    ax.plot(line.steps, line.mean, dashes, color=colour, linewidth=1.6 if alone else 1.2, clip_on=False,
            marker="o" if lone else None, markersize=3)  # fmt: skip
    if np.isfinite(line.low).any():
        low, high = np.clip([line.low, line.high], *ax.get_ylim())
        ax.fill_between(line.steps, low, high, color=colour, alpha=0.18, linewidth=0)
    if len(line.ends):
        ax.hlines(line.ends[:, 1], line.ends[:, 0], ax.get_xlim()[1], color=colour, linewidth=1, linestyle=":")
        ax.plot(
            *line.ends.T, MARKS["diverged"], color=colour, markersize=5.5, markeredgewidth=1.4, clip_on=False, zorder=4
        )


def _write_missing(ax: Axes, panel: CurvePanel, lines: str | None) -> None:
    """Write which runs have no number: in the middle of a panel without any line, else in a corner where it covers no line."""
    texts = []
    for status in dict.fromkeys(status for line in panel.lines for status in line.missing):
        without = [line for line in panel.lines if status in line.missing]
        absent, runs = sum(line.missing[status] for line in without), sum(line.runs for line in without)
        count = status if absent == runs else f"{absent} of {runs} {status}"
        names = level_titles(lines or "", [line.level for line in panel.lines])
        which = ", ".join(names[line.level] for line in without)
        every = len(without) == len(panel.lines)
        texts.append(count if every else f"{which}: {count}" if len(without) <= 3 else f"{len(without)} lines: {count}")
    if not texts:
        return
    box = ax.get_position()
    width = box.width * ax.figure.get_figwidth()  # type: ignore[union-attr]
    height = box.height * ax.figure.get_figheight()  # type: ignore[union-attr]
    if not any(len(line.steps) for line in panel.lines):
        x, y, ha, va, size = 0.5, 0.5, "center", "center", SMALL + 1
        text = "\n".join(wrapped(each, width - 0.1, size, most=2) for each in texts)
    else:
        text, size = "\n".join(wrapped(each, width - 0.1, most=2) for each in texts), SMALL
        extent = (width_of([text]) + 0.1) / width, (height_of([text]) + 0.1) / height
        x, y, ha, va = emptiest_corner(ax, panel, *extent)
    background = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    ax.text(
        x, y, text, transform=ax.transAxes, ha=ha, va=va, fontsize=size, color=GREY, parse_math=False, bbox=background
    )


def emptiest_corner(ax: Axes, panel: CurvePanel, width: float, height: float) -> tuple[float, float, str, str]:
    """Return the place and the alignment of a text in the corner of a panel with the fewest points of lines.

    Args:
        ax: The panel, whose limits are set.
        panel: Its lines.
        width: Width of the text as a fraction of that of the panel.
        height: Height of the text as a fraction of that of the panel.
    """
    fine = np.linspace(0, 1, 60)
    points = [np.empty((0, 2))]
    for line in panel.lines:
        if len(line.steps):
            x, y = (
                ax.transAxes.inverted().transform(ax.transData.transform(np.stack([line.steps, line.mean], axis=1))).T
            )
            points.append(np.stack([fine, np.interp(fine, x, y, left=np.nan)], axis=1))
    x, y = np.concatenate(points).T
    corners = [(0.03, 0.96, "left", "top"), (0.97, 0.96, "right", "top"), (0.97, 0.04, "right", "bottom"),
               (0.03, 0.04, "left", "bottom")]  # fmt: skip

    def covered(corner: tuple[float, float, str, str]) -> int:
        beside = x <= width if corner[2] == "left" else x >= 1 - width
        return int((beside & (y >= 1 - height if corner[3] == "top" else y <= height)).sum())

    return min(corners, key=covered)


def _key(levels: Sequence[str], lines: str | None, styles: LineStyles, everything: Sequence[MeanCurve]) -> Key:
    """Return the levels of the lines, unless a colour bar explains them, and the mark of runs that diverged."""
    entries = []
    heading = _heading(levels, lines, styles)
    if lines is not None and not styles.bar:
        names = level_labels(levels) if heading and numbers(levels) else level_titles(lines, levels)
        for level, name in names.items():
            handle = Line2D(
                [], [], color=styles.by_level[level].colour, linestyle=styles.by_level[level].dashes, linewidth=1.6
            )
            entries.append((handle, name))
    if any(len(line.ends) for line in everything):
        entries.append(
            (Line2D([], [], color=GREY, marker=MARKS["diverged"], linestyle="", markeredgewidth=1.4), "diverged here")
        )
    return Key(entries, heading)


def _heading(levels: Sequence[str], lines: str | None, styles: LineStyles) -> str:
    """Return the name of the factor of the lines, where there are too many of them for titles of their own."""
    if lines is None or lines == METRIC or styles.bar or len(levels) <= 4:
        return ""
    return setting_words([lines])[lines]


def _notes(levels: Sequence[str], styles: LineStyles, lines: Sequence[MeanCurve]) -> list[str]:
    """Return sentences on lines that look alike, and on means of repeats."""
    notes = []
    if len(levels) > MOST_WORDS and not styles.bar:
        notes.append(f"{len(levels)} levels share {MOST_WORDS} colours and dashes.")
    counts = [line.runs for line in lines]
    if max(counts, default=1) > 1:
        means = f"Each line is the mean of its repeats ({count_range(counts)}) and the band its 95 % interval"
        notes.append(f"{means}; a run that has ended no longer counts, and the line ends where one diverged.")
    return notes
