"""The figure `predictions`: the confusion matrix on validation data, the accuracy of each class, the worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from zerosweep.data.dataset import Data
from zerosweep.figures.drawing.gallery import Gallery
from zerosweep.figures.drawing.lettering import LINE, SMALL, width_of
from zerosweep.figures.drawing.numbers import Floats
from zerosweep.figures.drawing.palette import COLOURS, GREY, legible_on
from zerosweep.figures.drawing.sheet import EDGE, Key, Sheet, new_sheet
from zerosweep.nn.layer import Array
from zerosweep.nn.losses import softmax
from zerosweep.tasks.classification import ClassificationProblem

WORST = 24
"""The most wrong predictions that are kept."""

CANDIDATES = 3 * WORST
"""Wrong predictions whose losses are computed: those that give their class the least probability."""

CELL, LEAST, MOST = 0.32, 1.9, 6.0
"""Width of a cell of the matrix in inches, and bounds of the width of the whole matrix."""

NAME, SHORT = 12, 7
"""Characters to which the name of a class is shortened, beside the matrix and in a caption."""

WIDTH = 2.95
"""Inches for the images side by side."""

FAINTEST = 0.15
"""The least saturation of a cell that is not 0: a single mistake is seen, and no palette merges it with the paper."""

SIDE = 64
"""Of larger images every second pixel, or fewer, is kept."""

BAR, OF = 0.8, 0.75
"""Inches for the bar of a class without mistakes, and for the text beside it."""

ABOVE, HEADING, GAP = 0.25, 0.1, 0.3
"""Inches above each part for its heading, up to the middle of the heading, and between the parts."""

RIGHT, WRONG = COLOURS[0], COLOURS[1]
"""Colours of right and of wrong predictions."""


@dataclass(frozen=True)
class Predictions:
    """Predictions for the validation set.

    Attributes:
        confusion: Number of examples by class and predicted class, shape (K, K).
        labels: Classes of the examples that are predicted wrongly with the largest losses, the largest first, shape
            (n,), n <= `WORST`.
        predicted: Their predicted classes, shape (n,).
        probability: The probability of each predicted class, shape (n,); NaN where the loss has no softmax.
        images: Their raw pixels, shape (n, C, H, W); (0, 1, 1, 1) for inputs that are no images.
        names: The names of the classes, shape (K,).
    """

    confusion: NDArray[np.int64]
    labels: NDArray[np.integer]
    predicted: NDArray[np.integer]
    probability: Array
    images: NDArray[Any]
    names: NDArray[np.str_]

    @property
    def accuracies(self) -> Array:
        """The fraction of each class that is predicted right, shape (K,); NaN for a class without examples."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.confusion.diagonal() / self.confusion.sum(axis=1))

    def as_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all as arrays to save, by name."""
        return dict(vars(self))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Predictions:
        """Return the predictions from arrays that `as_arrays` made."""
        return cls(**arrays)  # type: ignore[arg-type]


@np.errstate(all="ignore")
def predictions(problem: ClassificationProblem) -> Predictions | None:
    """Return the predictions of a problem's network for its validation set; None if that is empty."""
    data, labels = problem.data, problem.labels["val"]
    if not len(labels):
        return None
    outputs = problem.network.outputs(data.validation.x)
    predicted = outputs.argmax(axis=1)
    pairs = labels * data.classes + predicted
    confusion = np.bincount(pairs, minlength=data.classes**2).reshape(data.classes, data.classes)
    wrong = np.flatnonzero(predicted != labels)
    if problem.loss.softmax and len(wrong) > CANDIDATES:  # each loss takes a call
        right = softmax(outputs[wrong].astype(np.float64))[np.arange(len(wrong)), labels[wrong]]
        wrong = np.sort(wrong[np.argsort(np.nan_to_num(right, nan=-1.0), kind="stable")[:CANDIDATES]])
    targets = data.validation.targets
    losses = np.array([problem.loss.value(outputs[[row]], targets[[row]]) for row in wrong])
    worst = wrong[np.argsort(-np.where(np.isnan(losses), np.inf, losses), kind="stable")[:WORST]]
    probability = softmax(outputs[worst]).max(axis=1) if problem.loss.softmax else np.full(len(worst), np.nan)
    names = np.array(data.class_names)
    return Predictions(confusion, labels[worst], predicted[worst], probability, _images(data, worst), names)


