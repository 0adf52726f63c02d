"""The workloads of the step benchmark: networks, images that resemble MNIST, and the goals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

BATCH, INPUTS, CLASSES = 100, 784, 10

TRAINING_ROWS = 1_000
EVALUATED_ROWS = 10_000
EVALUATED_EVERY = 10
"""The number of steps between evaluations, in workloads with evaluations."""

STRETCH = 20
"""The number of steps that are timed together in a workload without evaluations.

They take some milliseconds, which is long compared with the resolution of the clock.
"""

STRETCH_WITH_STATE = 64
"""The stretch for an optimizer with a state.

Every 64 updates zerosweep sets accumulators near the denormals to zero; a stretch of 64 includes the cost of that.
"""

STRETCH_OF_IMAGES = 4
"""The stretch for a convolutional network, of which one step takes about ten milliseconds."""

KERNEL = 3

CENTRE = np.pad(np.ones((20, 20), bool), 4).ravel()
"""The pixels outside of the margin, as booleans of shape (784,)."""


@dataclass(frozen=True)
class Workload:
    """A network and its training, on mini-batches of 100 images with 784 pixels.

    Attributes:
        name: The name of the workload.
        hidden: The widths of the hidden layers of a multilayer perceptron.
        channels: The numbers of filters of a convolutional network, which then replaces the perceptron. Each stage has
            a 3×3 convolution, batch normalization if `bn`, ReLU and a 2×2 pool.
        activation: The activation of the hidden layers, "relu" or "sigmoid".
        deviation: The standard deviation of the initial weights; None for He's √(2 / inputs).
        optimizer: The optimizer, "sgd" or "adam".
        lr: The learning rate.
        bn: Whether the network has batch normalization.
        l2: The coefficient of the L2 penalty.
        dropout: The dropout rate.
        evaluated: Whether 10,000 images are evaluated every 10 steps; a tenth of that time counts for each step.
        already_trained: The number of steps before the first timed one.
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
        """The widths of all layers of a perceptron, from the input to the output."""
        return (INPUTS, *self.hidden, CLASSES)

    @property
    def stages(self) -> list[tuple[int, int, int]]:
        """The (input channels, filters, side of the output in pixels) of each convolution."""
        sides, inputs = [28], (1, *self.channels)
        for _ in self.channels:
            sides.append((sides[-1] - KERNEL + 1) // 2)
        return [(c, f, side - KERNEL + 1) for c, f, side in zip(inputs, self.channels, sides, strict=False)]

    @property
    def features(self) -> int:
        """The number of outputs of the last stage's pool, for one image."""
        _, filters, side = self.stages[-1]
        return filters * (side // 2) ** 2

    @property
    def stretch(self) -> int:
        """The number of steps that are timed together, with the evaluation after them if there is one."""
        if self.evaluated:
            return EVALUATED_EVERY
        if self.channels:
            return STRETCH_OF_IMAGES
        return STRETCH if self.optimizer == "sgd" else STRETCH_WITH_STATE

    def start(self, inputs: int) -> float:
        """Return the standard deviation of the initial weights of a layer with this number of inputs."""
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
"""The goals: the largest admissible ratios (zerosweep / limit, zerosweep / PyTorch eager)."""


@dataclass(frozen=True)
class Images:
    """The images of the benchmark. All are evaluated, and the first 1,000 are the training set.

    Attributes:
        x: The images, in [0, 1], shape (10,000, 784).
        labels: The classes, shape (10,000,).
    """

    x: NDArray[np.float32]
    labels: NDArray[np.intp]

    @property
    def training_x(self) -> NDArray[np.float32]:
        return self.x[:TRAINING_ROWS]

    @property
    def training_labels(self) -> NDArray[np.intp]:
        return self.labels[:TRAINING_ROWS]

    def clear_margin(self) -> None:
        """Set the margin of the training images to zero, in place.

        Half of the weights of the first layer then have no gradient, and without a countermeasure Adam's first moments
        of them decay into the denormals of float32 within about 800 steps. In the 60,000 images of MNIST the same
        happens, because thousands of images pass between two that touch a pixel in the margin.
        """
        self.training_x[:, ~CENTRE] = 0


def images(seed: int = 0) -> Images:
    """Return random images of ten classes that a network can learn: a pattern for each class, in noise.

    As in MNIST, about 19 % of the pixels are not 0, and few of those are in a margin of 4 pixels.
    """
    rng = np.random.default_rng(seed)
    drawn = np.where(CENTRE, np.where(rng.random((CLASSES, INPUTS)) < 0.3, 0.85, 0.16), 0.01)
    labels = rng.integers(0, CLASSES, EVALUATED_ROWS)
    x = rng.uniform(0.2, 1, (EVALUATED_ROWS, INPUTS)).astype(np.float32)
    x *= rng.random((EVALUATED_ROWS, INPUTS), dtype=np.float32) < drawn[labels]
    return Images(x, labels)
