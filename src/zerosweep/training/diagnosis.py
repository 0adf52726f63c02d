"""The diagnosis of a run that did not learn: the layer that failed first, when and why, and one override to try.

The mechanisms are:

- saturated: most outputs of a sigmoid or tanh layer are at a bound, where the slope is almost zero.
- dead: most units of a ReLU layer pass no gradient on for any row of the training data.
- collapsed: the outputs of a layer hardly differ from row to row, so little of the input and of the gradient gets
  through.
- exploding: the outputs of a layer, or the loss, grew by orders of magnitude.
- overshooting: every layer is healthy, but the updates are too large for the loss to settle.
- slow: every layer is healthy, but the updates are too small for the loss to fall, or to fall far.
- unfinished: every layer is healthy, the updates are of a usual size, and the loss falls: the run ended too soon.

A diagnosis is read from the recorded `History`; no metric is computed again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from zerosweep.training.records import Evaluation, History
from zerosweep.training.remedy import HEALTHY_RATIO, Remedy, Setup, has_room, remedy, rounded
from zerosweep.training.verdict import DEAD_FRACTION, SATURATED_FRACTION

COLLAPSED_RATIO = 0.01
"""A layer has collapsed if its signal is less than this fraction of the first hidden layer's signal.

In the network of experiment E1 the fraction is 0.009 for the weight scale 0.0464, which does not learn, and 0.2 for
0.1, which learns.
"""

COLLAPSED_SIGNAL = 1e-3
"""A layer has collapsed if its signal is less than this, however small the signal of the first hidden layer is."""

EXPLODING_FACTOR = 10.0
"""A loss, or the spread of a layer's outputs, explodes if it is more than this many times its reference.

The reference is the value at the start of the run or, before the first update, the spread in the first hidden layer.
"""

OVERSHOOTING_RATIO = 0.05
"""A run with healthy layers overshoots if ‖Δθ‖ / ‖θ‖ of an update is larger than this.

