"""A table of one's own: a CSV file with a column for the class and a column for each feature."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.dataset import Source
from zerosweep.data.labels import numbered
from zerosweep.data.own import OwnData
from zerosweep.errors import DataError, SettingError

MOST_SHOWN = 12
"""The most columns that an error lists."""

MOST_EXACT = 2.0**53
"""The largest integer up to which floats hold all integers."""


@dataclass
class Csv(OwnData):
    """A CSV file whose first line names its columns: one has the class, and the others have numbers.

    The columns are separated by commas; if the first line has none, by semicolons or tabs.

    Attributes:
        path: The CSV file.
        target: The column with the class of each row, integers or words.
        drop: Columns to leave out, as the number of a row.
    """

    target: str | None = None
    drop: list[str] = field(default_factory=list)

    @property
    def origin(self) -> dict[str, Any]:
        return super().origin | {"target": self.target, "drop": self.drop}

    def source(self) -> Source:
        file = self.file("a CSV file whose first line names its columns")
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                return self._read(file, lines)
        except OSError as error:
            raise self.unreadable(error) from None
        except UnicodeDecodeError as error:
            raise DataError(f"{file}: must be text in UTF-8; holds byte {error.object[error.start]:#x}") from None

    def _read(self, file: Path, lines: Iterator[str]) -> Source:
        rows = _rows(file, lines)
        _, first = next(rows, (0, []))
        header = [name.strip() for name in first]
        features, target = self._columns(file, header)
        numbers, words, at = array("d"), list[str](), array("q")
        for line, row in rows:
            if len(row) != len(header):
                raise DataError(f"{file}: line {line} has {len(row)} columns; must have {len(header)}")
            try:
                numbers.extend(map(float, map(row.__getitem__, features)))
            except ValueError:
                column = next(column for column in features if not _is_number(row[column]))
                wanted = "a number; dataset.drop leaves columns out"
                raise _wrong_cell(file, line, header[column], row[column], wanted) from None
            words.append(row[target].strip())
            at.append(line)
        if not words:
            raise DataError(f"{file}: has no rows below its first line")
        x = np.array(numbers).reshape(len(words), len(features))
        if not np.isfinite(x).all():
            row_at, column_at = (int(axis[0]) for axis in np.nonzero(~np.isfinite(x)))
            name = header[features[column_at]]
            raise _wrong_cell(file, at[row_at], name, str(x[row_at, column_at]), "a finite number")
        labels, names = numbered(_labels(file, words, at, header[target]), f"{file}: column {_shown(header[target])}")
        shape, channels_last = self.input_shape(x.shape[1:])
        columns = [header[column] for column in features]
        return Source(
            x, labels, shape=shape, channels_last=channels_last, classes=len(names), names=names,
            details=str((columns, names)),
        )  # fmt: skip

    def _columns(self, file: Path, header: list[str]) -> tuple[list[int], int]:
        """Return the positions of the features and of the target in the first line.

        Raises:
            DataError: The first line does not name every column once.
            SettingError: `target` or `drop` names no column, or no feature is left.
        """
        if not header:
            raise DataError(f"{file}: is empty; its first line must name the columns")
        for position, name in enumerate(header, 1):
            if not name:
                raise DataError(f"{file}: column {position} has no name; name it (pandas: to_csv(..., index=False))")
            if header.index(name) < position - 1:
                raise DataError(f"{file}: columns {header.index(name) + 1} and {position} have the same name {name!r}")
        some = header if len(header) <= MOST_SHOWN else [*header[: MOST_SHOWN - 1], "…", header[-1]]
        listed = ", ".join(map(_shown, some))
        if self.target not in header:
            target = "null" if self.target is None else self.target
            raise SettingError("target", target, f"must be a column of {file.name}: {listed}", header)
        for name in self.drop:
            if name not in header:
                raise SettingError("drop", name, f"must be columns of {file.name}: {listed}", header)
            if name == self.target:
                raise SettingError("drop", name, "is the target; must be other columns")
        features = [i for i, name in enumerate(header) if name != self.target and name not in self.drop]
        if not features:
            raise SettingError("drop" if self.drop else "target", self.drop or self.target, "leaves no feature")
        return features, header.index(self.target)


def _rows(file: Path, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the number of its last line, counted from 1."""
    first = next(lines, "")
    delimiter = next((sign for sign in ",;\t" if sign in first), ",")
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{file}: line {reader.line_num}: {error}") from None


def _labels(file: Path, words: list[str], lines: array[int], column: str) -> NDArray[Any]:
    """Return the labels of a column: integers if all are, else words.

    Raises:
        DataError: A label is missing, or all are numbers and one has a fraction.
    """
    for word, line in zip(words, lines, strict=True):
        if word.lower() in ("", "nan"):
            raise _wrong_cell(file, line, column, word, "a class")
    if not all(map(_is_number, words)):
        return np.array(words)
    numbers = [float(word) for word in words]
    for number, word, line in zip(numbers, words, lines, strict=True):
        if not number.is_integer() or abs(number) > MOST_EXACT:
            raise _wrong_cell(file, line, column, word, "a class, an integer or a word")
    return np.array([int(number) for number in numbers])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _wrong_cell(file: Path, line: int, column: str, cell: str, wanted: str) -> DataError:
    found = f"{cell[:60]!r}{'…' if len(cell) > 60 else ''}" if cell.strip() else "empty"
    return DataError(f"{file}: line {line}, column {_shown(column)}: {found}; must be {wanted}")


def _shown(column: str) -> str:
    """Return the name of a column as an error shows it, in one line."""
    return column if column.isprintable() else repr(column)
