"""The images of Kaggle's competition "Digit Recognizer": MNIST as a CSV file with one row per image."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zerosweep.data.dataset import Dataset, Source, expanded
from zerosweep.errors import DataError, SettingError
from zerosweep.recipe import Purpose, number, setting


@dataclass
class Kaggle(Dataset):
    """The 42,000 labelled images of the competition's train.csv; its test.csv has no labels.

    Attributes:
        path: The file train.csv, whose header is `label,pixel0,pixel1,...`.
    """

    val_size: int = number(4200, at_least=0)
    test_size: int = number(4200, at_least=0)  # type: ignore[misc]
    path: str | None = setting(None, Purpose.PLACE)

    classes: ClassVar[int] = 10

    def source(self) -> Source:
        if self.path is None:
            raise SettingError("path", "null", "must be the Digit Recognizer's train.csv, downloaded from Kaggle")
        file = expanded("dataset.path", self.path)
        try:
            with file.open(encoding="utf-8") as lines:
                header = lines.readline().rstrip("\r\n").split(",")
                expected = ["label", *(f"pixel{i}" for i in range(len(header) - 1))]
                if len(header) < 2 or header != expected:
                    raise DataError(f"{file}: not the training CSV; its header must be label,pixel0,pixel1,...")
                with warnings.catch_warnings(action="ignore"):  # a file without rows is refused below
                    table = np.loadtxt(lines, delimiter=",", dtype=np.uint8, ndmin=2, comments=None)
        except FileNotFoundError:
            raise DataError(f"dataset.path={self.path}: no such file") from None
        except OSError as error:
            raise DataError(f"dataset.path={self.path}: cannot be read ({error.strerror})") from error
        except (UnicodeDecodeError, ValueError, OverflowError) as error:
            raise DataError(f"{file}: must hold integers from 0 to 255 ({str(error).splitlines()[0]})") from error
        if not len(table) or table.shape[1] != len(header):
            raise DataError(f"{file}: truncated; {len(header)} columns in the header, rows of shape {table.shape}")
        if table[:, 0].max() >= self.classes:
            raise DataError(f"{file}: label {table[:, 0].max()}; must be 0 to {self.classes - 1}")
        side = math.isqrt(table.shape[1] - 1)
        shape = (side, side) if side**2 == table.shape[1] - 1 else ()
        return Source(table[:, 1:], table[:, 0], shape=shape, classes=self.classes)
