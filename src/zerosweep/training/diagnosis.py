"""Why a run did not learn: the first layer in which it went wrong, since when, by which mechanism, and one thing to try.

saturated    most outputs of a sigmoid or tanh layer are at a bound, where the slope is next to nothing.
dead         most units of a ReLU layer pass a gradient on for no row of the training data.
collapsed    what comes out of a layer is next to the same for every row: nothing is left of the input, nor of its gradient.
exploding    outputs, or the loss, grew beyond all bounds.
overshooting no layer is in a bad way, but updates are so large that nothing settles.
slow         no layer is in a bad way, but updates are so small that nothing moves.

All of it is read from the history that every run records; nothing is computed again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from zerosweep.training.records import Evaluation, History
from zerosweep.training.remedy import HEALTHY_RATIO, Remedy, Setup, remedy, rounded
from zerosweep.training.verdict import CHANCE_MARGIN, DEAD_SHARE

SATURATED_SHARE = 0.5
"""More than this share of a layer's outputs at their bounds, and the layer is saturated."""

COLLAPSED_RATIO = 0.01
"""A layer whose signal is less than this part of the first hidden layer's has collapsed. In E1's network the weight scale
0.0464, with which it does not learn, leaves 0.009, and 0.1, with which it does, 0.2."""

COLLAPSED_SIGNAL = 1e-3
"""A layer with less signal than this has collapsed, whatever the first one has: one hidden layer has nothing to compare with."""

GROWN = 10.0
"""So many times what it was, or what the first hidden layer has, and a spread or a loss is exploding."""

OVERSHOOTING_RATIO = 0.05
"""A run that is stuck although an update moves the parameters by more than this part of their size overshoots; below, it is
slow. In a run that learns, ‖Δθ‖ / ‖θ‖ is about `HEALTHY_RATIO`, as a rule of thumb."""


