"""The figure `curves`: a metric against the step, a panel for each combination of levels and a line for each level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, has_unit_range, scale
from zerosweep.figures.drawing.compared import (
    FINE,
    Combination,
    ComparedRun,
    by_levels,
    combination_label,
    finite_curve,
    labels_of,
    levels_of,
    thinned,
)
from zerosweep.figures.drawing.levels import level_labels
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY, MARKS, MOST_WORDS, LineStyles, line_styles, shades
from zerosweep.figures.drawing.panels import GAP, MANY, WIDTHS, PanelGrid, columns_of, set_ticks, write_title
from zerosweep.figures.drawing.sheet import (
    BAR,
    EDGE,
    SMALL,
    Key,
    bar_width,
    count_range,
    height_of,
    new_sheet,
    width_of,
    wrapped,
)
from zerosweep.figures.names import METRIC
from zerosweep.figures.sweep.encoding import CurveRoles
from zerosweep.statistics import sample

POINTS = 400
"""The most points of a drawn curve; of a longer one each point is the mean of several values."""


@dataclass(frozen=True)
class MeanCurve:
    """The mean curve of the repeats of one combination of levels.

    Attributes:
        level: The level of the factor of the lines, "" where there is none.
        steps: Shape (n,).
        mean: The mean at each step, shape (n,).
        low: Lower end of the mean's 95 % interval, shape (n,). It is the mean itself where the runs are equal, and NaN
            where fewer than two have a value.
        high: Upper end of that interval.
        ends: Last step and value of each run that diverged, shape (m, 2).
        missing: Number of runs without a finite value, by the text that says why.
        runs: Number of all runs.
    """

    level: str
    steps: Floats
    mean: Floats
    low: Floats
    high: Floats
    ends: Floats
    missing: Mapping[str, int]
    runs: int


@dataclass(frozen=True)
class CurvePanel:
    """A panel with its lines. title: the levels that all its runs have in common, "" where there are none."""

    title: str
    lines: list[MeanCurve]


def curve_panels(runs: Sequence[ComparedRun], roles: CurveRoles) -> dict[Combination, CurvePanel]:
    """Return a panel for each combination of levels that was run, in order, with a line for each level that was."""
    width = max(1, -(-max((len(run.values) for run in runs), default=0) // POINTS))
    labels = labels_of(runs, roles.panels)
    panels = {}
    for combination, inside in by_levels(runs, roles.panels).items():
        title = combination_label(roles.panels, combination, labels)
        if roles.lines is None:
            panels[combination] = CurvePanel(title, [mean_curve("", inside, width)])
        else:
            groups = by_levels(inside, [roles.lines])
            levels = levels_of(runs, roles.lines)  # of all runs: words have the same order in all panels
            lines = [mean_curve(level, groups[level,], width) for level in levels if (level,) in groups]
            panels[combination] = CurvePanel(title, lines)
    return panels


def mean_curve(level: str, repeats: Sequence[ComparedRun], width: int = 1) -> MeanCurve:
    """Return the mean of the repeats at each step of any of them.

    Between its own steps a run is interpolated linearly. After its end it no longer counts; but where a run diverged
    the mean ends, since the mean of those that survived would hide it.

    Args:
        level: The level of the line.
        repeats: The runs.
        width: Number of values of a run whose mean is one point.
    """
    curves = [thinned(*finite_curve(run), width) for run in repeats]
    steps = np.unique(np.concatenate([steps for steps, _ in curves])) if curves else np.array([])
    last = [own[-1] for run, (own, _) in zip(repeats, curves, strict=True) if run.verdict == "diverged" and len(own)]
    steps = steps[steps <= min(last, default=np.inf)]
    table = np.full((len(curves), len(steps)), np.nan)
    for row, (own, values) in zip(table, curves, strict=True):
        if len(own):
            row[:] = np.interp(steps, own, values, left=np.nan, right=np.nan)
    repeated = sample(table)
    equal = (repeated.n > 1) & np.isnan(repeated.half)  # no interval: the band closes to the line
    low, high = (np.where(equal, repeated.mean, end) for end in repeated.interval)
    ends = [
        (own[-1], values[-1])
        for run, (own, values) in zip(repeats, curves, strict=True)
        if run.verdict == "diverged" and len(own)
    ]
    missing = Counter(
        "no curve" if run.verdict in FINE else run.status
        for run, (own, _) in zip(repeats, curves, strict=True)
        if not len(own)
    )
    return MeanCurve(level, steps, repeated.mean, low, high, np.array(ends).reshape(-1, 2), missing, len(repeats))


@np.errstate(all="ignore")
def draw(panels: Sequence[CurvePanel], levels: Sequence[str], lines: str | None, y: str, title: str, *,
         notes: Sequence[str] = (), aligned: int = 1) -> Figure:  # fmt: skip
    """Draw a grid of panels with shared axes, and one key for all.

    Args:
        panels: At least one.
        levels: All levels of the factor `lines`, in order, or [""] where there is none.
        lines: The factor of the lines.
        y: The label of the metric.
        title: The title of the figure.
        notes: Sentences to write below, after those that explain the lines.
        aligned: Levels of the last factor of the panels: those of the same level stand below each other where possible.
    """
    everything = [line for panel in panels for line in panel.lines]
    styles = line_styles(levels)
    columns = columns_of(len(panels), aligned)
    xs, ys = axes_of(everything, y, small=columns > 2)
    many = len(panels) > 25
    width = MANY if many else WIDTHS[columns]
    titles = [wrapped(panel.title, width - GAP) for panel in panels]
    above = 0.06 + height_of(titles)
    height = {1: 4.0, 2: 3.1}.get(columns, (0.62 if many else 0.72) * width) + above
    grid = PanelGrid(len(panels), columns, width, height, above, left=0.3 + width_of(ys.labels))
    body = grid.left + grid.size[0] + (bar_width(styles.bar) if styles.bar else 0.1), grid.below + grid.size[1]
    key = _key(levels, lines, styles, everything)
    sheet = new_sheet(body, grid.boxes(), title, key, [*_notes(levels, styles, everything), *notes])
    for i, (ax, panel, text) in enumerate(zip(sheet.axes, panels, titles, strict=True)):
        write_title(ax, text)
        _axes(ax, xs, ys, lowest=i + columns >= len(panels), first=i % columns == 0)
        for line in panel.lines:
            _line(ax, line, styles, alone=len(panels) == 1)
        _write_missing(ax, panel, lines)
    middle = grid.below + grid.size[1] / 2
    sheet.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "step", ha="center")
    sheet.write(EDGE, middle - above / 2, y, rotation=90, va="center")
    if styles.bar and lines is not None:
        tall = min(grid.size[1] - above, 4.5)
        sheet.colour_bar(
            (grid.left + grid.size[0], middle - (above + tall) / 2, BAR, tall), styles.bar, shades(), lines
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
    return xs, scale(values, ticks=3 if small else 5, unit_range=has_unit_range(y, values))


def _axes(ax: Axes, xs: Scale, ys: Scale, *, lowest: bool, first: bool) -> None:
    """Set the scales of a panel and its grid."""
    if ys.log:
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(NullLocator())
    ax.set(xlim=(xs.low, xs.high + 0.02 * (xs.high - xs.low)), ylim=(ys.low, ys.high))
    set_ticks(ax, xs, ys, lowest=lowest, first=first)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)


def _line(ax: Axes, line: MeanCurve, styles: LineStyles, *, alone: bool) -> None:
    """Draw the mean, its interval, and a mark where a run diverged."""
    colour, dashes = styles.by_level[line.level].colour, styles.by_level[line.level].dashes
    lone = len(line.steps) == 1
    ax.plot(line.steps, line.mean, dashes, color=colour, linewidth=1.6 if alone else 1.2, clip_on=False,
            marker="o" if lone else None, markersize=3)  # fmt: skip
    if np.isfinite(line.low).any():
        low, high = np.clip([line.low, line.high], *ax.get_ylim())
        ax.fill_between(line.steps, low, high, color=colour, alpha=0.18, linewidth=0)
    if len(line.ends):
        ax.plot(
            *line.ends.T, MARKS["diverged"], color=colour, markersize=5.5, markeredgewidth=1.4, clip_on=False, zorder=4
        )


def _write_missing(ax: Axes, panel: CurvePanel, lines: str | None) -> None:
    """Write which runs have no number: in the middle of a panel without any line, else in its upper left corner."""
    texts = []
    for status in dict.fromkeys(status for line in panel.lines for status in line.missing):
        without = [line for line in panel.lines if status in line.missing]
        absent, runs = sum(line.missing[status] for line in without), sum(line.runs for line in without)
        count = status if absent == runs else f"{absent} of {runs} {status}"
        labels = level_labels([line.level for line in panel.lines])
        which = ", ".join(labels[line.level] for line in without)
        every = len(without) == len(panel.lines)
        texts.append(
            count if every else f"{lines}={which}: {count}" if len(without) <= 3 else f"{len(without)} lines: {count}"
        )
    if not texts:
        return
    nothing = not any(len(line.steps) for line in panel.lines)
    x, y, ha, va, size = (0.5, 0.5, "center", "center", SMALL + 1) if nothing else (0.03, 0.96, "left", "top", SMALL)
    width = ax.get_position().width * ax.figure.get_figwidth()  # type: ignore[union-attr]
    text = "\n".join(wrapped(each, width - 0.1, size, most=2) for each in texts)
    background = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    ax.text(
        x, y, text, transform=ax.transAxes, ha=ha, va=va, fontsize=size, color=GREY, parse_math=False, bbox=background
    )


def _key(levels: Sequence[str], lines: str | None, styles: LineStyles, everything: Sequence[MeanCurve]) -> Key:
    """Return the levels of the lines, unless a colour bar explains them, and the mark of runs that diverged."""
    entries = []
    few = len(levels) <= 4
    if lines is not None and not styles.bar:
        for level, name in level_labels(levels).items():
            handle = Line2D(
                [], [], color=styles.by_level[level].colour, linestyle=styles.by_level[level].dashes, linewidth=1.6
            )
            entries.append((handle, f"{lines}={name}" if few and lines != METRIC else name))
    if any(len(line.ends) for line in everything):
        entries.append(
            (Line2D([], [], color=GREY, marker=MARKS["diverged"], linestyle="", markeredgewidth=1.4), "diverged here")
        )
    return Key(entries, lines if lines is not None and not few and not styles.bar else "")


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
