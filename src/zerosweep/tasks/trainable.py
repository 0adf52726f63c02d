"""The base class of trainables: training loops of any library, as generators of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from zerosweep.tasks.task import NETWORK_GROUPS, Task

NO_DATA = "none"
"""The data's identifier of a task that says nothing of its data."""

Yielded = Mapping[str, Any]
"""The values of metrics by name, and the step that they belong to as "step"."""

Returned = Mapping[str, bytes | str]
"""The content of files by name."""


class Trainable(Task):
    """Base class of every trainable, with the defaults of what it may leave out.

    Attributes:
        steps: The last step of a run, where it is known before: a setting or a property. It is the end of the progress
            bar, and no pruner stops a run there. None if it is unknown.
        classes: The number of classes, where that is what the training tells apart. A run whose `train/accuracy` is
            better than guessing has then learned, even if its loss did not fall.
    """

    unused: ClassVar[tuple[str, ...]] = (*NETWORK_GROUPS, "optimizer", "schedule", "trainer", "bn")

    steps: ClassVar[int | None] = None
    classes: ClassVar[int | None] = None

    def train(self, seed: int) -> Iterator[Yielded]:
        """Train, and yield a record of metrics at each evaluation.

        Args:
            seed: The seed of everything random, >= 0. Equal settings and seeds must give equal numbers.

        Yields:
            The value of each metric by name, as in {"train/loss": 0.3, "val/accuracy": 0.9}. The first record is of
            step 1, and each other one of the step after the last, unless it has an integer "step" of its own.

        Returns:
            Optionally, the content of files that the run saves, bytes or text, by name.
        """
        raise NotImplementedError

    def data_id(self) -> str:
        """Return what identifies the data, such as a version or a checksum; it is part of the identity of a run."""
        return NO_DATA
