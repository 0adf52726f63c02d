"""Layers, losses, training and optimizers against what PyTorch computed (`record.py` recorded it).

Both sides compute in float64 the same formulas in another order, so they differ by some rounding errors of 1e-16, which
a few steps or a sum of six rows multiply by no more than a few hundred. 1e-10 leaves room for other processors'
exponentials and is far below what any difference of formula would make, such as an ε in another place.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from zerosweep.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from zerosweep.nn.batchnorm import BatchNorm, BatchNorm2D
from zerosweep.nn.cnn import CNN
from zerosweep.nn.conv import Conv2D
from zerosweep.nn.dense import Dense
from zerosweep.nn.layer import Mode
from zerosweep.nn.losses import CrossEntropy, SumOfSquares
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.nn.pooling import MaxPool2D
from zerosweep.optim.adaptive import AdaGrad, Adam, AdamW, RMSProp
from zerosweep.optim.descent import SGD, Momentum, Nesterov
from zerosweep.optim.registry import OPTIMIZERS

RECORD = json.loads(Path(__file__).with_name("pytorch.json").read_text(encoding="utf-8"))


def array(recorded: list) -> np.ndarray:
    return np.array(recorded, np.float64)


def assert_equal(ours, recorded, **tolerance) -> None:
    np.testing.assert_allclose(ours, recorded, **({"rtol": 1e-10, "atol": 1e-14} | tolerance))


def test_linear():
    case = RECORD["linear"]
    network = Network([Dense(3)], (4,), np.float64)
    network.parameters["dense1.W"][...], network.parameters["dense1.b"][...] = case["W"], case["b"]
    assert_equal(network.forward(array(case["x"]), Mode.TRAIN), case["y"])
    assert_equal(network.layers[0].backward(array(case["dy"])), case["dx"])
    assert_equal(network.gradients["dense1.W"], case["dW"])
    assert_equal(network.gradients["dense1.b"], case["db"])


@pytest.mark.parametrize(
    ("name", "layer"),
    [("relu", ReLU()), ("leaky_relu", LeakyReLU(0.2)), ("sigmoid", Sigmoid()), ("tanh", Tanh())],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_activation(name, layer):
    case = RECORD["activations"][name]
    network = Network([layer], (4,), np.float64)
    assert_equal(network.forward(array(case["x"]), Mode.TRAIN), case["y"])
    assert_equal(layer.backward(array(case["dy"])), case["dx"])


def batchnorm(case: dict) -> Network:
    """Our momentum is the share that is kept, PyTorch's is the share of the new batch."""
    network = Network([BatchNorm(epsilon=case["epsilon"], momentum=1 - case["momentum"])], (4,), np.float64)
    network.parameters["batchnorm1.gamma"][...] = case["gamma"]
    network.parameters["batchnorm1.beta"][...] = case["beta"]
    return network


every_batchnorm = pytest.mark.parametrize("case", RECORD["batchnorm"], ids=["usual", "large epsilon"])


@every_batchnorm
def test_batchnorm_in_training(case):
    network = batchnorm(case)
    for batch in case["passes"]:
        assert_equal(network.forward(array(batch["x"]), Mode.TRAIN), batch["y"], atol=1e-12)
        assert_equal(network.layers[0].backward(array(batch["dy"])), batch["dx"], atol=1e-12)
        assert_equal(network.gradients["batchnorm1.gamma"], batch["dgamma"])
        assert_equal(network.gradients["batchnorm1.beta"], batch["dbeta"])


@every_batchnorm
def test_running_statistics_of_batchnorm(case):
    """PyTorch's running variance follows the unbiased variance of a batch of N rows, ours the biased one, which training
    normalizes by. So the running means agree, and what the batches added to the variance, beyond what is left of the
    1 that both start from, differs by the factor N/(N-1)."""
    layer = batchnorm(case).layers[0]
    for count, batch in enumerate(case["passes"], 1):
        layer.forward(array(batch["x"]), Mode.TRAIN)
        rows, left_of_one = len(batch["x"]), (1 - case["momentum"]) ** count
        assert_equal(layer.running_mean, batch["running_mean"])
        added = array(batch["running_var"]) - left_of_one
        assert_equal(layer.running_variance - left_of_one, added * (rows - 1) / rows)


