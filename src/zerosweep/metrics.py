"""The registry of the metrics that a run records.

Tasks and training produce numbers by name. Tables, figures, reports, searches, errors and documents read the meaning
of a name here. A new metric needs an entry in `METRICS` and the function that measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zerosweep.errors import SettingError

MAXIMIZE, MINIMIZE, NEITHER = "maximize", "minimize", "neither"

DIRECTIONS = (MAXIMIZE, MINIMIZE)
"""The directions that an objective can have."""

LAYER = "<layer>"
"""The placeholder for a hidden layer's name in the name of a family."""

SYSTEM = "system/"
"""The beginning of the names of MLflow's system metrics, as in system/cpu_utilization_percentage."""

SETS = {"train": "training", "val": "validation", "test": "test"}
"""The sets of examples in words."""

STEP, EVALUATION, END = "every step", "evaluations", "the end"
STEP_IF_SCHEDULED = "every step; evaluations if constant"
"""The times at which a metric can be recorded."""


@dataclass(frozen=True)
class Metric:
    """One metric, or a family with a member for each hidden layer.

    Attributes:
        name: The recorded name. In a family, as in `dead/<layer>`, `<layer>` is a placeholder for the layer's name.
        meaning: A noun phrase, for documents and diagnosis pages.
        direction: The direction of better values: `MAXIMIZE`, `MINIMIZE` or `NEITHER`.
        unit: The unit of the values; "" for plain numbers.
        fraction: Whether the values are in [0, 1]; figures then use that interval as the axis.
        clock: Whether the values are clock times or depend on them, and so differ when a run is repeated.
        split: The examples that are measured: "train", "val", "test", or "" if the metric is not of one set.
        objective: Whether runs can be optimised for it.
        when: The time of recording: `STEP`, `EVALUATION`, `END` or `STEP_IF_SCHEDULED`.
        headline: The summaries of runs that show it: "tables", "tables and lines", or "" for none.
        words: The quantity in words, for axes and keys; "" where its name says it.
    """

    name: str
    meaning: str
    direction: str = NEITHER
    unit: str = ""
    fraction: bool = False
    clock: bool = False
    split: str = ""
    objective: bool = True
    when: str = EVALUATION
    headline: str = ""
    words: str = ""

    @property
    def per_layer(self) -> bool:
        """Whether this is a family with a member for each hidden layer."""
        return self.name.endswith(f"/{LAYER}")

    @property
    def quantity(self) -> str:
        """The name without its split or layer: `accuracy` for `val/accuracy`, `dead` for `dead/<layer>`."""
        if self.split:
            return self.name.removeprefix(f"{self.split}/")
        return self.name.removesuffix(f"/{LAYER}")

    def for_layer(self, layer: str) -> str:
        """Return the name of a family's metric for one hidden layer."""
        return f"{self.quantity}/{layer}"


METRICS: list[Metric] = [
    Metric(
        "train/loss", "loss of the mini-batch, before its update",
        MINIMIZE, split="train", when=STEP, headline="tables",
    ),
    Metric(
        "train/accuracy", "accuracy on the training rows, or the first `trainer.eval_rows`",
        MAXIMIZE, fraction=True, split="train", headline="tables and lines",
    ),
    Metric("val/loss", "loss over the validation rows", MINIMIZE, split="val", headline="tables"),
    Metric(
        "val/accuracy", "accuracy on the validation rows",
        MAXIMIZE, fraction=True, split="val", headline="tables and lines",
    ),
    Metric(
        "test/accuracy", "accuracy on the test rows",
        MAXIMIZE, fraction=True, split="test", objective=False, headline="tables and lines",
    ),
    Metric("train/penalty", "penalty of L1 and L2", MINIMIZE, words="penalty"),
    Metric(
        "weights/near_zero", "fraction of the penalised weights that are nearly zero",
        fraction=True, words="fraction of weights near zero",
    ),
    Metric(
        "surface/value", "height of the surface at the current point",
        MINIMIZE, headline="tables and lines", words="height of the surface",
    ),
    Metric("surface/x0", "first coordinate of the current point", words="x₀"),
    Metric("surface/x1", "second coordinate of the current point", words="x₁"),
    Metric(
        "gradient_difference", "relative difference of two gradients, with `trainer.gradient=both`",
        MINIMIZE, words="relative difference of the gradients",
    ),
    Metric(
        "activation_std/<layer>", "standard deviation of the outputs, over units and rows",
        words="spread of outputs",
    ),
    Metric("signal/<layer>", "standard deviation of the outputs from row to row", words="signal"),
    Metric(
        "dead/<layer>", "fraction of units, or filters, that pass no gradient on for any row",
        MINIMIZE, fraction=True, words="fraction of dead units",
    ),
    Metric(
        "saturated/<layer>", "fraction of outputs that are at a bound, for sigmoid and tanh",
        MINIMIZE, fraction=True, words="fraction of saturated outputs",
    ),
    Metric(
        "lr", "learning rate of the update: `optimizer.lr` times the factor of the schedule",
        objective=False, when=STEP_IF_SCHEDULED, words="learning rate",
    ),
    Metric("gradient_norm", "Euclidean norm of the gradient of the last update", words="norm of the gradient"),
    Metric(
        "update_ratio", "size of the last update relative to the parameters, ‖Δθ‖ / ‖θ‖",
        words="relative size of the update",
    ),
    Metric(
        "time/steps_per_second", "speed of the updates since the last evaluation",
        MAXIMIZE, unit="1/s", clock=True, words="speed",
    ),
    Metric(
        "time/seconds", "time from the start of the run to the end of its training",
        MINIMIZE, unit="s", clock=True, when=END, words="duration",
    ),
    Metric("time/steps", "number of updates", when=END, words="steps"),
    Metric(
        "diverged_at", "step at which the loss or a parameter was not finite",
        objective=False, when=END, words="step of the divergence",
    ),
]  # fmt: skip
"""Every metric, those of plugins included."""

