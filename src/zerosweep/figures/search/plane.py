"""The trials of a search in the plane of two settings: where training works, and where it fails (experiment E7).

`plane` finds what is shown, and `draw` draws it: panels side by side with shared axes, and one colour bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.lettering import LINE, SMALL, width_of, wrapped
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import BEST, GREY, INKS, MARKS, shades_for
from zerosweep.figures.drawing.panels import write_title
from zerosweep.figures.drawing.sheet import BAR, EDGE, WIDEST, Key, bar_width, new_sheet
from zerosweep.figures.drawing.words import level_titles, setting_words
from zerosweep.figures.search.axes import objective_scale, panel_gap, set_axes
from zerosweep.figures.search.marks import mark, put, without_value
from zerosweep.figures.search.settings import Setting, level
from zerosweep.figures.search.trials import DrawnTrial, best_first, by_outcome, objective, polyline
from zerosweep.metrics import axis_title
from zerosweep.naming import words

MOST_PANELS = 4
"""The most options of a setting that makes panels."""

WIDE, TALL, FLAT = 5.2, 4.0, 0.95
"""The largest width and height of a panel in inches, and its height as a multiple of a smaller width."""

LEGIBLE = 5.0
"""The smallest diameter of a dot, in points, in which a mark can be seen."""


@dataclass(frozen=True)
class PlanePanel:
    """The trials of one panel.

    Attributes:
        title: The option that its trials share; "" if there is only one panel.
        places: x and y of the complete trials, shape (n, 2), from the worst to the best.
        values: Their objective values, shape (n,).
        verdicts: Their verdicts, n of them.
        others: x and y of the trials without a value, shape (m, 2), by outcome.
        stopped: The last intermediate value of each pruned trial, in the order of `others`; NaN if it reported nothing.
        best: Whether the last complete trial is the best of all panels.
    """

    title: str
    places: Floats
    values: Floats
    verdicts: Sequence[str]
    others: Mapping[str, Floats]
    stopped: Floats
    best: bool


@dataclass(frozen=True)
class Plane:
    """The trials of a search in the plane of two settings.

    Attributes:
        x: The setting along x.
        y: The setting along y.
        panels: A panel for each option that trials have, and one for the trials without that setting.
        colours: The scale of the objective's colours; None if no trial has a value.
        best: The number of the best trial that is drawn; None if no trial is complete.
        absent: Number of trials that are not drawn, as they do not have both settings.
    """

    x: Setting
    y: Setting
    panels: Sequence[PlanePanel]
    colours: Scale | None
    best: int | None
    absent: int


def chosen(settings: Sequence[Setting]) -> tuple[Setting, Setting, Setting | None] | None:
    """Return the settings along x and y, and the setting that makes panels.

    The axes are the two most important numeric settings, in the order in which the trials list them. The panels are
    the options of the most important setting with two to four options.

    Args:
        settings: The settings that varied, the most important first.

    Returns:
        x, y and the setting of the panels, which may be None; None if fewer than two settings are numeric.
    """
    numeric = [setting for setting in settings if setting.numeric]
    if len(numeric) < 2:
        return None
    switches = [setting for setting in settings if not setting.numeric and len(setting.levels) <= MOST_PANELS]
    x, y = sorted(numeric[:2], key=lambda setting: setting.position)
    return x, y, switches[0] if switches else None


def plane(
    trials: Sequence[DrawnTrial], x: Setting, y: Setting, by: Setting | None, metric: str, direction: str
) -> Plane | None:
    """Return the trials in the plane of `x` and `y`; None if no trial has both settings.

    Args:
        by: The setting whose options make panels; None for one panel.
        metric: Name of the objective.
        direction: maximize or minimize.
    """
    both = np.isfinite(_places(trials, x, y)).all(axis=1)
    drawn = [trials[int(i)] for i in np.flatnonzero(both)]
    if not drawn:
        return None
    best = best_first(drawn, direction)[:1]
    options: dict[str, list[DrawnTrial]] = {option: [] for option in ([*by.levels, ""] if by else [""])}
    for trial in drawn:
        options[(level(trial, by.name) or "") if by else ""].append(trial)
    titles = level_titles(by.name, [*options]) if by else {"": ""}
    panels = [_panel(titles[option], inside, x, y, direction, best) for option, inside in options.items() if inside]
    values = np.concatenate(
        [part for panel in panels for part in (panel.values, panel.stopped[~np.isnan(panel.stopped)])]
    )
    colours = objective_scale(metric, values, margin=0) if len(values) else None
    return Plane(x, y, panels, colours, best[0].number if best else None, len(trials) - len(drawn))


def _panel(
    title: str, trials: Sequence[DrawnTrial], x: Setting, y: Setting, direction: str, best: Sequence[DrawnTrial]
) -> PlanePanel:
    """Return the panel of these trials.

    Args:
        best: The best trial of all panels, if there is one.
    """
    done, groups = best_first(trials, direction)[::-1], by_outcome(trials)
    others = {outcome: _places(groups[outcome], x, y) for outcome in without_value(groups)}
    holds_best = bool(done and best) and done[-1] is best[0]
    verdicts = [trial.verdict for trial in done]
    return PlanePanel(title, _places(done, x, y), objective(done), verdicts, others, _stopped(groups), holds_best)


def _stopped(groups: Mapping[str, Sequence[DrawnTrial]]) -> Floats:
    """Return the last intermediate value of each pruned trial, shape (m,); NaN if it reported nothing."""
    curves = [polyline(trial.curve) for trial in groups.get("pruned", ())]
    return np.array([curve[-1, 1] if len(curve) else np.nan for curve in curves], np.float64)


def _places(trials: Sequence[DrawnTrial], x: Setting, y: Setting) -> Floats:
    """Return the places of the trials along x and y, shape (n, 2); NaN for a setting that a trial does not have."""
    return np.stack([x.places(trials), y.places(trials)], axis=1)


@np.errstate(all="ignore")
def draw(found: Plane, metric: str, direction: str, title: str) -> Figure:
    """Draw the panels side by side with shared axes, and one colour bar for the objective."""
    few = len(found.panels) < 3
    xs = found.x.axis(5 if few else 3, (WIDEST - 2.0) / len(found.panels) - 0.4)
    ys = found.y.axis(5, 2.2)
    left, gap = 0.35 + width_of(ys.labels), panel_gap([xs])
    room = WIDEST - left - (bar_width(found.colours) if found.colours else 0.0)
    across = min(WIDE, room / len(found.panels) - gap)
    tall = min(TALL, max(FLAT * across, 2.2))
    titles = [wrapped(panel.title, across) for panel in found.panels]
    above = 0.08 + max((text.count("\n") + 1 for text in titles if text), default=0) * SMALL * LINE
    below = 0.47
    boxes = [(left + i * (across + gap), below, across, tall) for i in range(len(found.panels))]
    right = boxes[-1][0] + across + gap
    body = right + (bar_width(found.colours) if found.colours else 0.0), below + tall + above
    sheet = new_sheet(body, boxes, title, _key(found), _notes(found))
    size = _size(found)
    for i, (ax, panel, heading) in enumerate(zip(sheet.axes, found.panels, titles, strict=True)):
        set_axes(ax, xs, ys, numbers=(True, i == 0))
        write_title(ax, heading)
        _paint(ax, panel, found, direction, size)
    sheet.write(
        (left + right - gap) / 2,
        EDGE,
        setting_words([found.x.name, found.y.name])[found.x.name],
        ha="center",
        va="bottom",
    )
    sheet.write(
        EDGE, below + tall / 2, setting_words([found.x.name, found.y.name])[found.y.name], rotation=90, va="center"
    )
    if found.colours:
        sheet.colour_bar((right, below, BAR, tall), found.colours, shades_for(direction), axis_title(metric))
    return sheet.figure


def _size(found: Plane) -> float:
    """Return the diameter of a dot in points: the more trials, the smaller."""
    trials = sum(len(panel.values) + sum(map(len, panel.others.values())) for panel in found.panels)
    return 6.5 if trials <= 100 else 5.0 if trials <= 300 else 3.6


def _paint(ax: Axes, panel: PlanePanel, found: Plane, direction: str, size: float) -> None:
    """Draw the trials of a panel, with dots of `size` points."""
    for outcome, places in panel.others.items():
        put(ax, outcome, places[:, 0], places[:, 1], size * 0.8)
    if found.colours is None:
        return
    if len(known := np.flatnonzero(~np.isnan(panel.stopped))):
        x, y = panel.others["pruned"][known].T
        colours = shades_for(direction)(found.colours.fraction(panel.stopped[known]))
        ax.scatter(
            x, y, s=(size * 0.9) ** 2, c=colours, marker=MARKS["pruned"], linewidths=0, clip_on=False, zorder=2.4
        )
    if not len(panel.values):
        return
    colours = shades_for(direction)(found.colours.fraction(panel.values))
    x, y = panel.places.T
    ax.scatter(x, y, s=size**2, c=colours, linewidths=0, clip_on=False, zorder=2.5)
    for word in _verdicts(found) if size >= LEGIBLE else []:
        same = np.array([verdict == word for verdict in panel.verdicts])
        for ink, legible in ((INKS[1], _dark(colours)), (INKS[0], ~_dark(colours))):
            ax.plot(x[same & legible], y[same & legible], linestyle="", marker=MARKS[word], color=ink, fillstyle="none",
                    markersize=size * 0.55, markeredgewidth=0.9, clip_on=False, zorder=2.6)  # fmt: skip
    if panel.best:
        ax.plot(*panel.places[-1], "o", color=BEST, fillstyle="none", markersize=size + 4, markeredgewidth=1.6,
                clip_on=False, zorder=4)  # fmt: skip


def _verdicts(found: Plane) -> list[str]:
    """Return the verdicts of complete trials that did not learn."""
    verdicts = {verdict for panel in found.panels for verdict in panel.verdicts}
    return [word for word in ("slow", "stuck", "dying") if word in verdicts]


def _dark(colours: Floats) -> np.ndarray:
    """Return whether white is legible on each colour, shape (n,).

    Args:
        colours: Red, green, blue and alpha, shape (n, 4).
    """
    return np.asarray(colours[:, :3] @ (0.299, 0.587, 0.114) < 0.5)


def _key(found: Plane) -> Key:
    entries = [
        (mark(outcome), outcome)
        for outcome in without_value(outcome for panel in found.panels for outcome in panel.others)
    ]
    for word in _verdicts(found) if _size(found) >= LEGIBLE else []:
        line = Line2D([], [], linestyle="", marker=MARKS[word], color=GREY, fillstyle="none", markersize=5)
        entries.append((line, word))
    if found.best is not None:
        ring = Line2D([], [], linestyle="", marker="o", color=BEST, fillstyle="none", markersize=8, markeredgewidth=1.6)
        entries.append((ring, f"best: trial {found.best}"))
    return Key(entries)


def _notes(found: Plane) -> list[str]:
    notes = []
    if any(np.isfinite(panel.stopped).any() for panel in found.panels):
        notes.append("A pruned trial has the colour of its last intermediate value.")
    if found.absent:
        notes.append(
            f"Not drawn, as they do not have both {words(found.x.name)} and {words(found.y.name)}: {found.absent} of all trials."
        )
    return notes
