"""The rules of the articles' code against the same rules written once more in NumPy, over whole runs."""

from dataclasses import replace

import numpy as np
import pytest

from zerosweep.errors import SettingError
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Mode
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.optim.registry import OPTIMIZERS
from zerosweep.optim.regularizers import Regularizer
from zerosweep.runs.assemble import assemble, validate
from zerosweep.training.loop import Trainer

STEPS, LR = 3, 0.1


def trainer(**changes) -> Trainer:
    return Trainer(**{"iterations": STEPS, "batch_size": 10, "dtype": "float64"} | changes)


def by_hand(settings, *, rows_gradient, l1=0.0, l2=0.0, bn_epsilon=None, train_output=True, keep=None):
    """Parameters after `STEPS` steps of gradient descent on an MLP of ReLUs, by name, in the articles' notation.

    rows_gradient: what the softmax's gradient p - t of N rows is divided by. keep: the masks of the hidden layers.
    """
    problem = assemble(settings)
    p = {name: value.copy() for name, value in problem.network.parameters.items()}
    depth = len(settings.model.hidden) + 1
    for step in range(STEPS):
        batch = problem.batches.next()
        a, inputs, normalised = [batch.x], [], []
        for i in range(1, depth):
            z = a[-1] @ p[f"dense{i}.W"] + p[f"dense{i}.b"]
            if bn_epsilon is not None:
                spread = np.sqrt(z.var(axis=0) + bn_epsilon)
                z = (z - z.mean(axis=0)) / spread
                normalised.append((z, spread))
            inputs.append(z)
            a.append(np.maximum(z, 0) * (keep[step][i - 1] if keep else 1))
        scores = a[-1] @ p[f"dense{depth}.W"] + p[f"dense{depth}.b"]
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        d = (e / e.sum(axis=1, keepdims=True) - np.eye(10)[batch.labels]) / rows_gradient(len(batch))
        for i in range(depth, 0, -1):
            dw, db = a[i - 1].T @ d, d.sum(axis=0)
            if i > 1:
                d = d @ p[f"dense{i}.W"].T * (keep[step][i - 2] if keep else 1) * (inputs[i - 2] > 0)
                if bn_epsilon is not None:
                    z, spread = normalised[i - 2]
                    d = (d - d.mean(axis=0) - z * (d * z).mean(axis=0)) / spread
            if i < depth or train_output:
                w = p[f"dense{i}.W"]
                penalty = 0 if i == depth else l1 * np.sign(w) + l2 * w
                p[f"dense{i}.W"] = w - LR * (dw + penalty)
                p[f"dense{i}.b"] = p[f"dense{i}.b"] - LR * db
    return p


def check(run, expected):
    found = run.train().problem.network.parameters
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("penalty", [{"l2": 0.1}, {"l1": 0.005}])
def test_the_loops_of_e5_leave_the_output_layer_as_drawn(prepare, penalty):
    regularizer = Regularizer(**penalty, output=False)
    run = prepare(regularizer=regularizer, trainer=trainer(frozen=["output"]))
    expected = by_hand(run.settings, rows_gradient=lambda n: n, train_output=False, **penalty)
    check(run, expected)
    first = assemble(run.settings).network.parameters
    for name in ("dense3.W", "dense3.b"):
        np.testing.assert_array_equal(run.problem.network.parameters[name], first[name])


@pytest.mark.parametrize("gradient", ["backprop", "numerical"])
def test_summed_gradients_are_those_of_the_rows_sum_and_the_loss_stays_the_mean(prepare, gradient):
    small = MLP(hidden=[4])
    run = prepare(model=small, trainer=trainer(reduction="sum", gradient=gradient), optimizer=SGD(lr=LR))
    expected = by_hand(run.settings, rows_gradient=lambda n: 1)
    if gradient == "backprop":
        check(run, expected)
    else:
        found = run.train().problem.network.parameters
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-6, err_msg=name)
    mean = prepare(model=small, trainer=trainer(), optimizer=SGD(lr=LR)).train()
    assert run.losses[0] == pytest.approx(mean.losses[0], rel=1e-12)


def test_batch_normalization_without_a_scale_is_that_of_e4_and_with_fixed_statistics_that_of_e2(prepare):
    model = MLP(hidden=[20, 15], bn_affine=False, bn_epsilon=1e-3, bn_momentum=1)
    run = prepare(model=model, bn=True, trainer=trainer())
    check(run, by_hand(run.settings, rows_gradient=lambda n: n, bn_epsilon=1e-3))
    x, p = run.problem.data.validation.x[:5], run.problem.network.parameters
    for i in (1, 2):  # at evaluation the statistics are still 0 and 1
        x = np.maximum((x @ p[f"dense{i}.W"] + p[f"dense{i}.b"]) / np.sqrt(1 + 1e-3), 0)
    found = run.problem.network.outputs(run.problem.data.validation.x[:5])
    np.testing.assert_allclose(found, x @ p["dense3.W"] + p["dense3.b"], rtol=1e-9)


def test_dropout_scaled_at_test_is_that_of_e5(prepare):
    regularizer = Regularizer(dropout=0.15, dropout_scaling="test")
    run = prepare(regularizer=regularizer, trainer=trainer())
    network = assemble(run.settings).network  # draws the same masks
    keep = []
    for _ in range(STEPS):
        network.forward(np.zeros((10, 64)), Mode.TRAIN)
        keep.append([layer.buffers(10)[2].copy() for layer in network.layers if isinstance(layer, Dropout)])
    assert {0.0, 1.0} == set(np.unique(keep[0][0]))
    check(run, by_hand(run.settings, rows_gradient=lambda n: n, keep=keep))
    x, p = run.problem.data.validation.x[:5], run.problem.network.parameters
    for i in (1, 2):
        x = np.maximum(x @ p[f"dense{i}.W"] + p[f"dense{i}.b"], 0) * (1 - 0.15)
    found = run.problem.network.outputs(run.problem.data.validation.x[:5])
    np.testing.assert_allclose(found, x @ p["dense3.W"] + p["dense3.b"], rtol=1e-9)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_frozen_layer_stays_under_every_optimizer_and_the_others_move(prepare, name):
    frozen = ["dense1", "batchnorm2"]
    run = prepare(bn=True, optimizer=OPTIMIZERS[name](lr=0.01), trainer=trainer(frozen=frozen)).train()
    first = assemble(run.settings).network.parameters
    for parameter, value in run.problem.network.parameters.items():
        moved = (value != first[parameter]).any()
        behind_bn = parameter in ("dense1.b", "dense2.b")  # absorbed: their gradient is zero
        assert moved == (parameter.split(".")[0] not in frozen and not behind_bn), parameter


def test_a_layer_that_there_is_not_is_refused_with_those_there_are(prepare):
    settings = replace(prepare(bn=True).settings, trainer=trainer(frozen=["dense9"]))
    with pytest.raises(
        SettingError, match=r"^trainer.frozen=dense9: must be layers with parameters: dense1"
    ) as refused:
        validate(settings)
    for name in ("batchnorm2", "dense3", "output"):
        assert name in str(refused.value)
