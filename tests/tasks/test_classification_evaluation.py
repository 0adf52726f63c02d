"""What an evaluation measures, against the same numbers computed at once and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.nn import network
from zerosweep.optim.regularizers import Regularizer
from zerosweep.tasks import classification


def by_hand(problem, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """(logits, outputs of each ReLU layer) of a plain ReLU network over all rows at once."""
    p, outputs = problem.network.parameters, []
    layers = sum(name.endswith(".W") for name in p)
    for i in range(1, layers + 1):
        x = x @ p[f"dense{i}.W"] + p[f"dense{i}.b"]
        if i < layers:
            x = np.maximum(x, 0)
            outputs.append(x)
    return x, outputs


def nobody(hidden) -> None:
    """Observes nothing."""


@pytest.mark.parametrize("chunk", [1, 7, 30, 500])
def test_evaluation_in_chunks_equals_evaluation_at_once(make_problem, monkeypatch, chunk):
    monkeypatch.setattr(network, "CHUNK", chunk)
    problem = make_problem({"train": 30, "val": 20, "test": 9})
    metrics = problem.evaluate(nobody)

    for split, examples in problem.splits.items():
        logits, _ = by_hand(problem, examples.x)
        assert metrics[f"{split}/accuracy"] == np.mean(logits.argmax(axis=1) == examples.targets)
    logits, _ = by_hand(problem, problem.data.validation.x)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(20), problem.data.validation.targets].mean()
    assert metrics["val/loss"] == pytest.approx(loss, rel=1e-12)


def test_more_rows_than_a_chunk_are_all_counted(make_problem):
    """1,257 rows are a chunk and a quarter. The labels of the last ten rows are made wrong, which no other row sees."""
    problem = make_problem({"train": 1257, "val": 0, "test": 0})
    right = problem.labels["train"]
    right[:] = by_hand(problem, problem.data.train.x)[0].argmax(axis=1)
    right[-10:] = (right[-10:] + 1) % 3

    assert problem.evaluate(nobody)["train/accuracy"] == pytest.approx(1247 / 1257)


@pytest.mark.parametrize(("eval_rows", "seen"), [(10, 10), (30, 30), (99, 30), (None, 30)])
def test_an_evaluation_goes_over_the_first_training_rows_that_are_asked_for(make_problem, eval_rows, seen):
    problem = make_problem({"train": 30, "val": 20, "test": 9}, eval_rows=eval_rows)
    shown = []
    metrics = problem.evaluate(lambda hidden: shown.extend(len(y) for name, _, y in hidden if name == "hidden1"))

    data = problem.data.train
    right = by_hand(problem, data.x[:seen])[0].argmax(axis=1) == data.targets[:seen]
    assert metrics["train/accuracy"] == np.mean(right)
    assert sum(shown) == seen
    assert metrics | {"train/accuracy": 0} == make_problem({"train": 30, "val": 20, "test": 9}).evaluate(nobody) | {
        "train/accuracy": 0
    }  # the other sets are evaluated whole
    assert problem.steps_per_epoch == 4  # and all rows are trained on


def test_the_observer_sees_each_hidden_layer_over_all_training_rows_in_order(make_problem, monkeypatch):
    monkeypatch.setattr(network, "CHUNK", 8)
    problem = make_problem({"train": 30, "val": 20, "test": 9})
    seen: dict[str, list[np.ndarray]] = {}

    def observe(hidden) -> None:
        for name, _, y in hidden:
            seen.setdefault(name, []).append(y.copy())

    problem.evaluate(observe)

    _, expected = by_hand(problem, problem.data.train.x)
    assert list(seen) == ["hidden1", "hidden2"]
    for chunks, outputs in zip(seen.values(), expected, strict=True):
        assert [len(chunk) for chunk in chunks] == [8, 8, 8, 6]
        assert np.allclose(np.concatenate(chunks), outputs, rtol=1e-12, atol=1e-14)


NAMES = {
    "all": ({"train": 9, "val": 5, "test": 4}, {"train/accuracy", "val/accuracy", "val/loss", "test/accuracy"}),
    "no validation": ({"train": 9, "val": 0, "test": 4}, {"train/accuracy", "test/accuracy"}),
    "no test": ({"train": 9, "val": 5, "test": 0}, {"train/accuracy", "val/accuracy", "val/loss"}),
    "neither": ({"train": 9, "val": 0, "test": 0}, {"train/accuracy"}),
}


@pytest.mark.parametrize(("rows", "names"), NAMES.values(), ids=NAMES.keys())
def test_an_empty_set_has_no_metrics(make_problem, rows, names):
    problem = make_problem(rows)

    assert set(problem.evaluate(nobody)) == names
    assert set(problem.measures) == names
    assert len(problem.measures) == len(names)


def test_a_penalty_is_measured_and_announced(make_problem):
    problem = make_problem(regularizer=Regularizer(l1=0.5, l2=0.25))
    metrics = problem.evaluate(nobody)

    weights = np.concatenate([w.ravel() for name, w in problem.network.parameters.items() if name.endswith(".W")])
    by_definition = 0.5 * np.abs(weights).sum() + 0.125 * (weights**2).sum()
    assert metrics["train/penalty"] == pytest.approx(by_definition, rel=1e-12)
    assert set(problem.measures) == set(metrics)


def test_what_is_measured_of_the_weights_is_of_those_that_are_penalised(make_problem):
    problem = make_problem(hidden=(4, 6), regularizer=Regularizer(l1=0.5, output=False))
    p = problem.network.parameters
    p["dense1.W"][...], p["dense2.W"][...], p["dense3.W"][...] = 2, 0, 7
    p["dense1.W"][0, :3] = 0.0005
    metrics = problem.evaluate(nobody)

    assert metrics["train/penalty"] == pytest.approx(0.5 * (2 * (5 * 4 - 3) + 3 * 0.0005))
    assert metrics["weights/near_zero"] == pytest.approx((3 + 4 * 6) / (5 * 4 + 4 * 6))


def test_an_evaluation_leaves_training_as_it_was(make_problem):
    """Neither the parameters, nor running statistics, nor a generator move: with evaluations or without, the same losses."""
    losses = []
    for evaluations in (0, 3):
        problem = make_problem(bn=True, regularizer=Regularizer(dropout=0.3))
        run = []
        for _ in range(6):
            run.append(problem.loss_and_gradient())
            problem.theta -= 0.1 * problem.gradient
            for _ in range(evaluations):
                problem.evaluate(nobody)
                problem.activations()
        losses.append((run, problem.weights()["batchnorm1.running_mean"].tolist()))

    assert losses[0] == losses[1]


def test_an_evaluation_is_without_dropout(make_problem):
    metrics = [make_problem(regularizer=Regularizer(dropout=rate)).evaluate(nobody) for rate in (0.0, 0.9)]

    assert metrics[0] == metrics[1]


def test_activations_are_those_of_the_first_training_rows(make_problem, monkeypatch):
    monkeypatch.setattr(classification, "SAMPLE", 11)
    problem = make_problem()
    kept = problem.activations()

    _, expected = by_hand(problem, problem.data.train.x[:11])
    assert list(kept) == ["hidden1", "hidden2"]
    for found, outputs in zip(kept.values(), expected, strict=True):
        assert np.allclose(found, outputs, rtol=1e-12, atol=1e-14)


def test_activations_are_copies_which_later_training_leaves_alone(make_problem):
    problem = make_problem()
    untrained = problem.activations()
    remembered = {name: y.copy() for name, y in untrained.items()}
    problem.theta += 1
    problem.activations()

    for name, y in untrained.items():
        assert np.array_equal(y, remembered[name])


def test_weights_are_all_that_was_learnt_by_name(make_problem):
    problem = make_problem(hidden=(4,), bn=True)
    weights = problem.weights()

    statistics = {"batchnorm1.running_mean", "batchnorm1.running_variance"}
    parameters = {"dense1.W", "dense1.b", "batchnorm1.gamma", "batchnorm1.beta", "dense2.W", "dense2.b"}
    assert set(weights) == parameters | statistics
    assert sum(weights[name].size for name in parameters) == problem.theta.size
    problem.theta[...] = 7
    assert all((weights[name] == 7).all() for name in parameters)


def test_the_numbers_of_the_loop(make_problem):
    problem = make_problem({"train": 30, "val": 0, "test": 0}, batch_size=8)

    assert problem.steps_per_epoch == 4
    assert problem.classes == 3
    assert problem.theta is problem.network.theta
    assert problem.gradient is problem.network.gradient


def test_the_first_two_hundred_training_rows_are_the_sample(make_problem):
    problem = make_problem({"train": 230})
    assert {len(outputs) for outputs in problem.activations().values()} == {200}
