"""The path of an optimizer on the contours of a surface (experiments E3 and E4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zerosweep.figures.drawing.style import BOTTOM, LEFT, RIGHT, TOP, panels

WIDTH, HEIGHT = 5.2, 4.4
ASPECT = (WIDTH - LEFT - RIGHT) / (HEIGHT - BOTTOM - TOP)
"""Of the panel: a unit along x₀ is drawn as long as a unit along x₁, so a round bowl is round."""


@dataclass(frozen=True)
class Landscape:
    """x0, x1: (n,) axes; height: (n, n), f at (x0[j], x1[i]); path: (steps + 1, 2), the points that can be shown."""

    x0: np.ndarray
    x1: np.ndarray
    height: np.ndarray
    path: np.ndarray


@np.errstate(all="ignore")
def landscape(coefficients: tuple[float, float], trajectory: list[tuple[float, float]]) -> Landscape:
    """f = a x₀² + b x₁² around the start, the minimum at (0, 0) and the path as far as it stays near them.

    A path that diverges is followed until it is ten times as far from the minimum as its start, or no longer finite."""
    points = np.array(trajectory, dtype=np.float64)
    distance = np.hypot(*points.T)
    far = np.flatnonzero(~(distance <= 10 * max(distance[0], 1e-9)))
    path = points[: far[0] + 1] if len(far) else points
    path = path[np.isfinite(path).all(axis=1)]
    wide, high = np.abs(path).max(axis=0, initial=0.1)
    reach = 1.15 * max(wide, ASPECT * high)
    x0, x1 = np.linspace(-reach, reach, 201), np.linspace(-reach, reach, 201) / ASPECT
    height = coefficients[0] * x0[None, :] ** 2 + coefficients[1] * x1[:, None] ** 2
    return Landscape(x0, x1, height, path)


@np.errstate(all="ignore")
def draw(land: Landscape, title: str) -> Figure:
    """Contours at equal ratios of height, the path in order, its start (square), its end (dot) and the minimum (cross)."""
    figure, (ax,) = panels(1, 1, title, width=WIDTH, height=HEIGHT)
    top = land.height.max()
    ax.contour(
        land.x0, land.x1, land.height, levels=np.geomspace(top / 3000, top, 12), colors="#bbbbbb", linewidths=0.7
    )
    ax.plot(*land.path.T, color="#4477aa", marker=".", markersize=5, linewidth=1.2)
    ax.plot(*land.path[0], "s", color="#4477aa", markersize=8, label="start")
    ax.plot(*land.path[-1], "o", color="#ee6677", markersize=7, label="last point shown")
    ax.plot(0, 0, "+", color="black", markersize=12, label="minimum")
    ax.set_xlabel("$x_0$")
    ax.set_ylabel("$x_1$")
    ax.legend(frameon=False, fontsize=8)
    return figure
