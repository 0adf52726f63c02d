"""What is trained in the step benchmark: networks, images like MNIST's, and the goals that were set for them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

BATCH, INPUTS, CLASSES = 100, 784, 10

TRAINING_ROWS = 1_000
EVALUATED_ROWS = 10_000
EVALUATED_EVERY = 10
"""Steps per evaluation, where there are any."""

STRETCH = 20
"""Steps that are timed together where nothing is evaluated: some milliseconds, so that a clock tick does not show."""


STRETCH_WITH_STATE = 64
"""The same where the optimizer has a state: zerosweep keeps it out of the denormals by a sweep every 64 updates, which is
then part of what is timed."""

STRETCH_OF_IMAGES = 4
"""The same where a step takes some ten milliseconds by itself."""

KERNEL = 3

CENTRE = np.pad(np.ones((20, 20), bool), 4).ravel()
"""(784,): where images are drawn; the rest is margin."""


@dataclass(frozen=True)
class Workload:
    """A network and how it is trained, on batches of 100 of the 784-pixel images.

    channels: of a convolutional network, in place of `hidden`, the filters of each stage of a 3×3 convolution, batch
    normalization, ReLU and a 2×2 pool.
    deviation: of the initial weights; None for He's √(2 / inputs). evaluated: an evaluation on 10,000 images every
    10 steps, a tenth of which counts as part of each step. already_trained: steps done before the first one timed.
    """

    name: str
    hidden: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    activation: str = "relu"
    deviation: float | None = None
    optimizer: str = "sgd"
    lr: float = 0.01
    bn: bool = False
    l2: float = 0.0
    dropout: float = 0.0
    evaluated: bool = False
    already_trained: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        return (INPUTS, *self.hidden, CLASSES)

    @property
    def stages(self) -> list[tuple[int, int, int]]:
        """Of each convolution its channels, its filters and the pixels along a side of what it puts out."""
        sides, inputs = [28], (1, *self.channels)
        for _ in self.channels:
            sides.append((sides[-1] - KERNEL + 1) // 2)
        return [(c, f, side - KERNEL + 1) for c, f, side in zip(inputs, self.channels, sides, strict=False)]

    @property
    def features(self) -> int:
        """Numbers that come out of the last stage's pool."""
        _, filters, side = self.stages[-1]
        return filters * (side // 2) ** 2

    @property
    def stretch(self) -> int:
        """Steps that are timed together; an evaluation, if any, comes after them and is timed with them."""
        if self.evaluated:
            return EVALUATED_EVERY
        if self.channels:
            return STRETCH_OF_IMAGES
        return STRETCH if self.optimizer == "sgd" else STRETCH_WITH_STATE

    def start(self, inputs: int) -> float:
        """Standard deviation of the initial weights of a layer with so many inputs."""
        return self.deviation or math.sqrt(2 / inputs)


W1 = Workload("W1", (100,) * 5)
W2 = replace(W1, name="W2", bn=True)
W3 = Workload("W3", (40, 20), activation="sigmoid", deviation=0.01, optimizer="adam")
W5 = Workload("W5", channels=(32, 64), optimizer="adam", lr=0.001)
W4_STEP = Workload("W4_step", (100,) * 6, l2=0.001, dropout=0.15)

WORKLOADS = {
    "W1": W1,
    "W2": W2,
    "W3": W3,
    "W3_late": replace(W3, name="W3_late", already_trained=2_000),
    "W4_step": W4_STEP,
    "W4": replace(W4_STEP, name="W4", evaluated=True),
    "W5": W5,
    "W5_bn": replace(W5, name="W5_bn", bn=True),
}

DESCRIPTION = {
    "W1": "784-100x5-10 ReLU, SGD",
    "W2": "W1 with batch normalization",
    "W3": "784-40-20-10 sigmoid, Adam",
    "W3_late": "W3 after 2,000 steps",
    "W4_step": "784-100x6-10 ReLU, L2, dropout, SGD",
    "W4": "W4_step, evaluated every 10 steps",
    "W5": "CNN 32-64 3x3, Adam",
    "W5_bn": "W5 with batch normalization",
}

GOALS = {
    "W1": (1.5, 0.55),
    "W2": (2.0, 0.55),
    "W3": (2.2, 0.30),
    "W3_late": (2.2, 0.30),
    "W4": (1.3, 0.75),
    "W5": (2.5, 0.75),
    "W5_bn": (2.5, 0.75),
}
"""The largest admissible (ours / limit, ours / PyTorch eager)."""


@dataclass(frozen=True)
class Images:
    """x: (10,000, 784) float32 in [0, 1]; labels: (10,000,). All of them are evaluated, the first 1,000 are trained on."""

    x: NDArray[np.float32]
    labels: NDArray[np.intp]

    @property
    def training_x(self) -> NDArray[np.float32]:
        return self.x[:TRAINING_ROWS]

    @property
    def training_labels(self) -> NDArray[np.intp]:
        return self.labels[:TRAINING_ROWS]

    def clear_margin(self) -> None:
        """Draw nothing in the margin of the training images any more, in place.

        Half the weights of a first layer then have no gradient, and Adam's first moment of them decays into the
        denormals of float32 in some 800 steps, unless something is done about it. It is what the thousands of images
        between two that touch a pixel at the rim do in MNIST's 60,000, without the memory that those take.
        """
        self.training_x[:, ~CENTRE] = 0


def images(seed: int = 0) -> Images:
    """Ten kinds of images that a network can tell apart, each with a pattern of its own in noise.

    As in MNIST about 19 % of the pixels are not 0, and in a margin of 4 pixels few are.
    """
    rng = np.random.default_rng(seed)
    drawn = np.where(CENTRE, np.where(rng.random((CLASSES, INPUTS)) < 0.3, 0.85, 0.16), 0.01)
    labels = rng.integers(0, CLASSES, EVALUATED_ROWS)
    x = rng.uniform(0.2, 1, (EVALUATED_ROWS, INPUTS)).astype(np.float32)
    x *= rng.random((EVALUATED_ROWS, INPUTS), dtype=np.float32) < drawn[labels]
    return Images(x, labels)
