"""The figure `learning_curves`: loss, accuracy and a learning rate that varies, against the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from zerosweep.figures.drawing.style import COLOURS, NAMES, panels
from zerosweep.training.records import History

POINTS = 400
"""The most points of a curve of mini-batch losses; of more losses each point is the mean of several."""

STEPS = MaxNLocator(4, integer=True, steps=[1, 2, 5, 10])
"""Locator of the ticks along the steps."""

MOST_COLUMNS = 3
"""The most panels beside each other."""

MOST_PANELS = 9
"""The most panels of a trainable, which may record any number of metrics."""

LEARNING_RATE = "learning rate"
"""The panel of the learning rate."""

RATE_COLOUR = "#555555"
"""Colour of what belongs to no set of examples, such as the learning rate."""


@dataclass(frozen=True)
class Curve:
    """A line of the figure.

    Attributes:
        split: train, val or test; "" for the learning rate, and for a metric of a trainable that has none of them.
        steps: Shape (n,).
        values: Shape (n,).
    """

    split: str
    steps: np.ndarray
    values: np.ndarray


def averaged(steps: list[int], values: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `POINTS` means over equally many consecutive values, each at the last of their steps."""
    width = max(1, -(-len(values) // POINTS))
    starts = np.arange(0, len(values), width)
    if not len(starts):
        return np.array([]), np.array([])
    counts = np.diff(np.append(starts, len(values)))
    return np.asarray(steps)[starts + counts - 1], np.add.reduceat(np.asarray(values), starts) / counts


def learning_curves(history: History) -> dict[str, list[Curve]]:
    """Return the curves of the panels "loss" and "accuracy", without those that were never recorded.

    A learning rate that varied has a panel of its own.
    """
    loss = [Curve("train", *averaged(*history.series("train/loss")))]
    steps, values = history.series("val/loss")
    loss.append(Curve("val", np.array(steps), np.array(values)))
    accuracy = []
    for split in NAMES:
        steps, values = history.series(f"{split}/accuracy")
        accuracy.append(Curve(split, np.array(steps), np.array(values)))
    curves = {"loss": [c for c in loss if len(c.steps)], "accuracy": [c for c in accuracy if len(c.steps)]}
    steps, rates = history.series("lr")
    if len(set(rates)) > 1:
        curves[LEARNING_RATE] = [Curve("", *averaged(steps, rates))]
    return curves


def all_curves(history: History) -> dict[str, list[Curve]]:
    """Return the curves of every metric in the evaluations, by quantity: of the first `MOST_PANELS` quantities."""
    found: dict[str, list[Curve]] = {}
    for name in dict.fromkeys(name for evaluation in history.evaluations for name in evaluation.metrics):
        split, _, rest = name.partition("/")
        of_split = rest and split in NAMES
        curve = Curve(split if of_split else "", *averaged(*history.series(name)))
        found.setdefault(rest if of_split else name, []).append(curve)
    return dict(islice(found.items(), MOST_PANELS))


@np.errstate(all="ignore")
def draw(curves: dict[str, list[Curve]], title: str) -> Figure:
    """Draw a panel for each quantity that has curves, and a legend of the sets of examples."""
    shown = {name: lines for name, lines in curves.items() if lines} or {"loss": []}
    columns = min(len(shown), MOST_COLUMNS)
    figure, axes = panels(-(-len(shown) // columns), columns, title)
    for ax in axes[len(shown) :]:
        ax.set_visible(False)
    for ax, (name, lines) in zip(axes, shown.items(), strict=False):
        for line in lines:
            few = len(line.steps) == 1 if line.split == "train" else len(line.steps) <= 30
            ax.plot(
                line.steps,
                line.values,
                color=COLOURS.get(line.split, RATE_COLOUR),
                label=NAMES.get(line.split),
                marker="o" if few else None,
                markersize=3,
                clip_on=False,
            )
        ax.set_xlabel("step")
        last = 1.02 * max([1, *(line.steps[-1] for line in lines)])
        ax.set_xlim(0, last)
        ticks = [tick for tick in STEPS.tick_values(0, last) if tick <= last]
        ax.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        ax.set_title(name, fontsize=10, y=1.0, loc="left")  # a fixed place: Matplotlib would search for one
        if name == "accuracy" and all((line.values <= 1).all() for line in lines):  # a trainable's may be in percent
            ax.set_ylim(0, 1.02)
            ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        elif _is_logarithmic(name, lines):
            ax.set_yscale("log")
            ax.yaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_major_formatter("{x:g}")  # typesetting powers as formulas takes longer than all the drawing
            ax.locator_params(axis="y", numticks=5)
    sets = {line.split: drawn for ax, lines in zip(axes, shown.values(), strict=False)
            for line, drawn in zip(lines, ax.lines, strict=True) if line.split}  # fmt: skip
    if sets:
        *_, last_of_sets = (ax for ax, lines in zip(axes, shown.values(), strict=False) if lines and lines[0].split)
        last_of_sets.legend(handles=list(sets.values()), loc="lower right", bbox_to_anchor=(1, 1), ncols=3,
                            frameon=False, borderpad=0, borderaxespad=0.2, handlelength=1.3, columnspacing=1,
                            fontsize=9)  # fmt: skip
    return figure


def _is_logarithmic(name: str, lines: Sequence[Curve]) -> bool:
    """Return whether the vertical axis of a panel is logarithmic: its values span more than two powers of ten.

    A learning rate must also be small at most of its steps, since half a cosine ends near 0, too.
    """
    values = np.concatenate([line.values for line in lines]) if lines else np.empty(0)
    wide = bool(len(values)) and bool((values > 0).all()) and bool(values.max() > 100 * values.min())
    return wide and (name != LEARNING_RATE or bool(values.max() > 5 * np.median(values)))
