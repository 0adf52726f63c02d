"""The trials of a search in the plane of two settings, as series: where it learns, and where it fails (experiment E7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerosweep.figures.drawing.axes import Scale
from zerosweep.figures.drawing.levels import level_labels
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.search.axes import of_objective
from zerosweep.figures.search.marks import without_value
from zerosweep.figures.search.settings import Setting, level
from zerosweep.figures.search.trials import DrawnTrial, best_first, by_outcome, objective, polyline

MOST_PANELS = 4
"""A setting with more options than these makes no panels."""


@dataclass(frozen=True)
class PlanePanel:
    """title: the option that its trials share, "" where all do. places: (n, 2), x and y of the complete trials, from the worst
    to the best; values: (n,), and verdicts: n, of the same. others: (m, 2) of those without a value, by outcome. stopped: (m,),
    where each of the pruned ones was when it was stopped, NaN where it had said nothing. best: whether the last of the complete
    ones is the best of all panels."""

    title: str
    places: Floats
    values: Floats
    verdicts: Sequence[str]
    others: Mapping[str, Floats]
    stopped: Floats
    best: bool


@dataclass(frozen=True)
class Plane:
    """x, y: the settings along the axes. panels: one for each option, and one for the trials that have none of them. colours: of
    the objective, None without any. best: the number of the best trial that is drawn, None without any. absent: how many trials
    are not drawn, as they do not have both settings."""

    x: Setting
    y: Setting
    panels: Sequence[PlanePanel]
    colours: Scale | None
    best: int | None
    absent: int


def chosen(settings: Sequence[Setting]) -> tuple[Setting, Setting, Setting | None] | None:
    """x, y, and the setting of the panels: the two most important numbers, as they came, and the most important setting of two
    to four options, None where there is none. None where there are no two numbers. settings: the most important first."""
    numeric = [setting for setting in settings if setting.numeric]
    if len(numeric) < 2:
        return None
    switches = [setting for setting in settings if not setting.numeric and len(setting.levels) <= MOST_PANELS]
    x, y = sorted(numeric[:2], key=lambda setting: setting.came)
    return x, y, switches[0] if switches else None


def plane(
    trials: Sequence[DrawnTrial], x: Setting, y: Setting, by: Setting | None, metric: str, direction: str
) -> Plane | None:
    """None where no trial has both settings."""
    both = np.isfinite(_places(trials, x, y)).all(axis=1)
    drawn = [trials[int(i)] for i in np.flatnonzero(both)]
    if not drawn:
        return None
    best = best_first(drawn, direction)[:1]
    options: dict[str, list[DrawnTrial]] = {option: [] for option in ([*by.levels, ""] if by else [""])}
    for trial in drawn:
        options[(level(trial, by.name) or "") if by else ""].append(trial)
    names = level_labels([*options])
    panels = [
        _panel(_title(by.name, names[option] if option else "") if by else "", inside, x, y, direction, best)
        for option, inside in options.items()
        if inside
    ]
    values = np.concatenate(
        [part for panel in panels for part in (panel.values, panel.stopped[~np.isnan(panel.stopped)])]
    )
    colours = of_objective(metric, values, margin=0) if len(values) else None
    return Plane(x, y, panels, colours, best[0].number if best else None, len(trials) - len(drawn))


def _title(name: str, option: str) -> str:
    return f"{name}={option}" if option else f"without {name}"


def _panel(
    title: str, trials: Sequence[DrawnTrial], x: Setting, y: Setting, direction: str, best: Sequence[DrawnTrial]
) -> PlanePanel:
    done, groups = best_first(trials, direction)[::-1], by_outcome(trials)
    others = {outcome: _places(groups[outcome], x, y) for outcome in without_value(groups)}
    holds_best = bool(done and best) and done[-1] is best[0]
    verdicts = [trial.verdict for trial in done]
    return PlanePanel(title, _places(done, x, y), objective(done), verdicts, others, _stopped(groups), holds_best)


def _stopped(groups: Mapping[str, Sequence[DrawnTrial]]) -> Floats:
    curves = [polyline(trial.curve) for trial in groups.get("pruned", ())]
    return np.array([curve[-1, 1] if len(curve) else np.nan for curve in curves], np.float64)


def _places(trials: Sequence[DrawnTrial], x: Setting, y: Setting) -> Floats:
    """(n, 2)"""
    return np.stack([x.places(trials), y.places(trials)], axis=1)
