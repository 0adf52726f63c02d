"""Record what PyTorch computes, for `test_against_pytorch.py` to compare with: writes `pytorch.json` beside this file.

    pip install -e .[oracle]
    python tests/oracle/record.py

Needed only when a case is added: the tests read the file and never import PyTorch. Everything is float64 and comes from
fixed seeds, so the same machine writes the same bytes; on another one the last digits may differ, far within the tolerance
of the tests. Numbers are written with all their digits, so that what is read is what was recorded, bit for bit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

FILE = Path(__file__).with_name("pytorch.json")
ROWS = 6


def randn(seed: int, *shape: int) -> torch.Tensor:
    """Normal numbers that do not depend on PyTorch's version."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def listed(value: Any) -> Any:
    """Tensors as nested lists."""
    if isinstance(value, torch.Tensor):
        return value.detach().tolist()
    if isinstance(value, dict):
        return {key: listed(item) for key, item in value.items()}
    return [listed(item) for item in value] if isinstance(value, list) else value


def through(function: Any, x: torch.Tensor) -> dict[str, Any]:
    """x, y = function(x), a random dL/dy and the dL/dx that comes of it."""
    x = x.clone().requires_grad_()
    y = function(x)
    dy = randn(99, *y.shape)
    y.backward(dy)
    return {"x": x, "y": y, "dy": dy, "dx": x.grad}


def linear() -> dict[str, Any]:
    layer = nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight.copy_(randn(1, 3, 4))
        layer.bias.copy_(randn(2, 3))
    passed = through(layer, randn(3, ROWS, 4))
    # PyTorch keeps the weight as (units, inputs)
    return passed | {"W": layer.weight.T, "b": layer.bias, "dW": layer.weight.grad.T, "db": layer.bias.grad}


def batchnorm(epsilon: float, momentum: float, batches: int = 3) -> dict[str, Any]:
    """Training batches one after another, with the running statistics after each, then an evaluation."""
    layer = nn.BatchNorm1d(4, eps=epsilon, momentum=momentum)
    with torch.no_grad():
        layer.weight.copy_(randn(11, 4))
        layer.bias.copy_(randn(12, 4))
    passes = []
    for i in range(batches):
        layer.zero_grad()
        passed = through(layer, 2 * randn(20 + i, ROWS, 4) + randn(30 + i, 4))
        statistics = {"running_mean": layer.running_mean.clone(), "running_var": layer.running_var.clone()}
        passes.append(passed | {"dgamma": layer.weight.grad, "dbeta": layer.bias.grad} | statistics)
        passes[-1] = listed(passes[-1])  # before the next batch writes over it
    layer.eval()
    x = randn(40, ROWS, 4)
    settings = {"epsilon": epsilon, "momentum": momentum, "gamma": layer.weight, "beta": layer.bias}
    return settings | {"passes": passes, "evaluation": {"x": x, "y": layer(x)}}


def activations() -> dict[str, Any]:
    x = 2 * randn(50, ROWS, 4)
    return {
        "relu": through(torch.relu, x),
        "leaky_relu": {"slope": 0.2} | through(lambda z: functional.leaky_relu(z, 0.2), x),
        "sigmoid": through(torch.sigmoid, x),
        "tanh": through(torch.tanh, x),
    }


