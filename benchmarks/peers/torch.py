"""PyTorch in eager mode on one thread, in float32, with a training loop as in its documentation.

It uses nn.Module, cross_entropy, zero_grad(set_to_none=True), backward, and torch.optim with its default settings;
fused=True would make Adam faster. It does less than zerosweep: no loss is read or stored, nothing is checked for being
finite, Linear has no bias in front of batch normalization, and an evaluation only counts correct predictions, in
inference mode and with the fastest of several chunk sizes. L2 is the optimizer's weight decay, on weights only, which
costs less than a penalty. A convolutional network is trained twice: with images in PyTorch's usual order (NCHW), and
with channels last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from workloads import BATCH, CLASSES, EVALUATED_ROWS, KERNEL, TRAINING_ROWS, Images, Workload

from peers.candidate import Candidate, fastest, stepwise

CHUNKS = (100, 500, 1_000, 2_500, 10_000)


def candidates(workload: Workload, images: Images) -> list[Candidate]:
    """Return PyTorch's candidates: one for a perceptron, one for each memory order for a convolutional network."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, labels = torch.from_numpy(images.x), torch.from_numpy(images.labels)
    if not workload.channels:
        return [candidate("torch", workload, network(workload), x, labels)]
    found = []
    for name, order in (("torch", torch.contiguous_format), ("torch_cl", torch.channels_last)):
        model = convolutional(workload).to(memory_format=order)
        found.append(candidate(name, workload, model, x.reshape(-1, 1, 28, 28).contiguous(memory_format=order), labels))
    return found


def candidate(name: str, workload: Workload, model: nn.Module, x: Tensor, labels: Tensor) -> Candidate:
    optimizer, rows = optimizer_of(workload, model), batches()

    def step() -> None:
        chosen = next(rows)
        loss = nn.functional.cross_entropy(model(x[chosen]), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    if not workload.evaluated:
        return stepwise(name, workload, step)
    evaluate = fastest([evaluation(model, x, labels, chunk) for chunk in CHUNKS], lambda evaluate: evaluate())
    return stepwise(name, workload, step, evaluate)


def network(workload: Workload) -> nn.Module:
    layers: list[nn.Module] = []
    for i, (inputs, units) in enumerate(pairwise(workload.widths), 1):
        last = i == len(workload.hidden) + 1
        linear = nn.Linear(inputs, units, bias=last or not workload.bn)
        nn.init.normal_(linear.weight, std=workload.start(inputs))
        if linear.bias is not None:
            nn.init.zeros_(linear.bias)
        layers.append(linear)
        if last:
            break
        if workload.bn:
            layers.append(nn.BatchNorm1d(units))
        layers.append({"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[workload.activation]())
        if workload.dropout:
            layers.append(nn.Dropout(workload.dropout))
    return nn.Sequential(*layers)


def convolutional(workload: Workload) -> nn.Module:
    layers: list[nn.Module] = []
    for channels, filters, _ in workload.stages:
        conv = nn.Conv2d(channels, filters, KERNEL, bias=not workload.bn)
        nn.init.normal_(conv.weight, std=workload.start(channels * KERNEL**2))
        norm = [nn.BatchNorm2d(filters)] if workload.bn else []
        layers += [conv, *norm, nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(workload.features, CLASSES))


def optimizer_of(workload: Workload, model: nn.Module) -> torch.optim.Optimizer:
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": weights, "weight_decay": workload.l2}, {"params": others}]
    return {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer](groups, lr=workload.lr)


def batches() -> Iterator[Tensor]:
    while True:
        yield from torch.randperm(TRAINING_ROWS).split(BATCH)


def evaluation(model: nn.Module, x: Tensor, labels: Tensor, chunk: int) -> Callable[[], float]:
    def evaluate() -> float:
        model.eval()
        correct = 0
        with torch.inference_mode():
            for xs, ls in zip(x.split(chunk), labels.split(chunk), strict=True):
                correct += int((model(xs).argmax(1) == ls).sum())
        model.train()
        return correct / EVALUATED_ROWS

    return evaluate
