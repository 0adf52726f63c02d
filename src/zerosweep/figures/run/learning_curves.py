"""The figure `learning_curves`: loss, accuracy and a learning rate that varies, against the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from zerosweep.figures.drawing.axes import Scale, scale
from zerosweep.figures.drawing.frame import Frame, left_of, name_steps, step_rows
from zerosweep.figures.drawing.lettering import width_of
from zerosweep.figures.drawing.numbers import drawable
from zerosweep.figures.drawing.palette import MARKS, OF_SET, OF_VERDICT
from zerosweep.figures.drawing.sheet import EDGE, WIDEST, Key, new_sheet
from zerosweep.metrics import SETS, described
from zerosweep.training.records import History

POINTS = 400
"""The most points of a curve of mini-batch losses; of more losses each point is the mean of several."""

MOST_COLUMNS = 3
"""The most panels beside each other."""

SINGLE, HEIGHTS, ABOVE = 5.6, {1: 2.6, 2: 2.3, 3: 1.9}, 0.28
"""Width of a single panel with its margins, height of panels by the number of columns, and inches above for a title."""

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
    for split in SETS:
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
        of_split = rest and split in SETS
        curve = Curve(split if of_split else "", *averaged(*history.series(name)))
        found.setdefault(rest if of_split else name, []).append(curve)
    return dict(islice(found.items(), MOST_PANELS))


@np.errstate(all="ignore")
def draw(
    curves: dict[str, list[Curve]], title: str, *, per_epoch: int | None = None, diverged: int | None = None
) -> Figure:
    """Draw a panel for each quantity that has curves, below a key of the sets of examples.

    Args:
        curves: The curves of each quantity.
        title: The title of the figure.
        per_epoch: Number of steps in an epoch; None where there are no epochs.
        diverged: The step at which the run diverged; None if it did not.
    """
    shown = {name: lines for name, lines in curves.items() if lines} or {"loss": []}
    columns = min(len(shown), MOST_COLUMNS)
    rows = -(-len(shown) // columns)
    last = max([1, *(int(line.steps[-1]) for lines in shown.values() for line in lines), diverged or 0])
    if per_epoch and last < per_epoch:  # an axis of epochs would have a single number
        per_epoch = None
    xs = step_scale(last, 5 if columns < 3 else 3)
    scales = [vertical_scale(name, lines) for name, lines in shown.items()]
    left = 0.15 + max(left_of(scales), width_of(["epoch"]) + 0.1)
    across, below = WIDEST / columns if columns > 1 else SINGLE, step_rows(per_epoch) + EDGE
    width = across - left - 0.15
    down = ABOVE + HEIGHTS[columns] + below
    splits = [line.split for lines in shown.values() for line in lines if line.split]
    entries = [(Line2D([], [], color=OF_SET[split], linewidth=1.6), SETS[split]) for split in SETS if split in splits]
    if diverged is not None:
        cross = Line2D(
            [], [], color=OF_VERDICT["diverged"], linestyle="", marker=MARKS["diverged"], markeredgewidth=1.6
        )
        entries.append((cross, f"diverged at step {diverged}"))
    sheet = new_sheet((columns * across, rows * down), [], title, Key(entries))
    for i, ((name, lines), ys) in enumerate(zip(shown.items(), scales, strict=True)):
        box = i % columns * across + left, (rows - 1 - i // columns) * down + below, width, HEIGHTS[columns]
        frame = Frame(sheet, box, xs, ys, _heading(name))
        frame.draw()
        name_steps(sheet, box, xs, per_epoch)
        for line in lines:
            few = len(line.steps) == 1 if line.split == "train" else len(line.steps) <= 30
            frame.line(line.steps, line.values, OF_SET.get(line.split, RATE_COLOUR), marks=few)
            if diverged is not None:
                _continue(frame, line, diverged)
    return sheet.figure


def step_scale(last: int, ticks: int) -> Scale:
    """Return the scale from step 0 to the last, with ticks at integers."""
    places = np.array([tick for tick in MaxNLocator(ticks, integer=True, steps=[1, 2, 5, 10]).tick_values(0, last)
                       if 0 <= tick <= last])  # fmt: skip
    return Scale(0.0, 1.01 * last, False, places, [f"{place:.0f}" for place in places])


def vertical_scale(name: str, lines: Sequence[Curve]) -> Scale:
    """Return the vertical scale of a panel."""
    values = np.concatenate([np.empty(0), *(line.values for line in lines)])
    values = drawable(values[np.isfinite(values)])
    if name == "accuracy" and (values <= 1).all():  # a trainable's may be in percent
        return scale(values, ticks=4, unit_range=True)
    if _is_logarithmic(name, lines):
        return scale(values, ticks=4)
    high = float(values.max(initial=0))
    if (values >= 0).all() and 0 < high < 1e300:  # so that heights can be compared
        return scale(np.array([0.0, high]), ticks=4, margin=0.03).starting_at(0.0)
    return scale(np.append(values, 0.0), ticks=4)


def _heading(name: str) -> str:
    """Return the title of a panel: the quantity, with its unit where it has one."""
    unit = found.unit if (found := described(name)) else ""
    return f"{name} ({unit})" if unit else name


def _continue(frame: Frame, line: Curve, diverged: int) -> None:
    """Draw on a curve of a diverged run, flat and dotted, up to a mark at the step of the divergence."""
    value = float(line.values[-1])
    ends = np.array([line.steps[-1], diverged], np.float64)
    frame.line(ends, np.array([value, value]), OF_SET.get(line.split, RATE_COLOUR), width=1.0, dashes=":")
    frame.mark(diverged, value, MARKS["diverged"], OF_VERDICT["diverged"])


def _is_logarithmic(name: str, lines: Sequence[Curve]) -> bool:
    """Return whether the vertical axis of a panel is logarithmic: its values span more than two powers of ten.

    A learning rate must also be small at most of its steps, since half a cosine ends near 0, too.
    """
    values = np.concatenate([line.values for line in lines]) if lines else np.empty(0)
    wide = bool(len(values)) and bool((values > 0).all()) and bool(values.max() > 100 * values.min())
    return wide and (name != LEARNING_RATE or bool(values.max() > 5 * np.median(values)))