def losses() -> dict[str, Any]:
    classes = torch.tensor([2, 0, 1, 1, 4, 3])
    soft = torch.softmax(randn(60, ROWS, 5), dim=1)

    def recorded(loss: Any, targets: torch.Tensor) -> dict[str, Any]:
        outputs = (3 * randn(61, ROWS, 5)).requires_grad_()
        value = loss(outputs, targets)
        value.backward()
        return {"outputs": outputs, "targets": targets, "value": value, "d_outputs": outputs.grad}

    def sum_of_squares(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return 0.5 * functional.mse_loss(outputs, targets, reduction="sum") / ROWS

    return {
        "cross_entropy of classes": recorded(functional.cross_entropy, classes),
        "cross_entropy of soft targets": recorded(functional.cross_entropy, soft),
        "mse": recorded(sum_of_squares, functional.one_hot(classes, 5).double()),
    }


def mlp(steps: int = 6) -> dict[str, Any]:
    """4-5-3-3 with batch normalization and ReLU, trained by momentum SGD on two batches in turns."""
    model = nn.Sequential(
        *(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU()),
        *(nn.Linear(5, 3), nn.BatchNorm1d(3), nn.ReLU()),
        nn.Linear(3, 3),
    )
    names = {"0": "dense1", "1": "batchnorm1", "3": "dense2", "4": "batchnorm2", "6": "dense3"}
    parts = {"Linear.weight": "W", "Linear.bias": "b", "BatchNorm1d.weight": "gamma", "BatchNorm1d.bias": "beta"}

    def named(of: Any) -> dict[str, Any]:
        found = {}
        for name, parameter in model.named_parameters():
            index, part = name.split(".")
            kind = type(model[int(index)]).__name__
            value = of(parameter)
            found[f"{names[index]}.{parts[f'{kind}.{part}']}"] = listed(value.T if value.dim() == 2 else value)
        return found

    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters(), 70):
            parameter.copy_(randn(seed, *parameter.shape))
    start = named(lambda parameter: parameter)
    batches = [
        {"x": randn(90 + i, ROWS, 4), "classes": torch.from_numpy(np.random.default_rng(92 + i).integers(0, 3, ROWS))}
        for i in (0, 1)
    ]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses, first_gradient = [], {}
    for step in range(steps):
        batch = batches[step % 2]
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(batch["x"]), batch["classes"])
        loss.backward()
        first_gradient = first_gradient or named(lambda parameter: parameter.grad)
        losses.append(loss.item())
        optimizer.step()
    return {
        "lr": 0.1,
        "momentum": 0.9,
        "start": start,
        "batches": batches,
        "losses": losses,
        "first_gradient": first_gradient,
        "end": named(lambda parameter: parameter),
    }


def conv() -> dict[str, Any]:
    """5×6 pixels of two channels through a 3×3 convolution to three."""
    layer = nn.Conv2d(2, 3, 3)
    with torch.no_grad():
        layer.weight.copy_(randn(121, 3, 2, 3, 3))
        layer.bias.copy_(randn(122, 3))
    passed = through(layer, randn(123, 2, 2, 5, 6))
    return passed | {"W": layer.weight, "b": layer.bias, "dW": layer.weight.grad, "db": layer.bias.grad}


def pool() -> dict[str, Any]:
    """Odd sizes, and whole numbers from 0 to 2, so that most squares have ties."""
    x = torch.from_numpy(np.random.default_rng(131).integers(0, 3, (2, 2, 5, 7)).astype(float))
    return through(nn.MaxPool2d(2), x)


def batchnorm_of_images() -> dict[str, Any]:
    layer = nn.BatchNorm2d(2)
    with torch.no_grad():
        layer.weight.copy_(randn(141, 2))
        layer.bias.copy_(randn(142, 2))
    passed = through(layer, 3 * randn(143, 3, 2, 2, 3) + 5)
    gradients = {"dgamma": layer.weight.grad, "dbeta": layer.bias.grad}
    return passed | gradients | {"gamma": layer.weight, "beta": layer.bias, "running_mean": layer.running_mean}


