"""Heading and description of each figure of a report, for its page."""

from __future__ import annotations

from zerosweep.naming import level_title, words
from zerosweep.report.results import Results
from zerosweep.report.table import format_cell

CAPTIONS = {
    "curves": ("Learning curves", "{metric} against the training step, for each {settings}."),
    "heat_map": ("Heat map", "The final {metric} as a colour, for each {settings}."),
    "intervals": ("Means and intervals", "The final {metric} with its mean and 95 % interval, for each {settings}."),
    "histograms": ("Activations", "Histograms of the outputs of every hidden layer, for each {settings}."),
    "traces": ("Traces of single units", "Weights, outputs and gradients of single units, for each {settings}."),
    "trajectories": ("Trajectories", "The path of the parameters over the surface, for each {settings}."),
    "gradient_field": ("Gradient field", "The gradient at every point of the surface."),
    "gradients": ("Gradients", "Gradients from backpropagation beside numerical ones."),
    "history": ("History of the search", "{metric} of every trial in the order of the trials, and the best so far."),
    "plane": ("Plane of the two main settings", "{metric} of every trial as a colour, over the two main settings."),
    "importances": (
        "Importance of the settings",
        "The fraction of the variation of {metric} that each setting explains.",
    ),
    "slices": ("Slices", "{metric} of every trial against each of the settings {names}."),
    "pareto": ("Pareto front", "The objectives of every trial against each other, with the front that no trial beats."),
    "intermediate": (
        "Intermediate values",
        "{metric} of every trial while it was trained, with the trials that were pruned.",
    ),
    "best": ("The best trials", "Curves of the best trials, the best first."),
}
"""Heading and sentence of each figure, by the name of its file."""


def heading(name: str) -> str:
    """Return the heading of a figure. That of a plugin is its name."""
    return CAPTIONS[name][0] if name in CAPTIONS else name.replace("_", " ").capitalize()


def description(name: str, results: Results) -> str:
    """Return what a figure shows, for those who cannot see it: its axes, and the best of it.

    Args:
        name: The name of its file.
        results: The results of the runs that it shows.
    """
    names = [words(setting) for setting in results.factors.names]
    sentence = CAPTIONS[name][1] if name in CAPTIONS else f"{heading(name)} of {{settings}}."
    text = sentence.format(
        metric=results.objective.metric,
        settings=f"combination of {_listed(names)}" if len(names) > 1 else _listed(names) or "run",
        names=_listed(names),
    )
    first = next(iter(results.ranking), None)
    if first is None or first.value is None or not first.levels:
        return text
    best = ", ".join(level_title(setting, level) for setting, level in first.levels.items())
    return f"{text} The best is {best}, with {format_cell(first.value)}."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
