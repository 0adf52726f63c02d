"""E3: gradient descent, and gradients by backprop and by central differences.

The settings are those of `learning_rate_surface`, `gradient_field`, `gradient_check` and `two_layer_numerical` in
`sweeps/`.
"""

from __future__ import annotations

import numpy as np

from zerosweep.experiments.findings.surfaces import path
from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import Check, finding
from zerosweep.tasks.differentiation import MEASURE
from zerosweep.tracking.record import Recorded

AGREE = 1e-6
"""The difference below which two gradients agree.

In float64 a central difference is wrong by about ε/h + h², which is 1e-10 of the loss (`nn.gradcheck.step_size`), or
1e-8 of a gradient that is a hundred times smaller than the loss. The threshold is a hundred times that. A mistake in a
derivative makes a difference that is a thousand times larger still.
"""

NEAR = 1e-6
"""The distance below which two points of a surface are the same. Paths start five units from the minimum."""


@finding(f"with a learning rate of 0.1 gradient descent ends within {NEAR:g} of the minimum", source="book")
def a_good_rate_converges(evidence: Evidence) -> Check:
    x0, x1 = path(evidence, evidence.run_with(optimizer__lr=0.1))[-1]
    return Check(f"ends at ({x0:.1e}, {x1:.1e})", bool(np.hypot(x0, x1) < NEAR))


@finding(
    "with a learning rate of 10 it diverges: it ends farther from the minimum than it started, or leaves the finite "
    "numbers",
    claim="with a learning rate of 10, too large, the values become very large",
)
def a_large_rate_diverges(evidence: Evidence) -> Check:
    run = evidence.run_with(optimizer__lr=10.0)
    distance = np.hypot(*path(evidence, run).T)
    diverged = run.verdict == "diverged"
    text = f"{distance[0]:g} from the minimum at the start, {distance[-1]:.1e} at the last finite point"
    if diverged:
        text += f"; not finite at step {run.tags.get('diverged_at', '?')}"
    return Check(text, diverged or bool(distance[-1] > distance[0]))


@finding(
    f"with a learning rate of 1e-10 it hardly moves: it ends within {NEAR:g} of the start, and not at it",
    claim="with 1e-10, too small, a hundred steps hardly move it",
)
def a_small_rate_hardly_moves(evidence: Evidence) -> Check:
    points = path(evidence, evidence.run_with(optimizer__lr=1e-10))
    moved = float(np.hypot(*(points[-1] - points[0])))
    return Check(f"moved by {moved:.1e} in {len(points) - 1} steps", 0 < moved < NEAR, min(moved, NEAR - moved))


@finding(
    f"at every point of the field and on every surface, the two gradients differ by less than {AGREE:g}", source="ours"
)
def the_fields_agree(evidence: Evidence) -> Check:
    apart = {}
    for function in evidence.levels("task.function"):
        exact, numerical = (
            evidence.arrays(evidence.run_with(task__function=function, trainer__gradient=method), "gradient_field")[
                "gradient"
            ]
            for method in ("backprop", "numerical")
        )
        apart[function] = float(np.abs(np.asarray(exact, np.float64) - np.asarray(numerical, np.float64)).max())
        points = exact.size // 2
    if not apart:
        raise MissingEvidence("no run of a surface")
    text = ", ".join(f"{function} {most:.1e}" for function, most in apart.items())
    return Check(f"at most {text}, over {points} points each", max(apart.values()) < AGREE)


DIRECTIONS = 72
"""The number of directions that are compared with an arrow, five degrees apart."""

SHORT = 1e-4
"""The length of the steps that are compared."""


