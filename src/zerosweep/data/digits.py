"""The handwritten digits of scikit-learn: 1,797 images of 8×8 pixels, installed with the library."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from zerosweep.data.dataset import Dataset, Source
from zerosweep.errors import DataError
from zerosweep.recipe import number


@dataclass
class Digits(Dataset):
    """The test part of the UCI digits (Alpaydin & Kaynak 1998), with raw pixels from 0 to 16."""

    val_size: int = number(180, at_least=0)
    test_size: int = number(360, at_least=0)  # type: ignore[misc]
    largest_pixel: ClassVar[int] = 16
    classes: ClassVar[int] = 10

    def source(self) -> Source:
        # The file is read directly, because importing scikit-learn takes longer than training on the digits.
        spec = find_spec("sklearn")
        if spec is None or not spec.submodule_search_locations:
            raise DataError("dataset=digits: needs scikit-learn; pip install scikit-learn")
        file = Path(spec.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
        return Source(table[:, :-1], table[:, -1], shape=(8, 8), classes=self.classes)
