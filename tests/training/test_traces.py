"""What a trace holds, against networks written out by hand, and that keeping one changes nothing."""

from __future__ import annotations

import io

import numpy as np
import pytest

from zerosweep.data.digits import Digits
from zerosweep.nn.initializers import Normal
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.optim.regularizers import Regularizer
from zerosweep.runs.saved import as_npz
from zerosweep.training.loop import Trainer
from zerosweep.training.traces import by_unit, traces

TRACED = Trainer(iterations=12, batch_size=50, dtype="float64", trace=True)


def by_hand(problem, lr, steps):
    """Accuracies, and W1, b1, W2, b2 after each step, of one ReLU layer and softmax cross-entropy, trained by plain SGD."""
    w1, b1, w2, b2 = (
        problem.network.parameters[name].copy() for name in ("dense1.W", "dense1.b", "dense2.W", "dense2.b")
    )
    accuracies, states = [], []
    for _ in range(steps):
        batch = problem.batches.next()
        n = len(batch.x)
        hidden = np.maximum(batch.x @ w1 + b1, 0)
        z = hidden @ w2 + b2
        accuracies.append(np.mean(z.argmax(axis=1) == batch.targets))
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        dz = (p - np.eye(10)[batch.targets]) / n
        dh = dz @ w2.T * (hidden > 0)
        w1, b1 = w1 - lr * batch.x.T @ dh, b1 - lr * dh.sum(axis=0)
        w2, b2 = w2 - lr * hidden.T @ dz, b2 - lr * dz.sum(axis=0)
        states.append((w1, b1, w2, b2))
    return accuracies, states