def _images(data: Data, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Return raw validation images of these rows, small and of the smallest type; none of inputs that are no images."""
    if data.preprocessing.image is None:
        return np.empty((0, 1, 1, 1))
    images = data.preprocessing.images(data.validation.x[rows])
    every = ceil(max(images.shape[2:]) / SIDE)
    images, whole = images[:, :, ::every, ::every], np.rint(images[:, :, ::every, ::every])
    as_bytes = np.allclose(images, whole, rtol=0, atol=1e-3) and 0 <= whole.min(initial=0) <= whole.max(initial=0) < 256
    return whole.astype(np.uint8) if as_bytes else images


NOTE = "The darker, the larger the fraction of the class (its square root)."
"""The explanation of the shades: blue and red need none, and text takes long to draw."""


@np.errstate(all="ignore")
def draw(found: Predictions, title: str) -> Figure:
    """Draw the matrix, a bar with the accuracy beside each row, and as many images as there is space for."""
    matrix = Matrix.of(found)
    bars = matrix.left + matrix.side + GAP / 2
    images = bars + BAR + OF + GAP
    gallery = Gallery.of(found.images, captions(found), WIDTH)
    shown = gallery.fitting(matrix.side)
    top = matrix.below + matrix.side
    width = images + gallery.width if shown else bars + BAR + OF
    sheet = new_sheet((width + EDGE, top + ABOVE), [], title, Key([]), [NOTE])
    matrix.draw(sheet, found)
    _bars(sheet, found, bars, matrix)
    if shown:
        sheet.write(images, top + HEADING, "largest losses: class as predicted", va="center")
        gallery.draw(sheet, found.images[:shown], images, top)
    return sheet.figure


def captions(found: Predictions) -> list[str]:
    """Return the class, the predicted class and its probability of each image that is kept."""
    names = [shortened(name, SHORT) for name in found.names]
    return [
        f"{names[label]} as {names[predicted]}" + ("" if np.isnan(probability) else f" {probability:.0%}")
        for label, predicted, probability in zip(found.labels, found.predicted, found.probability, strict=True)
    ][: len(found.images)]


def shortened(name: str, length: int) -> str:
    """Return the name of a class in at most `length` characters."""
    return str(name) if len(name) <= length else f"{name[: length - 1]}…"


@dataclass(frozen=True)
class Matrix:
    """The place of the confusion matrix on the sheet, in inches.

    Attributes:
        names: The name of each class, shortened.
        left: Left side.
        below: Lower side.
        cell: Width and height of a cell.
    """

    names: list[str]
    left: float
    below: float
    cell: float

    @classmethod
    def of(cls, found: Predictions) -> Matrix:
        """Return the place for a matrix of these predictions."""
        names = [shortened(name, NAME) for name in found.names]
        cell = min(max(CELL * len(names), LEAST), MOST) / len(names)
        longest = width_of(names)
        return cls(names, 0.3 + longest, 0.32 + (longest if longest > cell else SMALL * LINE), cell)

    @property
    def side(self) -> float:
        """Width and height of the matrix."""
        return self.cell * len(self.names)

    @property
    def middles(self) -> Floats:
        """The vertical middle of each row, the first row at the top, shape (K,)."""
        places = (len(self.names) - 0.5 - np.arange(len(self.names))) * self.cell
        return np.asarray(self.below + places, np.float64)

    def draw(self, sheet: Sheet, found: Predictions) -> None:
        """Draw the cells, with the numbers that are not 0 where they fit, and the names of the classes."""
        counts, classes = found.confusion, len(self.names)
        fractions = np.maximum(np.nan_to_num(counts / counts.sum(axis=1, keepdims=True)) ** 0.5, FAINTEST)
        full = np.where(np.eye(classes, dtype=bool)[..., None], to_rgb(RIGHT), to_rgb(WRONG))
        colours = 1 - fractions[..., None] * (1 - full)
        rows, columns = np.nonzero(counts)
        corners = np.array([(0, -0.5), (1, -0.5), (1, 0.5), (0, 0.5)]) * self.cell
        places = np.stack([self.left + columns * self.cell, self.middles[rows]], axis=1)
        sheet.add(PolyCollection(list(places[:, None] + corners), facecolor=colours[rows, columns], linewidth=0))
        ends, side = np.arange(classes + 1) * self.cell, self.side
        grid = [[(self.left + end, self.below), (self.left + end, self.below + side)] for end in ends]
        grid += [[(self.left, self.below + end), (self.left + side, self.below + end)] for end in ends]
        sheet.add(LineCollection(grid, color="#dddddd", linewidth=0.6))
        fits = width_of([f"{counts.max()}"]) + 0.03 <= self.cell
        for row, column in zip(rows, columns, strict=True) if fits else ():
            at = self.left + (column + 0.5) * self.cell, self.middles[row]
            ink = legible_on(colours[row, column])
            sheet.write(*at, f"{counts[row, column]}", color=ink, ha="center", va="center")
        self._name(sheet, f"{counts.sum()} validation examples")

    def _name(self, sheet: Sheet, heading: str) -> None:
        """Write the heading and the names of the classes; where they would overlap, some are left out."""
        upright = width_of(self.names) > self.cell
        for i in range(0, len(self.names), ceil(SMALL * LINE / self.cell)):
            sheet.write(self.left - 0.05, self.middles[i], self.names[i], ha="right", va="center")
            at = self.left + (i + 0.5) * self.cell, self.below - 0.05
            sheet.write(*at, self.names[i], ha="center", va="top", rotation=90 if upright else 0)
        sheet.write(self.left + self.side / 2, EDGE, "predicted class", ha="center", va="bottom")
        sheet.write(EDGE, self.below + self.side / 2, "class", va="center", rotation=90)
        sheet.write(self.left, self.below + self.side + HEADING, heading, va="center")


def _bars(sheet: Sheet, found: Predictions, left: float, matrix: Matrix) -> None:
    """Draw the accuracy of each class beside its row, with its number of examples where that fits."""
    half = 0.3 * min(matrix.cell, 0.4)
    ends = left + BAR * np.nan_to_num(found.accuracies)
    corners = [[(left, y - half), (end, y - half), (end, y + half), (left, y + half)]
               for y, end in zip(matrix.middles, ends, strict=True)]  # fmt: skip
    sheet.add(PolyCollection(corners, facecolor=RIGHT, linewidth=0))
    sheet.write(left, matrix.below + matrix.side + HEADING, "accuracy of the class", va="center")
    if matrix.cell >= SMALL * LINE:
        for y, accuracy, count in zip(matrix.middles, found.accuracies, found.confusion.sum(axis=1), strict=True):
            text = f"{accuracy:.0%} of {count}" if count else "none"
            sheet.write(left + BAR + 0.05, y, text, va="center", color=GREY)
