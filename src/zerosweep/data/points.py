"""A dataset of a few points that are given in the settings, to check a computation by hand (experiment E3)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zerosweep.data.dataset import Dataset, Source
from zerosweep.errors import SettingError
from zerosweep.recipe import number


@dataclass
class Points(Dataset):
    """Points with labels.

    The default is the point in the book's first gradient of a network: x = (0.6, 0.9), of class 2 of three (Saitoh,
    Deep Learning from Scratch, ch. 4.4.2). `normalize` has no effect, because points are not pixels.

    Attributes:
        x: The points, rows of equal length.
        labels: The class of each point, from 0.
        classes: The number of classes, at most 256.
    """

    x: list[list[Any]] = field(default_factory=lambda: [[0.6, 0.9]])
    test_size: int = number(0, at_least=0)  # type: ignore[misc]
    labels: list[int] = number([2], at_least=0)
    classes: int = number(3, at_least=2, at_most=256)

    largest_pixel = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.x or len({len(row) for row in self.x}) != 1 or not self.x[0]:
            raise SettingError("x", self.x, "must be rows of equal length, as in [[0.6,0.9]]")
        if not all(isinstance(value, int | float) and math.isfinite(value) for row in self.x for value in row):
            raise SettingError("x", self.x, "must be finite numbers")
        self.x = [
            [float(value) for value in row] for row in self.x
        ]  # Hydra would refuse 1 for 1.0 in list[list[float]]
        if len(self.labels) != len(self.x):
            raise SettingError("labels", self.labels, f"must be {len(self.x)}, one for each row of x")
        if max(self.labels) >= self.classes:
            raise SettingError("labels", self.labels, f"must be < {self.classes}, the classes")

    @property
    def origin(self) -> dict[str, Any]:
        return {"x": self.x, "labels": self.labels, "classes": self.classes}

    def source(self) -> Source:
        return Source(np.array(self.x, np.float64), np.array(self.labels, np.uint8), classes=self.classes)
