"""A grid of equal panels: how many columns, how wide, and where each panel is."""

from __future__ import annotations

from dataclasses import dataclass

from zerosweep.figures.drawing.sheet import Box

WIDTHS = {1: 7.0, 2: 5.0, 3: 3.8, 4: 3.0, 5: 2.45, 6: 2.1}
"""Of a panel, in inches, by the number of columns."""

MANY = 1.85
"""Of a panel among more than 25."""

GAP = 0.2
"""Inches between panels side by side."""


def columns_of(n: int, aligned: int = 1) -> int:
    """Columns of a grid of n panels: 4 for 16, 5 for 40, and where it can be near that so many that the last row is full and
    panels with the same of `aligned` levels are below each other."""
    usual = n if n <= 3 else 2 if n == 4 else 3 if n <= 9 else 4 if n <= 16 else 5 if n <= 25 else 6
    near = [columns for columns in (usual, usual + 1, usual - 1) if 2 <= columns <= min(n, 6)]
    good = [columns for columns in near if columns % aligned == 0]
    best = [columns for columns in good if n % columns == 0]
    return (best or good or [max(usual, 1)])[0]


@dataclass(frozen=True)
class PanelGrid:
    """Where n panels stand. All but n in inches: width and height from panel to panel, above: of that for the title, left and
    below: of all panels, for numbers and names."""

    n: int
    columns: int
    width: float
    height: float
    above: float
    left: float
    below: float = 0.5

    @property
    def size(self) -> tuple[float, float]:
        """Of all panels."""
        return self.columns * self.width, -(-self.n // self.columns) * self.height

    def boxes(self) -> list[Box]:
        """In reading order."""
        top = self.below + self.size[1]
        return [
            (
                self.left + i % self.columns * self.width,
                top - (1 + i // self.columns) * self.height,
                self.width - GAP,
                self.height - self.above,
            )
            for i in range(self.n)
        ]
