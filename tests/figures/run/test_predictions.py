"""The confusion matrix, the accuracy of each class and the worst mistakes: the numbers, then the picture."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, log_loss, recall_score

from zerosweep.config.schemas import Settings
from zerosweep.data.digits import Digits
from zerosweep.data.points import Points
from zerosweep.figures.run.predictions import WORST, Predictions, captions, draw, predictions
from zerosweep.nn.initializers import He
from zerosweep.nn.layer import Mode
from zerosweep.nn.losses import CrossEntropy, SumOfSquares, softmax
from zerosweep.nn.mlp import MLP
from zerosweep.optim.adaptive import Adam
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.runs.assemble import assemble
from zerosweep.tasks.classification import Classification, ClassificationProblem
from zerosweep.training.loop import Trainer, train


def trained(**changes) -> ClassificationProblem:
    """A small network after two epochs: it gets some digits wrong."""
    network = {"dataset": Digits(), "model": MLP(hidden=[20]), "init": He(), "loss": CrossEntropy()}
    always = {"task": Classification(), "optimizer": Adam(lr=0.005), "schedule": Constant()}
    given = {"regularizer": Regularizer(), "trainer": Trainer(epochs=2)}
    settings = Settings(**always | network | given | changes)
    problem = assemble(settings)
    list(train(problem, settings.optimizer, settings.schedule, settings.trainer))
    assert isinstance(problem, ClassificationProblem)
    return problem


@pytest.fixture(scope="module")
def problem() -> ClassificationProblem:
    return trained()


def test_the_matrix_and_the_accuracies_are_those_of_scikit_learn(problem):
    found = predictions(problem)
    labels = problem.labels["val"]
    predicted = problem.network.forward(problem.data.validation.x, Mode.EVALUATE).argmax(axis=1)
    assert (found.confusion == confusion_matrix(labels, predicted)).all()
    np.testing.assert_allclose(found.accuracies, recall_score(labels, predicted, average=None))
    accuracy = problem.evaluate(lambda hidden: None)["val/accuracy"]
    assert np.trace(found.confusion) == round(accuracy * len(labels))


def test_the_worst_are_the_wrong_ones_with_the_largest_losses(problem):
    found = predictions(problem)
    labels, x = problem.labels["val"], problem.data.validation.x
    p = softmax(problem.network.forward(x, Mode.EVALUATE).astype(np.float64))
    losses = [log_loss([label], [row], labels=range(10)) for label, row in zip(labels, p, strict=True)]
    worst = [row for row in np.argsort(losses)[::-1] if p[row].argmax() != labels[row]][:WORST]
    assert found.labels.tolist() == labels[worst].tolist()
    assert found.predicted.tolist() == p[worst].argmax(axis=1).tolist()
    np.testing.assert_allclose(found.probability, p[worst].max(axis=1), rtol=1e-5)
    assert found.images.dtype == np.uint8
    np.testing.assert_allclose(found.images.reshape(-1, 64), 16 * x[worst], atol=1e-4)


def test_a_loss_without_a_softmax_has_no_probabilities():
    found = predictions(trained(loss=SumOfSquares()))
    assert np.isnan(found.probability).all()
    assert captions(found)[0] == f"{found.labels[0]} as {found.predicted[0]}"


def test_without_validation_data_there_are_none():
    assert predictions(trained(dataset=Digits(val_size=0), trainer=Trainer(iterations=1))) is None


def test_inputs_that_are_no_images_have_no_images():
    points = Points(x=[[0.0, 0, 1], [1, 0, 0], [1, 1, 1], [0, 1, 0]], labels=[0, 1, 0, 1], classes=2, val_size=2)
    found = predictions(trained(dataset=points, trainer=Trainer(iterations=1, batch_size=2)))
    assert found.confusion.sum() == 2
    assert found.images.shape == (0, 1, 1, 1)
    assert captions(found) == []


def test_outputs_that_overflowed_are_counted_as_in_an_evaluation():
    problem = trained()
    problem.network.theta[:] = np.nan
    found = predictions(problem)
    assert np.trace(found.confusion) == (problem.labels["val"] == 0).sum()
    draw(found, "a run")


def test_saved_arrays_make_the_same_picture(problem):
    found = predictions(problem)
    np.savez(buffer := io.BytesIO(), allow_pickle=False, **found.as_arrays())
    buffer.seek(0)
    with np.load(buffer) as arrays:
        again = Predictions.from_arrays(dict(arrays))
    assert captions(again) == captions(found)
    assert (again.images == found.images).all()
    assert len(buffer.getvalue()) < 10_000


def made_up(classes: int, shape: tuple[int, ...], wrong: float = 0.2, names: tuple[str, ...] = ()) -> Predictions:
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, 50 * classes)
    predicted = np.where(rng.random(len(labels)) < wrong, rng.integers(0, classes, len(labels)), labels)
    worst = np.flatnonzero(labels != predicted)[:WORST]
    named = np.array(names or [str(name) for name in range(classes)])
    matrix = confusion_matrix(labels, predicted, labels=range(classes))
    images = rng.random((len(worst) if shape else 0, *(shape or (1, 1, 1))))
    return Predictions(matrix, labels[worst], predicted[worst], rng.random(len(worst)), images, named)


DRAWN = {
    "two classes": made_up(2, (1, 28, 28)),
    "letters": made_up(26, (1, 28, 28), names=tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    "a hundred classes": made_up(100, (1, 8, 8)),
    "colours and long names": made_up(3, (3, 16, 12), names=("setosa", "versicolor", "Iris virginica of $10")),
    "features": made_up(3, ()),
    "tall images": made_up(4, (1, 40, 2)),
    "no mistakes": made_up(10, (1, 8, 8), wrong=0.0),
    "all wrong": replace(made_up(2, (1, 4, 4)), confusion=np.array([[0, 9], [0, 0]])),
    "large counts": replace(made_up(2, (1, 4, 4)), confusion=np.array([[123456, 9], [0, 7654321]])),
}


@pytest.mark.parametrize("found", DRAWN.values(), ids=DRAWN.keys())
def test_any_predictions_are_drawn(image, found):
    pixels = image(draw(found, "a run: learned"))
    edges = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    assert all((edge[..., :3] == 1).all() for edge in edges), (
        "something is drawn at the edge, or the paper is not white"
    )


def test_a_single_mistake_among_thousands_is_seen(image):
    """The cell of one mistake in 5,000 differs from the paper around the matrix."""
    few = np.diag([5000] * 4)
    with_one = few.copy()
    with_one[0, 3] = 1
    empty, one = (image(draw(replace(DRAWN["features"], confusion=each, names=np.array(list("abcd"))), ""))
                  for each in (few, with_one))  # fmt: skip
    assert (np.abs(empty[..., 1] - one[..., 1]) > 0.04).sum() > 500