def test_a_trace_is_what_training_by_hand_gives(prepare):
    settings = {"model": MLP(hidden=[70]), "optimizer": SGD(lr=0.3), "trainer": TRACED}
    run = prepare(**settings).train()
    kept = traces(run.problem, run.history)
    accuracies, states = by_hand(prepare(**settings).problem, 0.3, 12)

    followed = range(64)
    assert list(kept["hidden_units"]) == [f"dense1[{unit}]" for unit in followed]
    assert list(kept["output_units"]) == [f"dense2[{unit}]" for unit in range(10)]
    assert list(kept["step"]) == list(range(1, 13))
    np.testing.assert_allclose(kept["accuracy"], accuracies)
    for t, (w1, b1, w2, b2) in enumerate(states):
        np.testing.assert_allclose(kept["hidden_weight"][t], w1.mean(axis=0)[followed], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(kept["hidden_bias"][t], b1[followed], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(kept["output_weight"][t], w2.mean(axis=0), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(kept["output_bias"][t], b2, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize("sampling", ["shuffle", "with_replacement"])
def test_keeping_a_trace_changes_no_bit(prepare, bn, sampling):
    both = [
        prepare(bn=bn, regularizer=Regularizer(l2=0.01, dropout=0.2),
                trainer=Trainer(iterations=30, sampling=sampling, trace=trace)).train()
        for trace in (False, True)
    ]  # fmt: skip

    plain, traced = both
    assert plain.losses == traced.losses
    weights, others = (run.problem.weights() for run in both)
    assert all(weights[name].tobytes() == others[name].tobytes() for name in weights)
    assert not plain.history.traces
    assert len(traced.history.traces) == 30


def test_of_several_hidden_layers_the_last_is_followed(prepare):
    run = prepare(model=MLP(hidden=[20, 4]), trainer=TRACED).train()
    kept = traces(run.problem, run.history)

    assert list(kept["hidden_units"]) == [f"dense2[{unit}]" for unit in range(4)]  # all, as there are no more
    assert kept["output_weight"].shape == kept["output_bias"].shape == (12, 10)
    np.testing.assert_allclose(kept["hidden_weight"][-1], run.problem.network.parameters["dense2.W"].mean(axis=0))


def test_softmax_regression_has_no_hidden_units(prepare):
    run = prepare(model=MLP(hidden=[]), trainer=TRACED).train()
    kept = traces(run.problem, run.history)

    assert set(kept) == {"step", "accuracy", "output_weight", "output_bias", "output_units"}


def test_the_last_row_of_a_run_that_diverges_is_that_of_its_last_finite_loss(prepare):
    run = prepare(
        dataset=Digits(normalize=False),
        model=MLP(hidden=[20], activation="leaky_relu", slope=0.3),
        init=Normal(scale=1.0),
        optimizer=SGD(lr=1e3),
        trainer=Trainer(iterations=200, trace=True),
    ).train()
    kept = traces(run.problem, run.history)

    assert run.history.diverged
    assert len(kept["step"]) == len(run.losses) >= 2
    assert np.isfinite(kept["hidden_weight"][:-1]).all()
    assert ((kept["accuracy"] >= 0) & (kept["accuracy"] <= 1)).all()
    weights = run.problem.network.parameters["dense1.W"]
    assert np.isfinite(kept["hidden_weight"][-1]).all() == np.isfinite(weights.mean(axis=0)).all()


@pytest.mark.parametrize(
    "changes", [{"dataset": Digits(one_hot=True)}, {"trainer": None}], ids=["one hot", "numerical"]
)
def test_the_accuracy_is_the_same_whatever_the_targets_form_and_the_gradients_way(prepare, changes):
    model = {"model": MLP(hidden=[3]), "dataset": Digits(train_size=60)}
    short = {"iterations": 3, "batch_size": 20, "dtype": "float64", "trace": True}
    changes = {"trainer": Trainer(**short, gradient="numerical")} if "trainer" in changes else changes
    if "dataset" in changes:
        changes = {"dataset": Digits(train_size=60, one_hot=True)}
    one = prepare(**model, trainer=Trainer(**short)).train()
    other = prepare(**{**model, "trainer": Trainer(**short), **changes}).train()

    first, second = (traces(run.problem, run.history) for run in (one, other))
    np.testing.assert_array_equal(first["accuracy"], second["accuracy"])
    np.testing.assert_allclose(first["hidden_weight"], second["hidden_weight"], atol=1e-8)


def test_a_bias_behind_batch_normalization_gets_no_gradient_even_where_it_is_computed(prepare):
    kept = []
    for absorb_bias in (True, False):
        model = MLP(hidden=[20], absorb_bias=absorb_bias)
        run = prepare(bn=True, model=model, optimizer=SGD(lr=0.5), trainer=TRACED).train()
        kept.append(traces(run.problem, run.history))

    absorbed, computed = kept
    assert not absorbed["hidden_bias"].any()
    assert computed["hidden_bias"].any(), "sums of rounding errors are not exactly 0"
    assert np.abs(computed["hidden_bias"]).max() < 1e-12 < np.abs(computed["output_bias"]).max()
    np.testing.assert_allclose(absorbed["hidden_weight"], computed["hidden_weight"], atol=1e-12)


def test_it_is_kept_as_arrays_that_need_no_pickle(prepare):
    run = prepare(trainer=TRACED).train()
    with np.load(io.BytesIO(as_npz(traces(run.problem, run.history)))) as kept:
        assert kept["hidden_bias"].shape == (12, 15)
        assert kept["hidden_units"][0] == "dense2[0]"


def test_the_weights_of_a_filter_are_a_column():
    filters = np.arange(2 * 3 * 2 * 2, dtype=float).reshape(2, 3, 2, 2)

    np.testing.assert_array_equal(by_unit(filters).mean(axis=0), [5.5, 17.5])  # of 0 to 11, and of 12 to 23
    assert by_unit(filters).base is not None  # a view: the filters may move


def test_a_trace_of_a_surface_is_refused(train):
    result = train("task=surface", "trainer.trace=true")

    assert result.returncode != 0
    assert "trainer.trace=true: this task has no units to follow; must be false" in result.stderr