def cnn(bn: bool, steps: int = 4) -> dict[str, Any]:
    """E2's network for 10×10 pixels with two and three filters, in E2's order, trained by Adam on one batch."""

    def stage(channels: int, filters: int) -> list[nn.Module]:
        norm = [nn.BatchNorm2d(filters)] if bn else []
        return [nn.Conv2d(channels, filters, 3), *norm, nn.ReLU(), nn.MaxPool2d(2)]

    model = nn.Sequential(*stage(1, 2), *stage(2, 3), nn.Flatten(), nn.Linear(3, 3))
    kinds = {
        nn.Conv2d: ("conv2d", "W", "b"),
        nn.BatchNorm2d: ("batchnorm2d", "gamma", "beta"),
        nn.Linear: ("dense", "W", "b"),
    }
    parameters, count = {}, dict.fromkeys(kinds, 0)
    for layer in model:
        if type(layer) in kinds:
            count[type(layer)] += 1
            name, weight, bias = kinds[type(layer)]
            parameters |= {
                f"{name}{count[type(layer)]}.{weight}": layer.weight,
                f"{name}{count[type(layer)]}.{bias}": layer.bias,
            }
    with torch.no_grad():
        for seed, parameter in enumerate(parameters.values(), 150):
            parameter.copy_(randn(seed, *parameter.shape))

    def named(of: Any) -> dict[str, Any]:
        return {name: listed(of(p).T if p.dim() == 2 else of(p)) for name, p in parameters.items()}

    x, classes = randn(170, 4, 1, 10, 10), torch.tensor([0, 2, 1, 1])
    start, losses, first_gradient = named(lambda parameter: parameter), [], {}
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-3)  # large, or a gradient's rounding errors count
    for _ in range(steps):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x), classes)
        loss.backward()
        first_gradient = first_gradient or named(lambda parameter: parameter.grad)
        losses.append(loss.item())
        optimizer.step()
    return {
        "x": x.flatten(1), "classes": classes, "start": start, "losses": losses,
        "first_gradient": first_gradient, "end": named(lambda parameter: parameter),
    }  # fmt: skip


OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.3}),
    "momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "initial_accumulator_value": 1e-4, "eps": 0.0}),
    "adagrad with epsilon": (torch.optim.Adagrad, {"lr": 0.1, "initial_accumulator_value": 0.0, "eps": 0.2}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.99, "eps": 1e-7}),
    "rmsprop with epsilon": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.7, "eps": 0.2}),
    "adam": (torch.optim.Adam, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8}),
    "adam with epsilon": (torch.optim.Adam, {"lr": 0.01, "betas": (0.6, 0.8), "eps": 0.2}),
    "adamw": (torch.optim.AdamW, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.3}),
}


def optimizers(steps: int = 6, n: int = 5) -> dict[str, Any]:
    """The same gradients for all; one of them is zero throughout."""
    gradients = [randn(100 + step, n) * torch.tensor([1, 100, 0.01, 1, 0]) for step in range(steps)]
    start = randn(110, n)
    recorded = {}
    for name, (kind, settings) in OPTIMIZERS.items():
        theta = start.clone().requires_grad_()
        optimizer = kind([theta], **settings)
        path = []
        for gradient in gradients:
            theta.grad = gradient.clone()
            optimizer.step()
            path.append(listed(theta))
        state = {key: value for key, value in optimizer.state[theta].items() if torch.is_tensor(value) and value.dim()}
        recorded[name] = {"settings": settings, "path": path, "state": state}
    return {"start": start, "gradients": gradients, "recorded": recorded}


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    record = {
        "torch": torch.__version__.split("+")[0],
        "linear": linear(),
        "batchnorm": [batchnorm(epsilon=1e-5, momentum=0.1), batchnorm(epsilon=0.5, momentum=0.3)],
        "activations": activations(),
        "losses": losses(),
        "mlp": mlp(),
        "conv": conv(),
        "pool": pool(),
        "batchnorm of images": batchnorm_of_images(),
        "cnn": {"plain": cnn(bn=False), "bn": cnn(bn=True)},
        "optimizers": optimizers(),
    }
    a_line_per_case = json.dumps(listed(record), separators=(",", ":")).replace('},"', '},\n"')
    FILE.write_text(a_line_per_case + "\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes, PyTorch {record['torch']}")


if __name__ == "__main__":
    main()