@finding(
    f"from every point of the field a step of {SHORT:g} along the arrow falls at least as far as one in any of "
    f"{DIRECTIONS} other directions",
    claim="the gradient shows the direction in which the function falls most",
)
def the_arrows_lead_down_most_steeply(evidence: Evidence) -> Check:
    compared, steepest = 0, 0
    for function in evidence.levels("task.function"):
        arrays = evidence.arrays(
            evidence.run_with(task__function=function, trainer__gradient="backprop"), "gradient_field"
        )
        x0, x1, gradient, coefficients = (
            np.asarray(arrays[name], np.float64) for name in ("x0", "x1", "gradient", "coefficients")
        )
        at = np.stack(np.meshgrid(x0, x1), axis=-1).reshape(-1, 2)
        slopes = np.hypot(*gradient.reshape(-1, 2).T)
        steep = slopes > 0
        at, arrows = at[steep], -gradient.reshape(-1, 2)[steep] / slopes[steep, None]
        angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
        others = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        along = ((at + SHORT * arrows) ** 2) @ coefficients
        elsewhere = ((at[:, None] + SHORT * others) ** 2) @ coefficients
        compared += len(at)
        steepest += int((along <= elsewhere.min(axis=1) + 1e-12).sum())
    return Check(f"at {steepest} of {compared} points", compared == steepest > 0)


def _gradients_agree(evidence: Evidence, run: Recorded) -> Check:
    """Check whether both gradients of a run agree at every step."""
    steps, values = evidence.curve(run, MEASURE)
    weights = evidence.arrays(run, "gradients")["backprop"].size
    return Check(
        f"at most {values.max():.1e}, over {weights} parameters and {len(steps)} steps", bool(values.max() < AGREE)
    )


@finding(
    f"of the 2×3 weights (and 3 biases) for one point, the two gradients differ by less than {AGREE:g} of the "
    "largest, every step",
    claim="the gradient of a network with 2×3 weights can be had by numerical differentiation",
)
def the_gradient_of_2x3_weights_agrees(evidence: Evidence) -> Check:
    return _gradients_agree(evidence, evidence.run_with(dataset="points", loss="cross_entropy"))


@finding(
    f"so they do with half the sum of squares of softmax minus target as loss: by less than {AGREE:g} of the largest",
    claim="the sum of squares, like the cross-entropy, is a loss whose gradient exists",
)
def the_gradient_of_a_sum_of_squares_agrees(evidence: Evidence) -> Check:
    return _gradients_agree(evidence, evidence.run_with(dataset="points", loss="mse", loss__outputs="softmax"))


@finding(
    f"of the two-layer network, the two gradients differ by less than {AGREE:g} of the largest, every step",
    source="book",
)
def the_gradient_of_two_layers_agrees(evidence: Evidence) -> Check:
    return _gradients_agree(evidence, evidence.run_with(model="two_layer", trainer__gradient="both"))


@finding(
    "two runs of one seed have equal losses, to the last bit, at every step; another seed has others", source="ours"
)
def the_seed_decides(evidence: Evidence) -> Check:
    kinds = {"model": "two_layer", "trainer__gradient": "backprop"}
    first, other_seed = (evidence.curve(evidence.run_with(**kinds, seed=seed), "train/loss")[1] for seed in (0, 1))
    again = evidence.curve(evidence.run_with(model="two_layer", trainer__gradient="both", seed=0), "train/loss")[1]
    same, differs = np.array_equal(first, again), not np.array_equal(first, other_seed)
    losses = f"after {len(first)} steps {first[-1]!r} and {again[-1]!r} with seed 0, {other_seed[-1]!r} with seed 1"
    return Check(losses.replace("np.float64(", "").replace(")", ""), same and differs)


CURVES_AGREE = 1e-6
"""The difference in loss below which two curves agree: with gradients that agree, a few steps stay below it."""


@finding(
    f"the losses of the two runs, by backprop and numerical, differ by less than {CURVES_AGREE:g} at every step",
    source="book",
)
def the_training_curves_agree(evidence: Evidence) -> Check:
    methods = ("backprop", "numerical")
    backprop, numerical = (
        evidence.curve(evidence.run_with(trainer__gradient=method), "train/loss")[1] for method in methods
    )
    if len(backprop) != len(numerical):
        raise MissingEvidence("the two runs are not equally long")
    apart = float(np.abs(backprop - numerical).max())
    return Check(f"at most {apart:.1e} apart in {len(backprop)} steps", apart < CURVES_AGREE)
