"""One override to try, from what went wrong and how the run is set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MATCHED = {"relu": "he", "leaky_relu": "he", "sigmoid": "xavier", "tanh": "xavier"}
"""By activation, the init that keeps the spread of the signal from layer to layer."""

UNMATCHED = ("normal", "uniform")
"""Inits whose scale does not know the layer's size."""

MOST = {"rmsprop": 0.001, "adam": 0.01, "adamw": 0.01}
"""Learning rates above which small networks seldom learn: of optimizers whose updates have the size of the rate, whatever that of
the gradient (RMSProp's first ones ten times that). Of all others it is `MOST_OF_OTHERS`."""

MOST_OF_OTHERS = 0.1

CUT = 10.0
"""A learning rate that is too high is cut to a tenth, and below that bound."""

MILD_DROPOUT = 0.5
"""More than this is left out of a step only to see what happens."""

HEALTHY_RATIO = 1e-3
"""The update ratio ‖Δθ‖ / ‖θ‖ that a learning rate which is too low is raised for."""


@dataclass(frozen=True)
class Setup:
    """The settings that a remedy depends on, by their words on the command line.

    activation: None where there is no network. normalized: whether pixels are in [0, 1]. clip: of the loss.
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


@dataclass(frozen=True)
class Remedy:
    """override: as one types it, always different from the run's own setting. why: in a sentence."""

    override: str
    why: str


def rounded(value: float) -> str:
    """Two digits, as in 240 or 1.2e-05."""
    return f"{float(f'{value:.2g}'):g}"


ADAM = Remedy("optimizer=adam", "it divides each gradient by its usual size, so that small ones count too")


def most(setup: Setup) -> float:
    """The learning rate above which such a run seldom learns."""
    return MOST.get(setup.optimizer, MOST_OF_OTHERS)


def remedy(mechanism: str, step: int, update_ratio: float | None, setup: Setup) -> Remedy:
    """The first that applies. step: when it went wrong, 0 if before any update. update_ratio: the last one measured."""
    if mechanism in OF_LAYERS and setup.activation is not None:
        return next(OF_LAYERS[mechanism](step, setup))
    return _faster(update_ratio, setup) if mechanism == "slow" else _slower(setup)


def _exploding(step: int, setup: Setup) -> Iterator[Remedy]:
    yield from _raw(setup)
    if step == 0:
        yield from _init(setup, too_large=True)
    yield _slower(setup)


def _dead(step: int, setup: Setup) -> Iterator[Remedy]:
    yield from _raw(setup)
    if setup.dropout > MILD_DROPOUT:
        yield Remedy(
            f"regularizer.dropout={MILD_DROPOUT:g}", f"{setup.dropout:.0%} of the units are left out of each step"
        )
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
    if setup.init not in UNMATCHED and setup.lr > CUT * most(
        setup
    ):  # deep networks start near a collapse, and do recover
        yield _slower(setup)
    if setup.activation == "sigmoid":  # of its slope, at most 1/4, every layer takes its share, whatever the init
        yield from _normalization(setup)
    yield from _init(setup, too_large=False)
    yield from _normalization(setup)
    if setup.optimizer not in ("adam", "adamw"):
        yield ADAM
    yield _slower(setup)


OF_LAYERS: dict[str, Callable[[int, Setup], Iterator[Remedy]]] = {
    "exploding": _exploding,
    "dead": _dead,
    "saturated": _saturated,
    "collapsed": _collapsed,
}
"""By mechanism, what may help a network, the likeliest first."""


def _raw(setup: Setup) -> Iterator[Remedy]:
    if not setup.normalized:
        yield Remedy("dataset.normalize=true", "raw pixels make everything behind them as large")


def _init(setup: Setup, too_large: bool) -> Iterator[Remedy]:
    """The init that matches the activation, or the scale 1 of one that is matched already."""
    matched = MATCHED.get(str(setup.activation), "he")
    if setup.init in UNMATCHED:
        yield Remedy(
            f"init={matched}", f"its weights fit the layer's size, so {setup.activation} keeps the spread of the signal"
        )
    elif setup.init_scale > 1 if too_large else setup.init_scale < 1:
        yield Remedy("init.scale=1", f"the weights are {setup.init_scale:g} times what fits the layer's size")


def _normalization(setup: Setup) -> Iterator[Remedy]:
    if not setup.bn:
        yield Remedy("bn=true", "batch normalization gives every layer its spread back, at every step")


def _penalty(setup: Setup) -> Iterator[Remedy]:
    for name, value in (("l1", setup.l1), ("l2", setup.l2)):
        if value and value >= max(setup.l1, setup.l2):
            yield Remedy(f"regularizer.{name}=0", f"the penalty of {value:g} has pulled the weights to nothing")


def _slower(setup: Setup) -> Remedy:
    lr = min(setup.lr / CUT, most(setup))
    return Remedy(
        f"optimizer.lr={lr:.2g}",
        f"with steps {rounded(setup.lr / lr)} times as small the gradient still holds where an update arrives",
    )


def _faster(update_ratio: float | None, setup: Setup) -> Remedy:
    if setup.clip:
        return Remedy("loss.clip=0", "a class whose probability lies under the clip has no gradient at all")
    ratio = HEALTHY_RATIO if update_ratio is None else update_ratio
    if ratio <= HEALTHY_RATIO / CUT and CUT * setup.lr <= most(setup):
        healthy = setup.lr * HEALTHY_RATIO / ratio if ratio else most(setup)  # 0: too little for the digits of a float
        lr = min(max(healthy, most(setup) / CUT), most(setup))
        return Remedy(
            f"optimizer.lr={lr:.1g}", f"with steps {rounded(lr / setup.lr)} times as large the parameters get somewhere"
        )
    if setup.activation and not setup.bn:
        return next(_normalization(setup))
    if setup.optimizer not in ("adam", "adamw"):
        return ADAM
    return Remedy(
        f"optimizer.lr={setup.lr * CUT:.1g}", f"with steps {CUT:g} times as large the parameters get somewhere"
    )
