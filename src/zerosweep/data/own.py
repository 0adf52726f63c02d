"""The base of datasets from a file of one's own, whose shape, order and classes the file alone knows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.dataset import Dataset, Source, expanded
from zerosweep.data.preprocessing import Preprocessing
from zerosweep.errors import DataError, SettingError
from zerosweep.recipe import Purpose, number, one_of, setting

MOST_CHANNELS = 4
"""The largest length of an axis that is taken for the channels of images."""


@dataclass
class OwnData(Dataset):
    """Labelled rows from a file. They are shuffled before they are split, so that their order does not matter.

    Attributes:
        path: The file.
        val_size: Number of validation rows; null takes the file's own validation set, or else a tenth of the rows.
        test_size: Number of test rows; null takes the file's own test set, or else a fifth of the rows.
        normalize: Divide bytes (uint8) by 255; give each feature, or each channel of images, of any other type mean 0
            and standard deviation 1 over the training rows.
        shape: The shape of an image, [h,w], [h,w,c] or [c,h,w], where a row has all of its numbers; null for the
            file's shape.
        channels: Whether the last or the first axis of an image has its channels; auto for the only one of the two
            that has at most 4 entries.
    """

    val_size: int | None = number(None, at_least=0)  # type: ignore[assignment]
    test_size: int | None = number(None, at_least=0)  # type: ignore[misc]
    path: str | None = setting(None, Purpose.PLACE)
    shape: list[int] | None = number(None, at_least=1)
    channels: str = one_of("auto", "last", "first")

    in_file_order: ClassVar[bool] = False
    one_in: ClassVar[Mapping[str, int]] = {"val_size": 10, "test_size": 5}

    @property
    def origin(self) -> dict[str, Any]:
        return {"path": self.path, "shape": self.shape, "channels": self.channels}

    @property
    def version(self) -> Any:
        try:
            status = expanded("dataset.path", self.path or "").stat()
        except (DataError, OSError, ValueError):  # reported where the file is read
            return None
        return status.st_mtime_ns, status.st_size

    def preprocessing(self, source: Source, train: NDArray[np.intp]) -> Preprocessing:
        if source.x.dtype == np.uint8:
            return super().preprocessing(source, train)
        return source.preprocessing.standardized(source.x[train]) if self.normalize else source.preprocessing

    def file(self, what: str) -> Path:
        """Return the path of the file.

        Args:
            what: What the file must be, for the error.

        Raises:
            SettingError: No path is set.
        """
        if self.path is None:
            raise SettingError("path", "null", f"must be {what}")
        return expanded("dataset.path", self.path)

    def unreadable(self, error: OSError) -> DataError:
        """Return the error for a file that cannot be opened."""
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        return DataError(f"dataset.path={self.path}: {reason}")

    def input_shape(self, found: Sequence[int]) -> tuple[tuple[int, ...], bool]:
        """Return the shape of an input, and whether its channels are last.

        Args:
            found: The shape that the file gives.

        Raises:
            SettingError: `shape` does not fit the file, or nothing says which axis has the channels.
        """
        shape = tuple(self.shape or found)
        if tuple(found) not in (shape, (math.prod(shape),)):
            size = math.prod(found)
            allowed = f"must have {size} numbers in all, as a row of the file; has {math.prod(shape)}"
            raise SettingError("shape", self.shape, allowed if len(found) == 1 else f"must be {list(found)} or null")
        if not 1 <= len(shape) <= 3:
            raise SettingError("shape", list(shape), "must be one of [d], [h,w], [h,w,c], [c,h,w]")
        if len(shape) < 3:
            return shape, False
        first, last = (shape[axis] <= MOST_CHANNELS for axis in (0, -1))
        if self.channels == "auto" and first == last:
            allowed = f"cannot tell which axis of {list(shape)} has the channels; must be first or last"
            raise SettingError("channels", self.channels, allowed)
        return shape, last if self.channels == "auto" else self.channels == "last"