@dataclass(frozen=True)
class Symptom:
    """What went wrong. layer: hidden1, ..., output; None where there is no network. step: updates done when it was first
    seen. evidence: the numbers seen, in words."""

    mechanism: str
    layer: str | None
    step: int
    evidence: str

    @property
    def short(self) -> str:
        """As in "hidden5 dead from step 120"."""
        return f"{f'{self.layer} ' if self.layer else ''}{self.mechanism} from step {self.step}"


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong, and the one override to try."""

    finding: Symptom
    remedy: Remedy

    @property
    def line(self) -> str:
        return f"diagnosis: {self.finding.short}; try {self.remedy.override}"


def diagnose(history: History, verdict: str, setup: Setup) -> Diagnosis | None:
    """The diagnosis of a run with this verdict and these settings; None for one that learned.

    One that learned by its loss alone, down to what guessing has, is diagnosed too where a layer is in a bad way.
    """
    finding: Symptom | None
    if verdict == "learned":
        cause = finding = _in_trouble(history, setup) if at_chance(history) else None
    else:
        grown = _grown_at_start(history, setup)
        ill = None if history.diverged else _in_trouble(history, setup)
        cause = finding = grown or ill or (_diverged(history) if history.diverged else _pace(history))
        if grown and ill and ill.mechanism == "dead":  # that is what became of it; the remedy is for how it began
            finding = replace(ill, evidence=f"{ill.evidence}; {grown.layer} began with {grown.evidence}")
        elif grown:
            finding = replace(grown, evidence=f"{grown.evidence}; {_losses(history)}")
    if finding is None or cause is None:
        return None
    return Diagnosis(finding, remedy(cause.mechanism, cause.step, history.last("update_ratio"), setup))


def at_chance(history: History) -> bool:
    """Whether the network tells classes apart no better than guessing."""
    accuracy = history.evaluations[-1].metrics.get("train/accuracy")
    return bool(accuracy is not None and history.classes and accuracy <= 1 / history.classes + CHANCE_MARGIN)


def hidden_layers(history: History) -> list[str]:
    """The names of the hidden layers, from the input on."""
    return [name.removeprefix("dead/") for name in history.evaluations[0].metrics if name.startswith("dead/")]


def _grown_at_start(history: History, setup: Setup) -> Symptom | None:
    """Outputs that grow from layer to layer before the first update, where there is no normalization to undo it."""
    start, layers = history.evaluations[0].metrics, hidden_layers(history)
    if setup.bn or not layers:
        return None
    first = start.get(f"activation_std/{layers[0]}", math.inf)
    for layer in layers[1:]:
        spread = start.get(f"activation_std/{layer}", math.inf)  # left out of the record where it overflowed
        if spread > GROWN * first > 0:
            times = f"{rounded(spread / first)} times {layers[0]}'s"
            return Symptom("exploding", layer, 0, f"activation std {rounded(spread)} at step 0, {times}")
    if math.isinf(first) or (not setup.normalized and first > GROWN):
        return Symptom("exploding", layers[0], 0, f"activation std {rounded(first)} at step 0")
    return None


def _diverged(history: History) -> Symptom:
    assert history.diverged
    start, end, layers = history.evaluations[0].metrics, history.diverged.hidden, hidden_layers(history)
    step = next((step for step, loss in enumerate(history.losses, 1) if loss > GROWN * history.losses[0]), None)
    layer, spread = "output" if layers else None, ""
    for name in layers:
        before, after = start.get(f"activation_std/{name}", math.inf), end.get(f"activation_std/{name}", 0.0)
        if not after <= GROWN * before:  # NaN has grown too
            layer, grew = name, f"to {rounded(after)}" if math.isfinite(after) else "beyond all numbers"
            spread = f"activation std from {rounded(before)} at step 0 {grew} at step {history.diverged.step}; "
            break
    return Symptom("exploding", layer, step or history.diverged.step, spread + _losses(history))


def _losses(history: History) -> str:
    """How the loss went before the end, and what ended it."""
    losses, end = history.losses, history.diverged
    said = []
    if losses:
        worst = max(range(len(losses)), key=losses.__getitem__)
        grew = f"went from {rounded(losses[0])} at step 1 to {rounded(losses[worst])} at step {worst + 1}"
        said.append(f"the loss {grew if worst else f'was {rounded(losses[0])} at step 1'}")
    if end:
        verb = "were" if end.what == "parameters" else "was"
        said.append(f"at step {end.step} the {end.what} {verb} no finite number any more")
    return ", and ".join(said)


def ailment(layer: str, first: str, metrics: Mapping[str, float]) -> str | None:
    """What is wrong with a layer at one evaluation: saturated, dead, collapsed, or nothing. first: the first hidden layer."""
    if metrics.get(f"saturated/{layer}", 0.0) > SATURATED_SHARE:
        return "saturated"
    if metrics[f"dead/{layer}"] > DEAD_SHARE:
        return "dead"
    signal, reference = metrics.get(f"signal/{layer}", math.inf), metrics.get(f"signal/{first}", 0.0)
    return "collapsed" if signal < max(COLLAPSED_SIGNAL, COLLAPSED_RATIO * reference) else None


def _in_trouble(history: History, setup: Setup) -> Symptom | None:
    """The first layer, from the input on, that is in a bad way at the end, with what it had when that began. A layer further on
    suffers from it; one that was in a bad way and recovered was not what kept the run from learning."""
    layers = hidden_layers(history)
    # Before the first update batch normalization has no statistics, so an evaluation shows what training does not see.
    evaluations = history.evaluations[1:] if setup.bn else history.evaluations
    for layer in layers:
        began = None
        for evaluation in reversed(evaluations):
            mechanism = ailment(layer, layers[0], evaluation.metrics)
            if mechanism is None:
                break
            began = mechanism, evaluation
        if began:
            mechanism, seen = began
            before = layers[: layers.index(layer)]
            if mechanism == "dead" and any(ailment(one, layers[0], seen.metrics) == "collapsed" for one in before):
                mechanism = "collapsed"  # units that are given nothing are quiet, whatever their weights
            return Symptom(mechanism, layer, seen.step, _evidence(mechanism, seen, layer, layers[0], history))
    return None


def _evidence(mechanism: str, seen: Evaluation, layer: str, first: str, history: History) -> str:
    start = history.evaluations[0].metrics
    if mechanism == "collapsed":
        signal, reference = seen.metrics.get(f"signal/{layer}", 0.0), seen.metrics.get(f"signal/{first}", 0.0)
        evidence = f"signal {rounded(signal)} at step {seen.step}"
        if layer != first and signal:
            evidence += f", {rounded(reference / signal)} times less than {first}'s"
        before = start.get(f"signal/{layer}")
        return evidence + (f", and {rounded(before)} at step 0" if seen.step and before is not None else "")
    name, of = ("saturated", "outputs at a bound") if mechanism == "saturated" else ("dead", "units dead")
    evidence = f"{seen.metrics[f'{name}/{layer}']:.0%} of its {of} at step {seen.step}"
    evidence += f", {start[f'{name}/{layer}']:.0%} at step 0" if seen.step else ""
    jumped = history.losses and max(history.losses) > GROWN * history.losses[0]
    return f"{evidence}; {_losses(history)}" if jumped else evidence


def _pace(history: History) -> Symptom:
    steps, ratios = history.series("update_ratio")
    if not ratios:
        return Symptom("slow", None, 0, "no update could be measured")
    mechanism = "overshooting" if ratios[-1] > OVERSHOOTING_RATIO else "slow"
    losses = history.losses
    evidence = (
        f"an update moves the parameters by {rounded(ratios[-1])} of their size, where {HEALTHY_RATIO:g} is usual"
    )
    evidence += f"; the loss was {losses[0]:.3g} at step 1 and {losses[-1]:.3g} at step {len(losses)}"
    return Symptom(mechanism, None, steps[0], evidence)