As a rule of thumb the ratio is about `HEALTHY_RATIO` in a run that learns.
"""


@dataclass(frozen=True)
class Symptom:
    """The failure that explains why a run did not learn.

    Attributes:
        mechanism: One of the mechanisms that this module lists.
        layer: The layer that failed (`hidden1`, ..., `output`); None if no layer is to blame.
        step: The number of updates before the failure was first recorded.
        evidence: The recorded numbers that show the failure, as a phrase.
    """

    mechanism: str
    layer: str | None
    step: int
    evidence: str

    @property
    def short(self) -> str:
        """The symptom in a few words, as in "hidden5 dead from step 120"."""
        return f"{f'{self.layer} ' if self.layer else ''}{self.mechanism} from step {self.step}"


@dataclass(frozen=True)
class Diagnosis:
    """The symptom of a run that did not learn, and the override to try."""

    finding: Symptom
    remedy: Remedy

    @property
    def line(self) -> str:
        """The diagnosis as one line for the terminal."""
        return f"diagnosis: {self.finding.short}; try {self.remedy.override}"


def diagnose(history: History, verdict: str, setup: Setup) -> Diagnosis | None:
    """Return the diagnosis of a run, or None for one that learned.

    Args:
        history: All records of the run.
        verdict: The run's verdict, as `zerosweep.training.verdict` gives it.
        setup: The settings of the run that a remedy depends on.
    """
    if verdict == "learned":
        return None
    exploding = _exploding_at_start(history, setup)
    failed = None if history.diverged else failed_layer(history, setup)
    pace = _diverged(history) if history.diverged else _pace(history, verdict, setup)
    cause = finding = exploding or failed or pace
    if exploding and failed and failed.mechanism == "dead":
        # Large outputs at the start killed the units: dead units are reported, the remedy is for the large outputs.
        finding = replace(failed, evidence=f"{failed.evidence}; {exploding.layer} began with {exploding.evidence}")
    elif exploding:
        finding = replace(exploding, evidence=f"{exploding.evidence}; {_losses(history)}")
    return Diagnosis(finding, remedy(cause.mechanism, cause.step, history.last("update_ratio"), setup))


def hidden_layers(history: History) -> list[str]:
    """Return the names of the hidden layers, in order from the input."""
    return [name.removeprefix("dead/") for name in history.evaluations[0].metrics if name.startswith("dead/")]


def _exploding_at_start(history: History, setup: Setup) -> Symptom | None:
    """Return the symptom of outputs that grow from layer to layer before the first update, or None.

    Batch normalization undoes such growth, so a network with it has no such symptom.
    """
    start, layers = history.evaluations[0].metrics, hidden_layers(history)
    if setup.bn or not layers:
        return None
    first = start.get(f"activation_std/{layers[0]}", math.inf)
    for layer in layers[1:]:
        spread = start.get(f"activation_std/{layer}", math.inf)  # a value that overflowed is not recorded
        if spread > EXPLODING_FACTOR * first > 0:
            times = f"{rounded(spread / first)} times {layers[0]}'s"
            return Symptom("exploding", layer, 0, f"activation std {rounded(spread)} at step 0, {times}")
    if math.isinf(first) or (not setup.normalized and first > EXPLODING_FACTOR):
        return Symptom("exploding", layers[0], 0, f"activation std {rounded(first)} at step 0")
    return None


def _diverged(history: History) -> Symptom:
    """Return the symptom of a run that diverged: the first layer whose outputs grew, since the loss did."""
    assert history.diverged
    start, end, layers = history.evaluations[0].metrics, history.diverged.hidden, hidden_layers(history)
    step = next(
        (step for step, loss in enumerate(history.losses, 1) if loss > EXPLODING_FACTOR * history.losses[0]), None
    )
    layer, spread = "output" if layers else None, ""
    for name in layers:
        before, after = start.get(f"activation_std/{name}", math.inf), end.get(f"activation_std/{name}", 0.0)
        if not after <= EXPLODING_FACTOR * before:  # also true if `after` is NaN
            layer, grew = name, f"to {rounded(after)}" if math.isfinite(after) else "beyond all numbers"
            spread = f"activation std from {rounded(before)} at step 0 {grew} at step {history.diverged.step}; "
            break
    return Symptom("exploding", layer, step or history.diverged.step, spread + _losses(history))


def _losses(history: History) -> str:
    """Return a phrase with the first and the largest loss and, if the run diverged, with what was not finite."""
    losses, end = history.losses, history.diverged
    phrases = []
    if losses:
        worst = max(range(len(losses)), key=losses.__getitem__)
        grew = f"went from {rounded(losses[0])} at step 1 to {rounded(losses[worst])} at step {worst + 1}"
        phrases.append(f"the loss {grew if worst else f'was {rounded(losses[0])} at step 1'}")
    if end:
        verb = "were" if end.what == "parameters" else "was"
        phrases.append(f"at step {end.step} the {end.what} {verb} no longer finite")
    return ", and ".join(phrases)


def layer_failure(layer: str, first: str, metrics: Mapping[str, float]) -> str | None:
    """Return the mechanism by which a layer fails at one evaluation, or None for a healthy layer.

    Args:
        layer: The hidden layer.
        first: The first hidden layer, whose signal is the reference.
        metrics: The metrics of the evaluation, by name.

    Returns:
        "saturated", "dead", "collapsed" or None.
    """
    if metrics.get(f"saturated/{layer}", 0.0) > SATURATED_FRACTION:
        return "saturated"
    if metrics[f"dead/{layer}"] > DEAD_FRACTION:
        return "dead"
    signal, reference = metrics.get(f"signal/{layer}", math.inf), metrics.get(f"signal/{first}", 0.0)
    return "collapsed" if signal < max(COLLAPSED_SIGNAL, COLLAPSED_RATIO * reference) else None


def failed_layer(history: History, setup: Setup) -> Symptom | None:
    """Return the symptom of the first layer, from the input, that fails at the last evaluation, or None.

    Later layers fail because of the first one. A layer that failed and recovered did not keep the run from learning.
    The step and the evidence are those of the evaluation since which the layer has failed without a break.
    """
    layers = hidden_layers(history)
    # Before the first update batch normalization has no running statistics, so that evaluation differs from training.
    evaluations = history.evaluations[1:] if setup.bn else history.evaluations
    for layer in layers:
        onset = None
        for evaluation in reversed(evaluations):
            mechanism = layer_failure(layer, layers[0], evaluation.metrics)
            if mechanism is None:
                break
            onset = mechanism, evaluation
        if onset:
            mechanism, evaluation = onset
            before = layers[: layers.index(layer)]
            failures = [layer_failure(name, layers[0], evaluation.metrics) for name in before]
            if mechanism == "dead" and "collapsed" in failures:
                mechanism = "collapsed"  # units without an input signal are inactive, whatever their weights
            evidence = _evidence(mechanism, evaluation, layer, layers[0], history)
            return Symptom(mechanism, layer, evaluation.step, evidence)
    return None


def _evidence(mechanism: str, onset: Evaluation, layer: str, first: str, history: History) -> str:
    """Return a phrase with the numbers that show a layer's failure.

    Args:
        mechanism: "saturated", "dead" or "collapsed".
        onset: The evaluation since which the layer has failed.
        layer: The layer.
        first: The first hidden layer.
        history: All records of the run.
    """
    start = history.evaluations[0].metrics
    if mechanism == "collapsed":
        signal, reference = onset.metrics.get(f"signal/{layer}", 0.0), onset.metrics.get(f"signal/{first}", 0.0)
        evidence = f"signal {rounded(signal)} at step {onset.step}"
        if layer != first and signal:
            evidence += f", {rounded(reference / signal)} times less than {first}'s"
        before = start.get(f"signal/{layer}")
        return evidence + (f", and {rounded(before)} at step 0" if onset.step and before is not None else "")
    metric, phrase = f"{mechanism}/{layer}", "outputs at a bound" if mechanism == "saturated" else "units dead"
    evidence = f"{onset.metrics[metric]:.0%} of its {phrase} at step {onset.step}"
    evidence += f", {start[metric]:.0%} at step 0" if onset.step else ""
    jumped = history.losses and max(history.losses) > EXPLODING_FACTOR * history.losses[0]
    return f"{evidence}; {_losses(history)}" if jumped else evidence


def _pace(history: History, verdict: str, setup: Setup) -> Symptom:
    """Return the symptom of a run whose layers are healthy, by its last update ratio."""
    steps, ratios = history.series("update_ratio")
    if not ratios:
        return Symptom("slow", None, 0, "no update could be measured")
    usual = ratios[-1] >= HEALTHY_RATIO and (setup.activation is not None or not has_room(setup))
    mechanism = "unfinished" if verdict == "slow" and usual else "slow"
    if ratios[-1] > OVERSHOOTING_RATIO and setup.activation is not None:
        mechanism = "overshooting"
    losses = history.losses
    evidence = (
        f"an update moves the parameters by {rounded(ratios[-1])} of their size, where {HEALTHY_RATIO:g} is usual"
    )
    evidence += f"; the loss was {losses[0]:.3g} at step 1 and {losses[-1]:.3g} at step {len(losses)}"
    return Symptom(mechanism, None, steps[0], evidence)
