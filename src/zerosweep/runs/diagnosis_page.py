"""The diagnosis of a run as a page for whoever wants to understand it: diagnosis.md."""

from __future__ import annotations

import math
from textwrap import indent

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
        "A sigmoid or tanh is flat near its bounds. A unit whose inputs are so large that its output lies at a bound hardly "
        "changes when a weight does, so hardly any gradient passes through it, and all layers before it learn next to nothing."
    ),
    "dead": (
        "A ReLU gives 0 for every negative input, and has no slope there. A unit that one large update has pushed below 0 for "
        "all of the data gives nothing on and gets no gradient back: it can never return, and its part of the network is lost."
    ),
    "collapsed": (
        "Each layer multiplies what it gets by its weights. Where these are too small, what is left of the input shrinks from "
        "layer to layer, until the network gives the same answer for every image. The gradient shrinks by the same factors on "
        "its way back, so the weights that would have to grow do not move."
    ),
    "exploding": (
        "Where weights, or the steps that change them, are too large, the numbers grow {along}from step to step: a large loss "
        "makes a large gradient, and this a step that is larger still, until the numbers leave the range of floating point."
    ),
    "overshooting": (
        "Each update changes the parameters so much that the gradient it followed no longer holds where it arrives. The loss "
        "jumps about instead of falling."
    ),
    "slow": "Each update changes the parameters so little that the loss does not fall within the steps that the run has.",
}
"""Of each mechanism, what a learner should know. {along}: through the layers, where there are any."""

LOOK = {
    "saturated": "the metrics `saturated/{layer}` and `dead/{layer}`",
    "dead": "the metric `dead/{layer}` beside `train/loss`",
    "collapsed": "the metric `signal/{layer}` beside those of the other layers, on a logarithmic axis",
    "exploding": "the metric `train/loss` on a logarithmic axis",
    "overshooting": "the metrics `update_ratio` and `train/loss`",
    "slow": "the metrics `update_ratio` and `train/loss`",
}

"""Of each mechanism, what shows it."""

COLUMNS = {metric.quantity.replace("_", " "): metric for metric in PER_LAYER}

LEGEND = " ".join(f"*{title}*: {metric.meaning}." for title, metric in COLUMNS.items())


def setup_of(settings: Settings) -> Setup:
    """What a remedy depends on, of a run's settings."""
    optimizer = _kind("optimizer", settings.optimizer)
    if settings.model is None:
        return Setup(optimizer, settings.optimizer.lr)
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
    )


def _kind(group: str, recipe: Recipe) -> str:
    """By its schema's name: an option of the user's own is of one of these kinds too."""
    return next(name for name, kind in GROUPS[group].items() if kind is type(recipe))


def diagnosis_page(diagnosis: Diagnosis, verdict: str, history: History, config: Config) -> str:
    """The page, as Markdown: what happened, why, what to try, what was seen, where to look."""
    finding, remedy = diagnosis.finding, diagnosis.remedy
    layers, figures = hidden_layers(history), ["learning_curves"]
    said = " by its loss, with the accuracy of guessing" if verdict == "learned" else ""
    parts = [
        f"# Diagnosis: {finding.short}",
        f"The run is **{verdict}**{said}. {f'**{finding.layer}**. ' if finding.layer else ''}{_sentence(finding.evidence)}",
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
    looks = [LOOK[finding.mechanism].format(layer=finding.layer)]
    if finding.mechanism == "exploding" and finding.layer in layers:
        looks.append(f"the metric `activation_std/{finding.layer}`")
    if config.settings.tracking.figures:
        looks += [f"the figure `{name}.png`" for name in figures]
    return "\n\n".join([*parts, f"Where to look in MLflow: {'; '.join(looks)}."]) + "\n"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _table(history: History) -> str:
    """Layers × (first → last) of each statistic that was recorded; "" where there are no layers."""
    layers = hidden_layers(history)
    first, last = history.evaluations[0].metrics, dict(history.evaluations[-1].metrics)
    if history.diverged:
        last |= history.diverged.hidden
    columns = {
        title: metric for title, metric in COLUMNS.items() if any(metric.for_layer(layer) in first | last for layer in layers)
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
