"""The figure `learning_curves`: loss and accuracy against the step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from zerosweep.figures.drawing.style import COLOURS, NAMES, panels
from zerosweep.training.records import History

POINTS = 400
"""The most points of a curve of mini-batch losses; of more losses each point is the mean of several."""

STEPS = MaxNLocator(4, integer=True, steps=[1, 2, 5, 10])
"""Locator of the ticks along the steps."""


@dataclass(frozen=True)
class Curve:
    """A line of the figure.

    Attributes:
        split: train, val or test.
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
    """Return the curves of the panels "loss" and "accuracy", without those that were never recorded."""
    loss = [Curve("train", *averaged(*history.series("train/loss")))]
    steps, values = history.series("val/loss")
    loss.append(Curve("val", np.array(steps), np.array(values)))
    accuracy = []
    for split in NAMES:
        steps, values = history.series(f"{split}/accuracy")
        accuracy.append(Curve(split, np.array(steps), np.array(values)))
    return {"loss": [c for c in loss if len(c.steps)], "accuracy": [c for c in accuracy if len(c.steps)]}


@np.errstate(all="ignore")
def draw(curves: dict[str, list[Curve]], title: str) -> Figure:
    """Draw a panel for the loss and one for the accuracy, where there are curves, with one legend for both."""
    shown = {name: lines for name, lines in curves.items() if lines} or {"loss": []}
    figure, axes = panels(1, len(shown), title)
    for ax, (name, lines) in zip(axes, shown.items(), strict=True):
        for line in lines:
            few = len(line.steps) == 1 if line.split == "train" else len(line.steps) <= 30
            ax.plot(
                line.steps,
                line.values,
                color=COLOURS[line.split],
                label=NAMES[line.split],
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
        if name == "accuracy":
            ax.set_ylim(0, 1.02)
            ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
        elif lines and all((line.values > 0).all() for line in lines):
            span = [extreme for line in lines for extreme in (line.values.min(), line.values.max())]
            if max(span) > 100 * min(span):
                ax.set_yscale("log")
                ax.yaxis.set_minor_locator(NullLocator())
                ax.yaxis.set_major_formatter(
                    "{x:g}"
                )  # typesetting powers as formulas takes longer than all the drawing
                ax.locator_params(axis="y", numticks=5)
    if any(shown.values()):
        lines_by_name = {line.get_label(): line for ax in axes for line in ax.lines}
        axes[-1].legend(handles=list(lines_by_name.values()), loc="lower right", bbox_to_anchor=(1, 1), ncols=3,
                        frameon=False, borderpad=0, borderaxespad=0.2, handlelength=1.3, columnspacing=1,
                        fontsize=9)  # fmt: skip
    return figure
