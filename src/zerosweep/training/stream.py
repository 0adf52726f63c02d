"""The records of a trainable: what its generator yields, checked, as the records of a training run."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Collection, Generator, Mapping
from typing import Any

from zerosweep.errors import UserError
from zerosweep.nn.layer import Array
from zerosweep.tasks.problem import Arrays
from zerosweep.tasks.trainable import Trainable
from zerosweep.training.records import Diverged, Evaluation, Record

METRIC_NAME = re.compile(r"[\w .:/-]{1,250}")
"""Names of metrics that MLflow accepts, provided that they are normalized paths too."""

LONGEST_SHOWN = 60
"""Largest number of characters that an error repeats of a value."""


class Stream:
    """A trainable in training. It takes the place of a `Problem`, but has nothing to show except its records and files.

    Attributes:
        classes: The number of classes; None if the trainable does not give it.
        steps: The last step, if it is known before the end.
        names: The names of all metrics that were yielded, in order, also of those that never had a finite value.
        files: The content of each file that the trainable returned at its end, by name.

    Args:
        task: The trainable.
        seed: The seed of its randomness.
        reserved: Names of metrics that it must not yield, because a run records them itself.
    """

    def __init__(self, task: Trainable, seed: int, reserved: Collection[str] = ()):
        self.classes, self.steps = task.classes, task.steps
        self.names: dict[str, None] = {}
        self.files: dict[str, bytes | str] = {}
        self._task, self._seed, self._reserved = task, seed, reserved
        self._train = f"{type(task).__name__}.train"

    def records(self) -> Generator[Record]:
        """Train, and yield a record for each one that the trainable yields.

        A `train/loss` that is not finite ends the training; the last record is then `Diverged`. Any other value that is
        not finite is left out. When this generator ends or is closed, the trainable's is closed, so its `finally` runs.

        Raises:
            UserError: What the trainable yields or returns cannot be recorded.
        """
        generator = self._task.train(self._seed)
        if not isinstance(generator, Generator):
            raise UserError(f"{self._train}: must yield its records; it returned {_shown(generator)}")
        step = 0
        try:
            while True:
                try:
                    given = next(generator)
                except StopIteration as end:
                    self._check_end(end.value)
                    return
                step, metrics = self._checked(given, step)
                self.names |= dict.fromkeys(metrics)
                if not math.isfinite(metrics.get("train/loss", 0.0)):
                    yield Diverged(step, "loss")
                    return
                yield Evaluation(step, {name: value for name, value in metrics.items() if math.isfinite(value)})
        finally:
            generator.close()

    def _checked(self, given: Any, before: int) -> tuple[int, dict[str, float]]:
        """Return the step and the metrics of a yielded record.

        Args:
            given: The record.
            before: The step of the record before it; 0 for the first one.
        """
        if not isinstance(given, Mapping):
            raise UserError(
                f'{self._train}: must yield records such as {{"train/loss": 0.3}}; it yielded {_shown(given)}'
            )
        step = given.get("step", before + 1)
        if isinstance(step, bool) or not hasattr(step, "__index__"):
            raise UserError(f"{self._train}: step must be an integer; it yielded {_shown(step)}")
        step = int(step)
        if step < 0 or (self.names and step <= before):
            after = f"after {before}" if self.names else ">= 0"
            raise UserError(f"{self._train}: each step must be larger than the one before; it yielded {step} {after}")
        return step, {self._name(name): self._number(name, value) for name, value in given.items() if name != "step"}

    def _name(self, name: Any) -> str:
        if not isinstance(name, str) or not METRIC_NAME.fullmatch(name) or not _is_path(name):
            allowed = "must be at most 250 letters, digits, spaces and signs of _-.:/, as in val/accuracy"
            raise UserError(f"{self._train}: the name of a metric {allowed}; it yielded {_shown(name)}")
        if name in self._reserved:
            raise UserError(f"{self._train}: yielded {name}, which every run records itself; choose another name")
        return name

    def _number(self, name: str, value: Any) -> float:
        try:
            if not isinstance(value, str | bytes):
                return float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError):  # the last is PyTorch's, for several numbers
            pass
        raise UserError(f"{self._train}: {name} must be a number; it yielded {_shown(value)}")

    def _check_end(self, returned: Any) -> None:
        """Check that there were records, and take the files that the trainable returned."""
        if not self.names:
            raise UserError(f"{self._train}: ended without a record; it must yield at least one metric")
        if returned is None:
            return
        if not isinstance(returned, Mapping):
            raise UserError(f"{self._train}: may return files, their content by name; it returned {_shown(returned)}")
        for name, content in returned.items():
            if not isinstance(name, str) or not _is_path(name) or not isinstance(content, bytes | str):
                allowed = "must be a relative path with content of bytes or text"
                raise UserError(f"{self._train}: a returned file {allowed}; it returned {_shown({name: content})}")
        self.files = dict(returned)

    def activations(self) -> dict[str, Array]:
        """Return nothing: what a trainable trains is its own."""
        return {}

    def arrays(self) -> dict[str, Arrays]:
        """Return nothing."""
        return {}

    def weights(self) -> dict[str, Array]:
        """Return nothing; a trainable that saves its parameters returns them as a file."""
        return {}


def _is_path(name: str) -> bool:
    """Return whether a name is a normalized relative path, which is below the folder that it is relative to."""
    return name not in ("", ".") and posixpath.normpath(name) == name and not name.startswith(("/", ".."))


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
