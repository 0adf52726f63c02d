"""Points given in the settings, and the book's gradient of 2×3 weights by hand."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from zerosweep.data.batches import Batches
from zerosweep.data.points import Points
from zerosweep.errors import SettingError
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.optim.regularizers import Regularizer
from zerosweep.randomness import generator
from zerosweep.runs.assemble import read_data, read_source
from zerosweep.tasks.classification import ClassificationProblem

BOOKS_W = [[0.47355232, 0.9977393, 0.84668094], [0.85557411, 0.03563661, 0.69422093]]
"""Of ch. 4.4.2, whose gradient is published to eight digits."""

BOOKS_GRADIENT = [[0.21924763, 0.14356247, -0.36281009], [0.32887144, 0.2153437, -0.54421514]]


@pytest.mark.parametrize("way", ["backprop", "numerical"])
def test_the_books_gradient_of_2x3_weights(way):
    data = Points().load(generator(0, "split"), np.float64)
    network = Network(MLP(hidden=[]).layers(data.classes, False, 0.0), (2,), np.float64, partial(generator, 0))
    network.parameters["dense1.W"][...] = BOOKS_W
    batches = Batches(data.train, 1, "shuffle", generator(0, "batches"))
    problem = ClassificationProblem(network, CrossEntropy(), Regularizer(), data, batches, way)

    assert problem.loss_and_gradient() == pytest.approx(
        0.92806828578640754, abs=3e-7
    )  # the book adds 1e-7 to a probability of 0.395
    assert network.gradients["dense1.W"] == pytest.approx(np.array(BOOKS_GRADIENT), abs=3e-7)


def test_the_default_is_the_books_point():
    data = Points().load(generator(0, "split"), np.float64)

    assert (data.train.x.tolist(), data.train.labels.tolist(), data.classes) == ([[0.6, 0.9]], [2], 3)
    assert (len(data.validation), len(data.test)) == (0, 0)
    assert data.train.x.dtype == np.float64


def test_other_points_are_another_source():
    one, other = Points(), Points(x=[[0.6, 0.8]])

    assert read_source(one) is read_source(Points())
    assert read_source(one).identity != read_source(other).identity
    assert read_data(other, 0, "float64").train.x.tolist() == [[0.6, 0.8]]
    assert read_data(one, 0, "float64").train.x.tolist() == [[0.6, 0.9]]


MISTAKES = {
    "no points": ({"x": []}, "x=[]: must be rows of equal length"),
    "rows of two lengths": ({"x": [[1.0], [1.0, 2.0]], "labels": [0, 1]}, "must be rows of equal length"),
    "empty rows": ({"x": [[]]}, "must be rows of equal length"),
    "not finite": ({"x": [[math.inf, 1.0]]}, "must be finite numbers"),
    "not a number": ({"x": [["a", 1.0]]}, "must be finite numbers"),
    "too few labels": ({"x": [[1.0], [2.0]]}, "labels=[2]: must be 2, one for each row of x"),
    "a label too large": ({"labels": [3]}, "labels=[3]: must be < 3, the classes"),
    "a label below zero": ({"labels": [-1]}, "labels=[-1]: must be >= 0"),
    "one class": ({"classes": 1, "labels": [0]}, "classes=1: must be >= 2 and <= 256"),
}


@pytest.mark.parametrize(("settings", "told"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(settings, told):
    with pytest.raises(SettingError) as caught:
        Points(**settings)

    assert told in str(caught.value)


def test_whole_numbers_are_numbers_too():
    assert repr(Points(x=[[1, 0]]).x) == "[[1.0, 0.0]]"
