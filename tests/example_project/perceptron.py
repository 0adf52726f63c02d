"""A training loop of one's own: Rosenblatt's perceptron on two clouds of points."""

from dataclasses import dataclass

import numpy as np

import zerosweep as zs


@zs.trainable("perceptron")
@dataclass
class Perceptron:
    """Rosenblatt's rule: add a misclassified point, times its sign, to the weights.

    Attributes:
        rate: The step, > 0.
        gap: The distance of the clouds from the line between them.
        epochs: Passes over the points.
    """

    rate: float = zs.number(1.0, above=0)
    gap: float = 0.5
    epochs: int = zs.number(5, at_least=1)

    classes = 2

    def train(self, seed):
        rng = np.random.default_rng(seed)
        sign = rng.choice([-1.0, 1.0], 400)
        points = rng.normal(size=(400, 2)) + sign[:, None] * (1 + self.gap)
        weights = np.zeros(2)
        for _ in range(self.epochs):
            wrong = 0
            for point, side in zip(points[:300], sign[:300], strict=True):
                if side * (weights @ point) <= 0:
                    weights += self.rate * side * point
                    wrong += 1
            accuracy = np.mean(np.sign(points[300:] @ weights) == sign[300:])
            yield {"train/loss": wrong / 300, "train/accuracy": 1 - wrong / 300, "val/accuracy": float(accuracy)}
