"""Small classification problems."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from zerosweep.data.batches import Batches
from zerosweep.data.dataset import Data, Examples
from zerosweep.data.preprocessing import Preprocessing
from zerosweep.nn.initializers import Xavier
from zerosweep.nn.losses import CrossEntropy, Loss
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.optim.regularizers import Regularizer
from zerosweep.randomness import generator
from zerosweep.tasks.classification import ClassificationProblem

CLASSES = 3


def blobs(rows: dict[str, int], one_hot: bool = False, dtype: type = np.float64, seed: int = 0) -> Data:
    """Three clouds of points in five dimensions, far enough apart to be told from each other mostly."""
    rng = np.random.default_rng(seed)
    centres = 2 * rng.standard_normal((CLASSES, 5))
    splits = []
    for split in ("train", "val", "test"):
        labels = rng.integers(0, CLASSES, rows.get(split, 0))
        x = (centres[labels] + rng.standard_normal((len(labels), 5))).astype(dtype)
        splits.append(Examples(x, np.eye(CLASSES, dtype=dtype)[labels] if one_hot else labels))
    return Data(*splits, classes=CLASSES, identity="made up", preprocessing=Preprocessing((5,)))


@pytest.fixture
def make_problem() -> Callable[..., ClassificationProblem]:
    def make(
        rows: dict[str, int] | None = None,
        *,
        hidden: tuple[int, ...] = (4, 6),
        activation: str = "relu",
        bn: bool = False,
        regularizer: Regularizer | None = None,
        loss: Loss | None = None,
        one_hot: bool = False,
        dtype: type = np.float64,
        gradient: str = "backprop",
        batch_size: int = 8,
        eval_rows: int | None = None,
        seed: int = 0,
    ) -> ClassificationProblem:
        data = blobs(rows or {"train": 30, "val": 12, "test": 9}, one_hot, dtype)
        draw = partial(generator, seed)
        regularizer = regularizer or Regularizer()
        layers = MLP(hidden=list(hidden), activation=activation).layers(CLASSES, bn, regularizer.dropout)
        network = Network(layers, data.train.x.shape[1:], dtype, draw)
        network.initialize(Xavier(), draw)
        biases = generator(seed, "biases of the test")
        for name, value in network.parameters.items():
            if name.endswith((".b", ".beta")):  # away from zero, where a mistake in them would not show
                value[...] = 0.3 * biases.standard_normal(value.shape)
        batches = Batches(data.train, batch_size, "shuffle", draw("batches"))
        return ClassificationProblem(network, loss or CrossEntropy(), regularizer, data, batches, gradient, eval_rows)

    return make
