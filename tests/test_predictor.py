"""Predictions for raw inputs of every accepted shape, and one line for any other."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from zerosweep.data.preprocessing import Preprocessing
from zerosweep.errors import DataError, UserError
from zerosweep.predictor import NetworkSpec, Predictor

DIGITS = load_digits()

PIXELS = Preprocessing((8, 8), scale=(16.0,))


@pytest.fixture(scope="module")
def fitted() -> LogisticRegression:
    """scikit-learn's softmax regression on the scaled digits: the same function as a network without hidden layers."""
    return LogisticRegression(max_iter=200).fit(DIGITS.data / 16, DIGITS.target)


def predictor(fitted: LogisticRegression, **changes) -> Predictor:
    spec = {"model": "mlp", "settings": {"hidden": []}, "bn": False, "classes": 10, "input_shape": (1, 8, 8)}
    spec |= {"dtype": "float64", "softmax": True, "preprocessing": PIXELS} | changes
    return Predictor(NetworkSpec(**spec), {"dense1.W": fitted.coef_.T, "dense1.b": fitted.intercept_})


def test_it_predicts_what_scikit_learn_does(fitted):
    ours = predictor(fitted)
    assert (ours.predict(DIGITS.data) == fitted.predict(DIGITS.data / 16)).all()
    np.testing.assert_allclose(ours.probabilities(DIGITS.data), fitted.predict_proba(DIGITS.data / 16), atol=1e-12)


ROWS = DIGITS.data[:5]

SHAPES = {
    "rows": ROWS,
    "images": ROWS.reshape(5, 8, 8),
    "images with a channel": ROWS.reshape(5, 8, 8, 1),
    "with the channel first": ROWS.reshape(5, 1, 8, 8),
    "bytes": ROWS.astype(np.uint8),
    "integers": ROWS.astype(np.int64),
    "half precision": ROWS.astype(np.float16),
    "lists": ROWS.tolist(),
    "objects": ROWS.astype(object),
    "a tuple of images": tuple(ROWS.reshape(5, 8, 8)),
}


@pytest.mark.parametrize("inputs", SHAPES.values(), ids=SHAPES.keys())
def test_every_accepted_shape_and_type_gives_the_same(fitted, inputs):
    ours = predictor(fitted)
    np.testing.assert_allclose(ours.scores(inputs), ours.scores(ROWS), rtol=1e-12)


def test_a_data_frame_has_a_column_for_each_pixel(fitted):
    pandas = pytest.importorskip("pandas")
    ours = predictor(fitted)
    frame = pandas.DataFrame(ROWS, columns=DIGITS.feature_names)
    assert (ours.predict(frame) == ours.predict(ROWS)).all()


@pytest.mark.parametrize("shape", [(64,), (1, 64), (8, 8), (1, 8, 8), (8, 8, 1)])
def test_a_single_row_or_image_is_one_prediction(fitted, shape):
    ours = predictor(fitted)
    assert ours.predict(ROWS[0].reshape(shape)).tolist() == ours.predict(ROWS[:1]).tolist()


def test_no_rows_are_no_predictions(fitted):
    assert predictor(fitted).predict(np.empty((0, 64))).shape == (0,)
    assert predictor(fitted).probabilities(np.empty((0, 8, 8))).shape == (0, 10)


WRONG = {
    "too few": (np.zeros((3, 63)), "inputs of shape (3, 63): must be (n, 8, 8) or (n, 64)"),
    "transposed": (np.zeros((64, 3)), "inputs of shape (64, 3): must be"),
    "ragged": ([[1, 2], [3]], "inputs must be rows of numbers, all of one length"),
    "words": ([["a"] * 64], "inputs must be numbers; found <U1"),
    "objects": ([[None] * 64], "inputs must be finite; found nan"),
    "nothing": (None, "inputs must be finite; found nan"),
    "complex": (np.zeros((1, 64), complex), "inputs must be numbers; found complex128"),
    "nan": (np.full((1, 64), np.nan), "inputs must be finite; found nan"),
    "a number": (3, "inputs of shape (): must be (n, 8, 8) or (n, 64)"),
}


@pytest.mark.parametrize(("inputs", "line"), WRONG.values(), ids=WRONG.keys())
def test_anything_else_costs_one_line(fitted, inputs, line):
    with pytest.raises(DataError, match=re.escape(line)) as refused:
        predictor(fitted).predict(inputs)
    assert "\n" not in str(refused.value)


def test_without_a_softmax_there_are_scores_and_no_probabilities(fitted):
    ours = predictor(fitted, softmax=False)
    np.testing.assert_allclose(ours.scores(ROWS), ROWS / 16 @ fitted.coef_.T + fitted.intercept_, atol=1e-12)
    with pytest.raises(UserError, match="no softmax, so it gives no probabilities"):
        ours.probabilities(ROWS)


def test_a_diverged_network_predicts_nothing(fitted):
    ours = predictor(fitted)
    ours.network.theta[:] = np.nan
    with pytest.raises(UserError, match="outputs are not finite, as after a run that diverged"):
        ours.predict(ROWS)


def test_classes_with_names_are_predicted_by_name(fitted):
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    numbers = predictor(fitted).predict(ROWS)
    assert predictor(fitted, names=names).predict(ROWS).tolist() == [names[number] for number in numbers]


@pytest.mark.parametrize("bn", [False, True])
def test_a_specification_survives_its_json(bn):
    shift, scale = (1.0, 2.0, 3.0), (0.5, 0.25, 2.0)
    preprocessing = Preprocessing((3,), shift=shift, scale=scale)
    spec = NetworkSpec("mlp", {"hidden": [4]}, bn, 2, (3,), "float32", True, preprocessing, ("no", "yes"))
    again = NetworkSpec.from_json(spec.to_json())
    state = spec.network().state()
    assert again.to_json() == spec.to_json()
    inputs = [[1, 2, 3], [0, 0, 9]]
    assert (Predictor(again, state).scores(inputs) == Predictor(spec, state).scores(inputs)).all()


def test_a_dropout_that_scales_at_test_scales_predictions():
    """Of a hidden layer with outputs 1, of which the share 0.75 is passed on, the score is 0.75 · 2 + 0.5."""
    spec = NetworkSpec("mlp", {"hidden": [1]}, False, 2, (1,), "float64", False, Preprocessing((1,)), dropout=0.25)
    state = {"dense1.W": np.ones((1, 1)), "dense1.b": np.zeros(1), "dense2.W": [[2.0, -2]], "dense2.b": [0.5, 0]}
    state = {name: np.array(value) for name, value in state.items()}
    for written in (spec, NetworkSpec.from_json(spec.to_json())):
        np.testing.assert_allclose(Predictor(written, state).scores([[1]]), [[2.0, -1.5]])


def test_many_threads_get_what_one_gets(fitted):
    ours = predictor(fitted)
    batches = [DIGITS.data[i : i + 50] for i in range(0, 1500, 50)]
    expected = [ours.probabilities(batch) for batch in batches]
    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(3):
                for found, right in zip(pool.map(ours.probabilities, batches), expected, strict=True):
                    assert (found == right).all()
    finally:
        sys.setswitchinterval(often)


def test_batches_of_many_sizes_take_no_memory_for_good(fitted):
    ours = predictor(fitted)
    for n in range(1, 60):
        ours.predict(DIGITS.data[:n])
    assert [layer for layer in ours.network.layers if layer._by_rows] == []
