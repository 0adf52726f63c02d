"""Made-up trials, and their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from zerosweep.figures.search.registry import search_figures
from zerosweep.figures.search.trials import DrawnTrial

ACCURACY = {"val/accuracy": "maximize"}
LOSS = {"val/loss": "minimize"}
BOTH = {"val/accuracy": "maximize", "seconds": "minimize"}


def tried(
    number: int = 0,
    *values: float,
    state: str = "complete",
    verdict: str = "",
    curve: Sequence[tuple[int, float]] = (),
    **params: str | float | int,
) -> DrawnTrial:
    """Return a made-up trial. The parameter `init__scale` is the setting init.scale."""
    named = {name.replace("__", "."): value for name, value in params.items()}
    return DrawnTrial(number, state, named, values, tuple(curve), verdict)


def figures(
    trials: Sequence[DrawnTrial],
    metrics: Mapping[str, str] = ACCURACY,
    log: Sequence[str] = (),
    importances: Mapping[str, float] | None = None,
) -> dict[str, Figure]:
    """Return the figures of the trials by name, in the order in which they are made."""
    return dict(search_figures(trials, metrics, frozenset(log), importances or {}, "a search"))