@every_batchnorm
def test_batchnorm_at_evaluation(case):
    """Given PyTorch's running statistics."""
    network, last = batchnorm(case), case["passes"][-1]
    network.layers[0].running_mean[...] = last["running_mean"]
    network.layers[0].running_variance[...] = last["running_var"]
    assert_equal(network.forward(array(case["evaluation"]["x"]), Mode.EVALUATE), case["evaluation"]["y"], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("cross_entropy of classes", CrossEntropy()),
        ("cross_entropy of soft targets", CrossEntropy()),
        ("cross_entropy of classes", CrossEntropy(clip=1e-10)),  # far below every probability here
        ("mse", SumOfSquares()),
    ],
    ids=["classes", "soft targets", "clipped", "mse"],
)
def test_loss(name, loss):
    case = RECORD["losses"][name]
    outputs, targets = array(case["outputs"]), np.array(case["targets"])
    d_outputs = np.empty_like(outputs)
    assert_equal(loss.value_and_gradient(outputs, targets, d_outputs), case["value"])
    assert_equal(d_outputs, case["d_outputs"])


@pytest.fixture
def mlp() -> Network:
    network = Network(MLP([5, 3]).layers(3, bn=True, dropout=0), (4,), np.float64)
    for name, start in RECORD["mlp"]["start"].items():
        network.parameters[name][...] = start
    return network


def backprop(network: Network, batch: dict) -> float:
    outputs = network.forward(array(batch["x"]), Mode.TRAIN)
    d_outputs = np.empty_like(outputs)
    loss = CrossEntropy().value_and_gradient(outputs, np.array(batch["classes"]), d_outputs)
    network.backward(d_outputs)
    return loss


def test_gradient_of_an_mlp(mlp):
    """A bias in front of batch normalization has no gradient: PyTorch's is a rounding error, ours is zero."""
    backprop(mlp, RECORD["mlp"]["batches"][0])
    assert mlp.gradients.keys() == RECORD["mlp"]["first_gradient"].keys()
    for name, recorded in RECORD["mlp"]["first_gradient"].items():
        assert_equal(mlp.gradients[name], recorded, atol=1e-12)


def test_training_of_an_mlp(mlp):
    case = RECORD["mlp"]
    optimizer = Momentum(lr=case["lr"], momentum=case["momentum"])
    state, losses = optimizer.init(mlp.theta.size, np.float64), []
    for step in range(len(case["losses"])):
        losses.append(backprop(mlp, case["batches"][step % 2]))
        optimizer.update(mlp.theta, mlp.gradient, state)
    assert_equal(losses, case["losses"])
    for name, recorded in case["end"].items():
        assert_equal(mlp.parameters[name], recorded, atol=1e-12)


def test_conv():
    case = RECORD["conv"]
    network = Network([Conv2D(3, 3)], (2, 5, 6), np.float64)
    network.parameters["conv2d1.W"][...], network.parameters["conv2d1.b"][...] = case["W"], case["b"]
    assert_equal(network.forward(array(case["x"]), Mode.TRAIN), case["y"], atol=1e-12)
    assert_equal(network.layers[0].backward(array(case["dy"])), case["dx"], atol=1e-12)
    assert_equal(network.gradients["conv2d1.W"], case["dW"], atol=1e-12)
    assert_equal(network.gradients["conv2d1.b"], case["db"], atol=1e-12)


def test_pool_where_many_numbers_are_equal():
    case = RECORD["pool"]
    network = Network([MaxPool2D()], (2, 5, 7), np.float64)
    assert_equal(network.forward(array(case["x"]), Mode.TRAIN), case["y"])
    assert_equal(network.layers[0].backward(array(case["dy"])), case["dx"])


def test_batchnorm_of_images():
    case = RECORD["batchnorm of images"]
    network = Network([BatchNorm2D()], (2, 2, 3), np.float64)
    for name in ("gamma", "beta"):
        network.parameters[f"batchnorm2d1.{name}"][...] = case[name]
    assert_equal(network.forward(array(case["x"]), Mode.TRAIN), case["y"], atol=1e-12)
    assert_equal(network.layers[0].backward(array(case["dy"])), case["dx"], atol=1e-12)
    for name in ("gamma", "beta"):
        assert_equal(network.gradients[f"batchnorm2d1.{name}"], case[f"d{name}"], atol=1e-12)
    assert_equal(network.layers[0].running_mean, case["running_mean"])