TABLES = tuple(metric.name for metric in METRICS if metric.headline)
"""The metrics that have a column in tables of runs, if they were measured."""

LINES = tuple(metric.name for metric in METRICS if metric.headline == "tables and lines")
"""The metrics in the last line that a run prints, if they were measured."""

AT_THE_END = tuple(metric.name for metric in METRICS if metric.when == END)
"""The metrics that are recorded once a run, for every task."""

PER_LAYER = tuple(metric for metric in METRICS if metric.per_layer)
"""The families with one metric for each hidden layer."""

BY_NAME = {metric.name: metric for metric in METRICS if not metric.per_layer}
"""The metrics that are not families, by name."""

_FAMILIES = {metric.quantity: metric for metric in PER_LAYER}


def described(name: str) -> Metric | None:
    """Return the entry in `METRICS` for a recorded name, its family's for `dead/hidden1`, or None if there is none."""
    family, _, layer = name.partition("/")
    return BY_NAME.get(name) or (_FAMILIES.get(family) if layer else None)


def direction(name: str) -> str:
    """Return the direction of better values of a metric, `NEITHER` if it has no entry in `METRICS`."""
    found = described(name)
    return found.direction if found else NEITHER


def is_clock(name: str) -> bool:
    """Return whether a metric's values are clock times or depend on them, as MLflow's own system metrics do."""
    found = described(name)
    return name.startswith(SYSTEM) or (found is not None and found.clock)


def label(names: Sequence[str]) -> str:
    """Return the label of an axis that shows one metric or several.

    Args:
        names: The metrics, at least one.

    Returns:
        A single metric's name and unit. For several, their common quantity, such as `accuracy`, or else all names.
    """
    if len(names) == 1:
        found = described(names[0])
        return f"{names[0]} ({found.unit})" if found and found.unit else names[0]
    quantities = {found.quantity if (found := described(name)) else name for name in names}
    return quantities.pop() if len(quantities) == 1 else ", ".join(names)


def in_words(name: str) -> str:
    """Return the name of a metric in words: of its quantity, with the set of examples or the layer.

    >>> in_words("val/accuracy"), in_words("dead/hidden1"), in_words("my_metric")
    ('validation accuracy', 'fraction of dead units, hidden1', 'my metric')
    """
    found = described(name)
    split, _, quantity = name.partition("/")
    if quantity and split in SETS and not (found and found.words):
        return f"{SETS[split]} {quantity.replace('_', ' ')}"
    if found is None:
        return name if quantity else name.replace("_", " ")
    layer = f", {quantity}" if found.per_layer else ""
    return (found.words or found.quantity.replace("_", " ")) + layer


def axis_title(label: str) -> str:
    """Return a label of `label` in words: the title of an axis, with its unit."""
    if ", " in label:
        return ", ".join(map(in_words, label.split(", ")))
    name = label.partition(" (")[0]
    unit = found.unit if (found := described(name)) else ""
    return f"{in_words(name)} ({unit})" if unit else in_words(label)


def is_fraction(label: str) -> bool:
    """Return whether all values along the axis with this `label` are in [0, 1]."""
    quantities = {metric.quantity for metric in METRICS if metric.fraction}
    found = [described(name) for name in label.split(", ")]
    return label in quantities or all(metric is not None and metric.fraction for metric in found)


def to_compare(name: str) -> list[str]:
    """Return the metrics to draw with a metric: its quantity on training and on validation data, to show overfitting.

    A metric that is not of one set of examples is drawn alone.
    """
    found = described(name)
    if found is None or not found.split:
        return [name]
    alike = [metric for metric in METRICS if metric.split and metric.quantity == found.quantity]
    return [metric.name for metric in alike if metric.split in ("train", "val")]


def objectives(measured: Iterable[str]) -> list[str]:
    """Return those of the `measured` metrics that runs can be optimised for."""
    return [name for name in measured if (found := described(name)) is None or found.objective]


def refuse_test(setting: str, name: str) -> None:
    """Refuse a metric of the test data as an objective, because choosing runs by it would bias it.

    Args:
        setting: The dotted name of the setting that holds the metric.
        name: The metric.

    Raises:
        SettingError: The metric is measured on test data.
    """
    if name.startswith("test/"):
        allowed = "test figures are recorded, never optimised; must be measured on validation or training data"
        raise SettingError(setting, name, allowed)


def check_measured(setting: str, name: str, measured: Iterable[str], where: str) -> None:
    """Refuse a metric that is not measured.

    Args:
        setting: The dotted name of the setting that holds the metric.
        name: The metric.
        measured: The metrics that are measured.
        where: The runs in question, for the error, as in "this run".

    Raises:
        SettingError: The metric is not among those `measured`.
    """
    choices = list(dict.fromkeys(measured))
    if name not in choices:
        raise not_measured(setting, name, choices, where)


def not_measured(setting: str, name: str, measured: Sequence[str], where: str) -> SettingError:
    """Return the error about a metric that is not measured; the arguments are those of `check_measured`."""
    return SettingError(setting, name, f"is not measured in {where}; must be one of {', '.join(measured)}", measured)


def as_markdown() -> str:
    """Return the table of all metrics that docs/records.md shows."""
    better = {MAXIMIZE: "higher", MINIMIZE: "lower", NEITHER: ""}
    rows = [["metric", "meaning", "better", "recorded at"], ["---"] * 4]
    rows += [[f"`{metric.name}`", metric.meaning, better[metric.direction], metric.when] for metric in METRICS]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
