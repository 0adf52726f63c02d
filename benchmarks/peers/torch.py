"""PyTorch in eager mode on one thread, in float32, as its documentation writes a training loop.

nn.Module, cross_entropy, zero_grad(set_to_none=True), backward, and torch.optim with its default settings, so without
fused=True, which makes Adam faster. Spared what zerosweep does beside: no loss is read or kept, nothing is checked for
being finite, Linear has no bias where batch normalization comes behind, and an evaluation counts only what is right, in
inference mode, in the fastest of some chunk sizes. L2 is the optimizer's weight decay, on weights only, which costs less
than a penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from workloads import BATCH, EVALUATED_ROWS, TRAINING_ROWS, Images, Workload

from peers.candidate import Candidate, fastest, stepwise

CHUNKS = (100, 500, 1_000, 2_500, 10_000)


def candidates(workload: Workload, images: Images) -> list[Candidate]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = network(workload)
    optimizer = optimizer_of(workload, model)
    x, labels = torch.from_numpy(images.x), torch.from_numpy(images.labels)
    rows = batches()

    def step() -> None:
        chosen = next(rows)
        loss = nn.functional.cross_entropy(model(x[chosen]), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    if not workload.evaluated:
        return [stepwise("torch", workload, step)]
    evaluate = fastest([evaluation(model, x, labels, chunk) for chunk in CHUNKS], lambda evaluate: evaluate())
    return [stepwise("torch", workload, step, evaluate)]


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


def optimizer_of(workload: Workload, model: nn.Module) -> torch.optim.Optimizer:
    weights = [p for p in model.parameters() if p.ndim == 2]
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
