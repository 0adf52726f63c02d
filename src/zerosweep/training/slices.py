"""A slice through the loss: loss and accuracy as functions of one weight of a trained network (experiment E3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerosweep.tasks.classification import ClassificationProblem

POINTS = 401
"""The number of values of the weight."""

REACH = 2.0
"""The largest distance of the weight from where training left it."""

ROWS = 500
"""The largest number of training rows that loss and accuracy are computed on."""


@np.errstate(all="ignore")
def along_one_weight(problem: ClassificationProblem) -> dict[str, NDArray[np.generic]]:
    """Return loss and accuracy of a trained network along the weight with the largest derivative in its last step.

    Every other parameter stays as it is, and the weight is put back.

    Args:
        problem: The problem after training.

    Returns:
        Arrays by name: `weight`, the values of the weight, shape (n,); `loss` and `accuracy` there, on the same training
        rows, shape (n,); `at`, where training left the weight, shape ().
    """
    network, weights = problem.network, problem.network.weights
    place = int(np.argmax(np.abs(network.weight_gradients)))
    x, targets = problem.splits["train"].x[:ROWS], problem.splits["train"].targets[:ROWS]
    labels, trained = problem.labels["train"][:ROWS], weights[place].copy()
    values = np.linspace(trained - REACH, trained + REACH, POINTS)
    loss, accuracy = np.zeros(POINTS), np.zeros(POINTS)
    try:
        for i, value in enumerate(values):
            weights[place] = value
            for rows, outputs in network.evaluate(x):
                loss[i] += problem.loss.value(outputs, targets[rows]) * len(outputs)
                accuracy[i] += np.count_nonzero(outputs.argmax(axis=1) == labels[rows])
    finally:
        weights[place] = trained
    return {"weight": values, "loss": loss / len(x), "accuracy": accuracy / len(x), "at": np.array(trained)}
