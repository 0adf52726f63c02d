"""The artifact `diagnosis.md`: a page that explains why a run did not learn, and what to try."""

from __future__ import annotations

import math
from textwrap import indent
from typing import Any

from zerosweep.config.change import command, with_override
from zerosweep.config.read import Config
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.metrics import PER_LAYER, Metric
from zerosweep.recipe import Recipe
from zerosweep.training.diagnosis import Diagnosis, hidden_layers
from zerosweep.training.records import History
from zerosweep.training.remedy import Setup, rounded

MEANING = {
    "saturated": (
        "A sigmoid or tanh is flat near its bounds. Where a unit's inputs are so large that its output lies at a "
        "bound, the output hardly changes when a weight does. Hardly any gradient passes through the unit, and all "
        "layers before it learn next to nothing."
    ),
    "dead": (
        "A ReLU gives 0 for every negative input, and has no slope there. If one large update pushes the input of a "
        "unit below 0 for all of the data, the unit outputs 0 for every row and receives no gradient. It can never "
        "recover, and its part of the network is lost."
    ),
    "collapsed": (
        "Each layer multiplies its input by its weights. If the weights are too small, the signal shrinks from layer "
        "to layer, until the network gives the same answer for every row. The gradient shrinks by the same factors "
        "on its way back, so the weights that would have to grow do not move."
    ),
    "exploding": (
        "If the weights, or the steps that change them, are too large, the numbers grow {along}from step to step. A "
        "large loss makes a large gradient, which makes an even larger step, until the numbers leave the range of "
        "floating point."
    ),
    "overshooting": (
        "Each update changes the parameters so much that its gradient is no longer valid at the new point. The loss "
        "jumps about instead of falling."
    ),
    "slow": (
        "Each update changes the parameters so little that the loss does not fall, or does not fall far, within the "
        "steps of the run."
    ),
    "unfinished": (
        "The signal gets through every layer, the updates have a usual size, and the loss falls. The run ended before "
        "the loss was low."
    ),
}
"""Explanation of each mechanism for a learner. {along} becomes "from layer to layer and " if there are layers."""

WHERE_TO_LOOK = {
    "saturated": "the metrics `saturated/{layer}` and `dead/{layer}`",
    "dead": "the metric `dead/{layer}` beside `train/loss`",
    "collapsed": "the metric `signal/{layer}` beside those of the other layers, on a logarithmic axis",
    "exploding": "the metric `train/loss` on a logarithmic axis",
    "overshooting": "the metrics `update_ratio` and `train/loss`",
    "slow": "the metrics `update_ratio` and `train/loss`",
    "unfinished": "the metrics `train/loss` and `train/accuracy`",
}
"""The metrics that show each mechanism. {layer} becomes the name of the layer."""

COLUMNS = {metric.quantity.replace("_", " "): metric for metric in PER_LAYER}
"""The metric of each column of the table, by the column's title."""

LEGEND = " ".join(f"*{title}*: {metric.meaning}." for title, metric in COLUMNS.items())


def setup_of(settings: Settings) -> Setup:
    """Return the settings of a run on which the choice of a remedy depends."""
    optimizer = _kind("optimizer", settings.optimizer)
    length: Any = {"schedule": _kind("schedule", settings.schedule)}
    length |= {"epochs": settings.trainer.epochs, "iterations": settings.trainer.iterations}
    if settings.model is None:
        return Setup(optimizer, settings.optimizer.lr, **length)
    return Setup(
        optimizer=optimizer,
        lr=settings.optimizer.lr,
        activation=getattr(settings.model, "activation", "relu"),
        init=_kind("init", settings.init),
        init_scale=settings.init.scale,
        bn=settings.bn,
        l1=settings.regularizer.l1,
        l2=settings.regularizer.l2,
        dropout=settings.regularizer.dropout,
        normalized=settings.dataset.normalize,
        clip=getattr(settings.loss, "clip", 0.0),
        **length,
    )


def _kind(group: str, recipe: Recipe) -> str:
    """Return the name under which the recipe's class is an option of the group.

    The option that was chosen may have another name: it may be a file of the user.
    """
    return next(name for name, kind in GROUPS[group].items() if kind is type(recipe))


def diagnosis_page(diagnosis: Diagnosis, verdict: str, history: History, config: Config) -> str:
    """Return the page as Markdown: what happened, why, what to try, what was observed, where to look."""
    finding, remedy = diagnosis.finding, diagnosis.remedy
    layers, figures = hidden_layers(history), ["learning_curves"]
    where = f"**{finding.layer}**. " if finding.layer else ""
    parts = [
        f"# Diagnosis: {finding.short}",
        f"The run is **{verdict}**. {where}{_sentence(finding.evidence)}",
        MEANING[finding.mechanism].format(along="from layer to layer and " if layers else ""),
        f"## Try `{remedy.override}`",
        _sentence(remedy.why),
        indent(command(with_override(config.overrides, remedy.override), config.flags), "    "),
    ]
    if table := _table(history):
        end = "the mini-batch of the last step" if history.diverged else "the last"
        parts += ["## What was seen", table, f"From the first evaluation to {end}. {LEGEND}"]
        figures.append("activation_histograms")
    if config.settings.model is None:
        figures.append("trajectory")
    places = [WHERE_TO_LOOK[finding.mechanism].format(layer=finding.layer)]
    if finding.mechanism == "exploding" and finding.layer in layers:
        places.append(f"the metric `activation_std/{finding.layer}`")
    if config.settings.tracking.figures:
        places += [f"the figure `{name}.png`" for name in figures]
    return "\n\n".join([*parts, f"Where to look in MLflow: {'; '.join(places)}."]) + "\n"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _table(history: History) -> str:
    """Return a table with a row per layer and a column per recorded statistic, or "" if there are no layers.

    Each cell shows the first and the last value.
    """
    layers = hidden_layers(history)
    first, last = history.evaluations[0].metrics, dict(history.evaluations[-1].metrics)
    if history.diverged:
        last |= history.diverged.hidden
    columns = {
        title: metric
        for title, metric in COLUMNS.items()
        if any(metric.for_layer(layer) in first | last for layer in layers)
    }
    if not columns:
        return ""

    def cell(metric: Metric, layer: str) -> str:
        values = (evaluation.get(metric.for_layer(layer), math.inf) for evaluation in (first, last))
        as_text = "{:.0%}".format if metric.fraction else rounded
        return " → ".join(as_text(value) if math.isfinite(value) else "overflow" for value in values)

    rows = [["layer", *columns], ["---"] * (len(columns) + 1)]
    rows += [[layer, *(cell(metric, layer) for metric in columns.values())] for layer in layers]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
