"""The figure `optimizers`: one seed of each optimizer, mini-batch and test, and the means beside them (experiment E4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerosweep.figures.drawing.axes import scale
from zerosweep.figures.drawing.compared import ComparedRun, by_levels, finite_curve
from zerosweep.figures.drawing.lettering import LINE, SMALL, width_of
from zerosweep.figures.drawing.mean_curve import mean_curve
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import GREY, line_styles
from zerosweep.figures.drawing.panels import GAP, PanelGrid, columns_of, panel_size, set_ticks, write_title
from zerosweep.figures.drawing.sheet import EDGE, Key, new_sheet
from zerosweep.naming import level_title

OPTIMIZER, BN, FIRST_STEP = "optimizer", "bn", "optimizer.first_step"
"""The factors that the figure is about."""

EVERY = 10
"""Of the accuracies on mini-batches one in this number is drawn, as published."""

OUR_WAY = "AdaGrad, our way"
"""The name of AdaGrad with the rule that is not the article's."""


@dataclass(frozen=True)
class OneSeed:
    """The accuracies of one run.

    Attributes:
        steps: The steps of the mini-batches, shape (n,).
        batch: The accuracy on each of them, shape (n,).
        test_steps: The steps at which the test accuracy was measured, shape (m,).
        test: That accuracy, shape (m,).
    """

    steps: Floats
    batch: Floats
    test_steps: Floats
    test: Floats


def name_of(run: ComparedRun) -> str:
    """Return the optimizer of a run; an AdaGrad whose first step is not the article's has a name of its own."""
    return OUR_WAY if run.level(FIRST_STEP) == "accumulated" else run.level(OPTIMIZER)


def by_name(runs: Sequence[ComparedRun], bn: str) -> dict[str, list[ComparedRun]]:
    """Return the repeats of each optimizer with or without batch normalization."""
    found: dict[str, list[ComparedRun]] = {}
    for repeats in by_levels([run for run in runs if run.level(BN) in (bn, "")], [OPTIMIZER, FIRST_STEP]).values():
        found.setdefault(name_of(repeats[0]), []).extend(repeats)
    return found


def one_seed(repeats: Sequence[ComparedRun]) -> OneSeed | None:
    """Return the accuracies of the repeat with the smallest seed that saved its trace; None where none did."""
    for run in sorted(repeats, key=lambda run: int(run.seed or 0)):
        if {"step", "accuracy"} <= run.arrays.keys():
            steps, batch = (
                np.asarray(run.arrays[name], np.float64)[EVERY - 1 :: EVERY] for name in ("step", "accuracy")
            )
            return OneSeed(steps, batch, *finite_curve(run))
    return None


def draw(runs: Sequence[ComparedRun], factors: Sequence[str], title: str) -> Figure:
    """Draw a panel for each optimizer without batch normalization, and the means of all without and with it."""
    without = by_name(runs, "false")
    alone = {name: found for name, repeats in without.items() if (found := one_seed(repeats))}
    means = {
        "all, without BN": without,
        "all, with BN": by_name(runs, "true"),
    }
    means = {name: groups for name, groups in means.items() if groups}
    names = list(dict.fromkeys(name for groups in means.values() for name in groups))
    n = max(len(alone) + len(means), 1)
    columns = columns_of(n)
    last = max((float(each.test_steps[-1]) for each in alone.values() if len(each.test_steps)), default=1000.0)
    xs, ys = scale(np.array([0.0, last]), ticks=3, margin=0), scale(np.array([]), ticks=5)
    above = 0.12 + SMALL * LINE
    left = 0.3 + width_of(ys.labels)
    width, tall = panel_size(columns, left + 0.1)
    grid = PanelGrid(n, columns, width, tall + above, above, left)
    colours = {name: style.colour for name, style in line_styles(names, OPTIMIZER).by_level.items()}
    entries = [
        (Line2D([], [], color=GREY, linewidth=0.8), "mini-batches of one seed"),
        *(
            (Line2D([], [], color=colour, linewidth=1.6), level_title(OPTIMIZER, name))
            for name, colour in colours.items()
        ),
    ]
    notes = [
        "Coloured lines are test accuracies: of one seed in the panel of an optimizer, the means over the seeds with "
        "their 95 % intervals in the last panels, without and with batch normalization (BN)."
    ]
    body = (grid.left + grid.size[0], grid.below + grid.size[1])
    sheet = new_sheet(body, grid.boxes(), title, Key(entries), notes)
    for i, (ax, text) in enumerate(zip(sheet.axes, [*alone, *means], strict=False)):
        write_title(ax, level_title(OPTIMIZER, text) if text in alone else text)
        ax.set(xlim=(0, last), ylim=(0, 1))
        set_ticks(ax, xs, ys, lowest=i + columns >= n, first=i % columns == 0)
        ax.grid(True, color="#dddddd", linewidth=0.6)
        if text in alone:
            ax.plot(alone[text].steps, alone[text].batch, color=GREY, linewidth=0.7)
            ax.plot(alone[text].test_steps, alone[text].test, color=colours[text], linewidth=1.4)
        else:
            _means(ax, means[text], colours)
    sheet.write(grid.left + (grid.size[0] - GAP) / 2, EDGE, "step", ha="center", va="bottom")
    sheet.write(EDGE, grid.below + grid.size[1] / 2, "accuracy", rotation=90, va="center")
    return sheet.figure


def _means(ax: Axes, groups: Mapping[str, Sequence[ComparedRun]], colours: Mapping[str, str]) -> None:
    """Draw the mean test accuracy of each optimizer and its interval."""
    for name, repeats in groups.items():
        line = mean_curve(name, repeats)
        ax.plot(line.steps, line.mean, color=colours[name], linewidth=1.2)
        if np.isfinite(line.low).any():
            low, high = np.clip([line.low, line.high], 0, 1)
            ax.fill_between(line.steps, low, high, color=colours[name], alpha=0.18, linewidth=0)
