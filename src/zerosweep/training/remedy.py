"""The override to try after a run that did not learn, chosen by the mechanism of the failure and the run's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MATCHED = {"relu": "he", "leaky_relu": "he", "sigmoid": "xavier", "tanh": "xavier"}
"""The init that preserves the spread of the signal from layer to layer, by activation."""

UNMATCHED = ("normal", "uniform")
"""Inits whose scale does not depend on the size of the layer."""

LARGEST_RATES = {"rmsprop": 0.001, "adam": 0.01, "adamw": 0.01}
"""Learning rates above which small networks seldom learn, by optimizer.

The size of these optimizers' updates is the learning rate, whatever the size of the gradient; RMSProp's first updates
are ten times as large. `LARGEST_RATE` is the bound for all other optimizers.
"""

LARGEST_RATE = 0.1

RATE_FACTOR = 10.0
"""A learning rate that is too high is divided by this, or lowered to the bound of its optimizer if that is less.

One that is too low is multiplied by this or by more, up to that bound.
"""

LONGER = 5
"""A run that ended too soon is made this many times as long."""

LARGEST_DROPOUT = 0.5
"""A larger dropout rate is lowered to this when units die."""

HEALTHY_RATIO = 1e-3
"""The update ratio ‖Δθ‖ / ‖θ‖ that a learning rate which is too low is raised to reach."""


@dataclass(frozen=True)
class Setup:
    """The settings of a run that a remedy depends on.

    Attributes:
        optimizer: The name of the optimizer, as in `optimizer=sgd`.
        lr: The learning rate.
        activation: The name of the activation; None for a task without a network.
        init: The name of the init.
        init_scale: The setting `init.scale`.
        bn: Whether the network has batch normalization.
        l1: The setting `regularizer.l1`.
        l2: The setting `regularizer.l2`.
        dropout: The setting `regularizer.dropout`.
        normalized: Whether the pixels are in [0, 1].
        clip: The setting `loss.clip`.
        schedule: The name of the schedule.
        epochs: The setting `trainer.epochs`.
        iterations: The setting `trainer.iterations`.
    """

    optimizer: str
    lr: float
    activation: str | None = None
    init: str = ""
    init_scale: float = 1.0
    bn: bool = False
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    normalized: bool = True
    clip: float = 0.0
    schedule: str = "constant"
    epochs: int | None = None
    iterations: int | None = None


@dataclass(frozen=True)
class Remedy:
    """One override to try.

    Attributes:
        override: The override, as on the command line; its value always differs from the run's own.
        why: The reason, as a clause.
    """

    override: str
    why: str


def rounded(value: float) -> str:
    """Return a number with two significant digits, as in 240 or 1.2e-05."""
    return f"{float(f'{value:.2g}'):g}"


ADAM = Remedy("optimizer=adam", "it divides each gradient by its usual size, so that small ones count too")


def largest_rate(setup: Setup) -> float:
    """Return the learning rate above which a run with this optimizer seldom learns."""
    return LARGEST_RATES.get(setup.optimizer, LARGEST_RATE)


def remedy(mechanism: str, step: int, update_ratio: float | None, setup: Setup) -> Remedy:
    """Return the likeliest remedy that changes the run's settings.

    Args:
        mechanism: The mechanism of the failure, one of those that `zerosweep.training.diagnosis` lists.
        step: The number of updates before the failure was first recorded; 0 before training.
        update_ratio: The last recorded ‖Δθ‖ / ‖θ‖, or None.
        setup: The settings of the run.
    """
    if mechanism in LAYER_REMEDIES and setup.activation is not None:
        return next(LAYER_REMEDIES[mechanism](step, setup))
    if mechanism == "unfinished":
        return _longer(setup)
    return _faster(update_ratio, setup) if mechanism == "slow" else _slower(setup)


def _exploding(step: int, setup: Setup) -> Iterator[Remedy]:
    yield from _raw(setup)
    if step == 0:
        yield from _init(setup, too_large=True)
    yield _slower(setup)


def _dead(step: int, setup: Setup) -> Iterator[Remedy]:
    yield from _raw(setup)
    if setup.dropout > LARGEST_DROPOUT:
        yield _less_dropout(setup)
    if step == 0:
        yield from _normalization(setup)
    yield _slower(setup)


def _saturated(step: int, setup: Setup) -> Iterator[Remedy]:
    if step == 0:
        yield from _raw(setup)
        yield from _init(setup, too_large=True)
        yield from _normalization(setup)
    yield _slower(setup)


def _collapsed(step: int, setup: Setup) -> Iterator[Remedy]:
    if step:
        yield from _penalty(setup)
    # Deep networks with a matched init start near a collapse and recover, unless the learning rate is far too high.
    if setup.init not in UNMATCHED and setup.lr > RATE_FACTOR * largest_rate(setup):
        yield _slower(setup)
    if setup.activation == "sigmoid":  # a slope of at most 1/4 shrinks the gradient in every layer, whatever the init
        yield from _normalization(setup)
    yield from _init(setup, too_large=False)
    yield from _normalization(setup)
    if setup.optimizer not in ("adam", "adamw"):
        yield ADAM
    yield _slower(setup)


LAYER_REMEDIES: dict[str, Callable[[int, Setup], Iterator[Remedy]]] = {
    "exploding": _exploding,
    "dead": _dead,
    "saturated": _saturated,
    "collapsed": _collapsed,
}
"""The remedies for a failed layer, the likeliest first, by mechanism."""


def _raw(setup: Setup) -> Iterator[Remedy]:
    if not setup.normalized:
        yield Remedy("dataset.normalize=true", "raw pixels make the outputs of every layer as large")


def _init(setup: Setup, too_large: bool) -> Iterator[Remedy]:
    """Yield the init that matches the activation or, for a matched init, the scale 1."""
    matched = MATCHED.get(str(setup.activation), "he")
    if setup.init in UNMATCHED:
        yield Remedy(
            f"init={matched}",
            f"its weights fit the layer's size, so {setup.activation} preserves the spread of the signal",
        )
    elif setup.init_scale > 1 if too_large else setup.init_scale < 1:
        yield Remedy("init.scale=1", f"the weights are {setup.init_scale:g} times what fits the layer's size")


def _normalization(setup: Setup) -> Iterator[Remedy]:
    if not setup.bn:
        yield Remedy("bn=true", "batch normalization restores the spread of every layer at every step")


def _penalty(setup: Setup) -> Iterator[Remedy]:
    for name, value in (("l1", setup.l1), ("l2", setup.l2)):
        if value and value >= max(setup.l1, setup.l2):
            yield Remedy(f"regularizer.{name}=0", f"the penalty of {value:g} has pulled the weights to zero")


def _less_dropout(setup: Setup) -> Remedy:
    why = f"{setup.dropout:.0%} of the units are left out of each step"
    return Remedy(f"regularizer.dropout={LARGEST_DROPOUT:g}", why)


def _slower(setup: Setup) -> Remedy:
    lr = min(setup.lr / RATE_FACTOR, largest_rate(setup))
    return Remedy(
        f"optimizer.lr={lr:.2g}",
        f"with steps {rounded(setup.lr / lr)} times as small the gradient still holds where an update arrives",
    )


def _longer(setup: Setup) -> Remedy:
    name, length = ("epochs", setup.epochs) if setup.epochs else ("iterations", setup.iterations or 1)
    why = f"a run {LONGER} times as long gives the loss time to fall further"
    return Remedy(f"trainer.{name}={LONGER * length}", why)


def has_room(setup: Setup) -> bool:
    """Return whether the learning rate can be raised without leaving the range in which small networks learn."""
    return RATE_FACTOR * setup.lr <= largest_rate(setup) * (1 + 1e-9)  # 10 · 0.01 is 0.1, whatever the rounding


def _faster(update_ratio: float | None, setup: Setup) -> Remedy:
    if setup.clip:
        return Remedy("loss.clip=0", "a class whose probability lies under the clip has no gradient at all")
    if setup.dropout > LARGEST_DROPOUT:
        return _less_dropout(setup)
    ratio = HEALTHY_RATIO if update_ratio is None else update_ratio
    most = largest_rate(setup)
    if setup.schedule != "constant" and ratio <= HEALTHY_RATIO / RATE_FACTOR:
        return Remedy("schedule=constant", "the schedule lowers the learning rate until the parameters hardly move")
    if (ratio < HEALTHY_RATIO or setup.activation is None) and has_room(setup):
        healthy = setup.lr * HEALTHY_RATIO / ratio if ratio else most  # the ratio is 0 if updates are lost to rounding
        lr = min(max(healthy, RATE_FACTOR * setup.lr), most)
        return Remedy(
            f"optimizer.lr={lr:.1g}", f"with steps {rounded(lr / setup.lr)} times as large the parameters get somewhere"
        )
    if setup.activation and not setup.bn:
        return next(_normalization(setup))
    if setup.optimizer not in ("adam", "adamw"):
        return ADAM
    return Remedy(
        f"optimizer.lr={setup.lr * RATE_FACTOR:.1g}",
        f"with steps {RATE_FACTOR:g} times as large the parameters get somewhere",
    )
