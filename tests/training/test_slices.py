"""A slice along one weight, and the histogram of the penalised weights, checked against the network itself."""

import numpy as np
import pytest

import zerosweep as zs
from zerosweep.runs.assemble import assemble, records
from zerosweep.training.slices import along_one_weight
from zerosweep.training.weight_histogram import REACH, weight_histogram


@pytest.fixture
def problem():
    composed = zs.compose("model=two_layer", "regularizer=l2", "dataset.train_size=100", "trainer.iterations=5",
                          "trainer.batch_size=50")  # fmt: skip
    settings = composed.settings
    made = assemble(settings)
    for _ in records(settings, made):
        pass
    return made


def test_a_slice_leaves_the_network_as_it_was_and_goes_through_it(problem):
    before = problem.theta.copy()
    found = along_one_weight(problem)
    assert np.array_equal(problem.theta, before)
    place = int(np.argmin(np.abs(problem.theta - found["at"])))
    middle = len(found["weight"]) // 2
    assert found["weight"][middle] == pytest.approx(before[place])
    ((_, outputs),) = problem.network.evaluate(problem.splits["train"].x)
    assert found["loss"][middle] == pytest.approx(
        problem.loss.value(outputs, problem.splits["train"].targets), rel=1e-5
    )
    assert found["accuracy"][middle] == np.mean(outputs.argmax(axis=1) == problem.labels["train"])
    assert len(np.unique(found["accuracy"])) < len(np.unique(found["loss"]))


def test_the_histogram_counts_every_penalised_weight(problem):
    problem.penalised[:3] = 5.0, -5.0, 0.0
    found = weight_histogram(problem)
    assert found["fraction"].sum() == pytest.approx(1)
    inside = np.abs(problem.penalised) < REACH / 81
    assert found["fraction"][40] == pytest.approx(inside.mean())
