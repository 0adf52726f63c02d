"""Curves drawn: a grid of panels with shared axes, and one key for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from zerosweep.figures.drawing.axes import Scale, is_share, scale
from zerosweep.figures.drawing.levels import written
from zerosweep.figures.drawing.palette import GREY, MARKS, MOST_WORDS, Looks, looks, shades
from zerosweep.figures.drawing.panels import GAP, MANY, WIDTHS, PanelGrid, columns_of
from zerosweep.figures.drawing.sheet import (
    BAR,
    EDGE,
    LINE,
    SMALL,
    Key,
    bar_width,
    from_to,
    page,
    width_of,
    wrapped,
)
from zerosweep.figures.names import METRIC
from zerosweep.figures.sweep.curves import CurvePanel, Line


@np.errstate(all="ignore")
def draw(panels: Sequence[CurvePanel], levels: Sequence[str], lines: str | None, y: str, title: str, *,
         notes: Sequence[str] = (), aligned: int = 1) -> Figure:  # fmt: skip
    """levels: of the factor `lines`, all that occur, in order, or [""] where there is none; y: the metric. aligned: levels of the
    last factor of the panels, which stand below each other where that is possible."""
    everything = [line for panel in panels for line in panel.lines]
    look = looks(levels)
    columns = columns_of(len(panels), aligned)
    xs, ys = axes_of(everything, y, small=columns > 2)
    many = len(panels) > 25
    width = MANY if many else WIDTHS[columns]
    titles = [wrapped(panel.title, width - GAP) for panel in panels]
    above = 0.06 + max((text.count("\n") + 1 for text in titles if text), default=0) * SMALL * LINE
    height = {1: 4.0, 2: 3.1}.get(columns, (0.62 if many else 0.72) * width) + above
    grid = PanelGrid(len(panels), columns, width, height, above, left=0.3 + width_of(ys.labels))
    body = grid.left + grid.size[0] + (bar_width(look.bar) if look.bar else 0.1), grid.below + grid.size[1]
    key = _key(levels, lines, look, everything)
    sheet = page(body, grid.boxes(), title, key, [*_explained(levels, look, everything), *notes])
    for i, (ax, panel, text) in enumerate(zip(sheet.axes, panels, titles, strict=True)):
        ax.set_title(text, fontsize=SMALL, y=1.0, pad=3, parse_math=False)
        _axes(ax, xs, ys, lowest=i + columns >= len(panels), first=i % columns == 0)
        for line in panel.lines:
            _line(ax, line, look, alone=len(panels) == 1)
        _missing(ax, panel, lines)
    middle = grid.below + grid.size[1] / 2
    sheet.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "step", ha="center")
    sheet.write(EDGE, middle - above / 2, y, rotation=90, va="center")
    if look.bar and lines is not None:
        tall = min(grid.size[1] - above, 4.5)
        sheet.colour_bar((grid.left + grid.size[0], middle - (above + tall) / 2, BAR, tall), look.bar, shades(), lines)
    return sheet.figure


def axes_of(lines: Sequence[Line], y: str, small: bool) -> tuple[Scale, Scale]:
    """The axes that all panels share. They span means and ends; of an interval what is beyond is cut off."""
    values = np.concatenate([np.array([]), *(part for line in lines for part in (line.mean, line.ends[:, 1]))])
    steps = np.concatenate([np.array([0.0]), *(line.steps for line in lines)])
    if not len(values):  # an axis with numbers would pretend that there are any
        return (Scale(0.0, 1.0, False, np.array([]), []),) * 2
    if steps.max() == steps.min():
        steps = np.array([0.0, 1.0])
    xs = scale(steps, ticks=3 if small else 6, margin=0)
    return xs, scale(values, ticks=3 if small else 5, share=is_share(y, values))


def _axes(ax: Axes, xs: Scale, ys: Scale, *, lowest: bool, first: bool) -> None:
    """Ticks are what is slow to draw: few, no small ones, and numbers only at the outer panels."""
    if ys.log:
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(NullLocator())
    ax.set(xlim=(xs.low, xs.high + 0.02 * (xs.high - xs.low)), ylim=(ys.low, ys.high))
    ax.set_xticks(xs.ticks, xs.labels if lowest else [""] * len(xs.ticks))
    ax.set_yticks(ys.ticks, ys.labels if first else [""] * len(ys.ticks))
    ax.tick_params(labelsize=SMALL, length=2, pad=2)
    ax.grid(True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)


def _line(ax: Axes, line: Line, look: Looks, *, alone: bool) -> None:
    colour, dashes = look.of[line.level].colour, look.of[line.level].dashes
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


def _missing(ax: Axes, panel: CurvePanel, lines: str | None) -> None:
    """Writes of what runs there is no number: in the middle where that is all, else in the upper left corner."""
    told = []
    for word in dict.fromkeys(word for line in panel.lines for word in line.missing):
        without = [line for line in panel.lines if word in line.missing]
        absent, runs = sum(line.missing[word] for line in without), sum(line.runs for line in without)
        count = word if absent == runs else f"{absent} of {runs} {word}"
        names = written([line.level for line in panel.lines])
        which = ", ".join(names[line.level] for line in without)
        every = len(without) == len(panel.lines)
        told.append(
            count if every else f"{lines}={which}: {count}" if len(without) <= 3 else f"{len(without)} lines: {count}"
        )
    if not told:
        return
    nothing = not any(len(line.steps) for line in panel.lines)
    x, y, ha, va, size = (0.5, 0.5, "center", "center", SMALL + 1) if nothing else (0.03, 0.96, "left", "top", SMALL)
    width = ax.get_position().width * ax.figure.get_figwidth()  # type: ignore[union-attr]
    text = "\n".join(wrapped(each, width - 0.1, size, most=2) for each in told)
    background = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1}
    ax.text(
        x, y, text, transform=ax.transAxes, ha=ha, va=va, fontsize=size, color=GREY, parse_math=False, bbox=background
    )


def _key(levels: Sequence[str], lines: str | None, look: Looks, everything: Sequence[Line]) -> Key:
    entries = []
    few = len(levels) <= 4
    if lines is not None and not look.bar:
        for level, name in written(levels).items():
            handle = Line2D([], [], color=look.of[level].colour, linestyle=look.of[level].dashes, linewidth=1.6)
            entries.append((handle, f"{lines}={name}" if few and lines != METRIC else name))
    if any(len(line.ends) for line in everything):
        entries.append(
            (Line2D([], [], color=GREY, marker=MARKS["diverged"], linestyle="", markeredgewidth=1.4), "diverged here")
        )
    return Key(entries, lines if lines is not None and not few and not look.bar else "")


def _explained(levels: Sequence[str], look: Looks, lines: Sequence[Line]) -> list[str]:
    notes = []
    if len(levels) > MOST_WORDS and not look.bar:
        notes.append(f"{len(levels)} levels share {MOST_WORDS} colours and dashes.")
    counts = [line.runs for line in lines]
    if max(counts, default=1) > 1:
        means = f"Each line is the mean of its repeats ({from_to(counts)}) and the band its 95 % interval"
        notes.append(f"{means}; a run that has ended no longer counts.")
    return notes