@pytest.fixture(params=["plain", "bn"])
def cnn(request) -> tuple[Network, dict]:
    case = RECORD["cnn"][request.param]
    network = Network(CNN([2, 3]).layers(3, request.param == "bn", dropout=0), (1, 10, 10), np.float64)
    for name, start in case["start"].items():
        network.parameters[ours(name)][...] = start
    return network, case


def ours(name: str) -> str:
    """In our networks a stage's convolution, normalization and pool are one layer."""
    return name.replace("conv2d", "convpool").replace("batchnorm2d", "convpool")


def test_gradient_of_a_cnn(cnn):
    """Ours pools before the activation; PyTorch's record has E2's order."""
    network, case = cnn
    backprop(network, case)
    assert network.gradients.keys() == {ours(name) for name in case["first_gradient"]}
    for name, recorded in case["first_gradient"].items():
        assert_equal(network.gradients[ours(name)], recorded, atol=1e-12)


def test_training_of_a_cnn(cnn):
    network, case = cnn
    optimizer = Adam(lr=0.01, epsilon=1e-3)
    state, losses = optimizer.init(network.theta.size, np.float64), []
    for _ in case["losses"]:
        losses.append(backprop(network, case))
        optimizer.update(network.theta, network.gradient, state)
    assert_equal(losses, case["losses"])
    for name, recorded in case["end"].items():
        assert_equal(network.parameters[ours(name)], recorded, atol=1e-11)


def pytorch_settings(name: str) -> dict:
    return RECORD["optimizers"]["recorded"][name]["settings"]


def adaptive(kind, name: str, **names: str):
    """Our optimizer with PyTorch's settings of that case, under our names for them."""
    theirs = pytorch_settings(name)
    return kind(lr=theirs["lr"], epsilon=theirs["eps"], **{ours: theirs[key] for ours, key in names.items()})


def adam(kind, name: str, **settings):
    theirs = pytorch_settings(name)
    beta1, beta2 = theirs["betas"]
    return kind(lr=theirs["lr"], beta1=beta1, beta2=beta2, epsilon=theirs["eps"], **settings)


ADAGRAD, RMSPROP = {"initial_accumulator": "initial_accumulator_value"}, {"decay": "alpha"}
CASES = {
    "sgd": SGD(lr=0.3),
    "momentum": Momentum(lr=0.1, momentum=0.9),
    "nesterov": Nesterov(lr=0.1, momentum=0.8),
    **{name: adaptive(AdaGrad, name, **ADAGRAD) for name in ("adagrad", "adagrad with epsilon")},
    **{name: adaptive(RMSProp, name, **RMSPROP) for name in ("rmsprop", "rmsprop with epsilon")},
    **{name: adam(Adam, name) for name in ("adam", "adam with epsilon")},
    "adamw": adam(AdamW, "adamw", weight_decay=0.3),
}


def test_every_optimizer_has_its_record():
    assert {type(optimizer) for optimizer in CASES.values()} == set(OPTIMIZERS.values())
    assert CASES.keys() == RECORD["optimizers"]["recorded"].keys()


@pytest.mark.parametrize("name", CASES)
def test_optimizer(name):
    """Every step, and the state after the last one in PyTorch's terms.

    Its momentum buffer b ← μ b + g leaves the rate out: v = -η b at a constant rate. Its moments of Adam carry the
    factors 1-β that ours leave out.
    """
    optimizer, record = CASES[name], RECORD["optimizers"]
    theta = array(record["start"])
    state = optimizer.init(len(theta), np.float64)
    for gradient, expected in zip(record["gradients"], record["recorded"][name]["path"], strict=True):
        optimizer.update(theta, array(gradient), state)
        assert_equal(theta, expected)
    in_pytorchs_terms = {
        "v": lambda v: ("momentum_buffer", v / -optimizer.lr),
        "h": lambda h: ("sum" if isinstance(optimizer, AdaGrad) else "square_avg", h),
        "M": lambda m: ("exp_avg", m * (1 - optimizer.beta1)),
        "V": lambda v: ("exp_avg_sq", v * (1 - optimizer.beta2)),
    }
    ours = dict(in_pytorchs_terms[key](value) for key, value in state.accumulators.items())
    assert ours.keys() == record["recorded"][name]["state"].keys()
    for key, recorded in record["recorded"][name]["state"].items():
        assert_equal(ours[key], recorded)
