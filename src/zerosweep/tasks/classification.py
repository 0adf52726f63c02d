"""Telling classes apart with a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.batches import Batches
from zerosweep.data.dataset import Data, Examples
from zerosweep.nn.layer import Array, Mode
from zerosweep.nn.losses import Loss
from zerosweep.nn.network import Network
from zerosweep.optim.regularizers import Regularizer
from zerosweep.tasks.differentiation import MEASURE, Differentiation
from zerosweep.tasks.problem import Arrays, Hidden
from zerosweep.tasks.task import Task

REDUCTIONS = ("mean", "sum")
"""How the losses of a mini-batch's rows become the function whose gradient a step follows."""

SAMPLE = 200
"""Training rows whose activations are kept for the histograms."""


@dataclass
class Classification(Task):
    """Minimise the loss of a network over labelled examples. It has no settings of its own."""


OWN_MEASURES: dict[str, Callable[[ClassificationProblem], float]] = {}
"""Metrics that plugins add: the function that measures each at an evaluation, by the metric's name."""


def measures(rows: Mapping[str, int], regularizer: Regularizer, gradient_by: str = "backprop") -> tuple[str, ...]:
    """The names of the metrics of an evaluation, where train, val and test have so many rows."""
    return (
        *(f"{split}/accuracy" for split, size in rows.items() if size),
        *(["val/loss"] if rows["val"] else []),
        *(["train/penalty", "weights/near_zero"] if regularizer.penalises else []),
        *([MEASURE] if gradient_by == "both" else []),
        *OWN_MEASURES,
    )


class ClassificationProblem:
    """The loss of `network` over `data`, with penalties, by mini-batches.

    gradient_by: one of `differentiation.WAYS`; but for backprop that is 2 P forward passes a step, for small networks.
    eval_rows: of the training set, the first so many rows are evaluated; None is all. reduction: one of `REDUCTIONS`; with
    sum the gradient of the loss is that of the rows' sum, while the losses that are returned stay means.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        regularizer: Regularizer,
        data: Data,
        batches: Batches,
        gradient_by: str = "backprop",
        eval_rows: int | None = None,
        reduction: str = "mean",
    ):
        self.network, self.loss, self.regularizer, self.data, self.batches = network, loss, regularizer, data, batches
        self.summed = reduction == "sum"
        self.theta, self.gradient = network.theta, network.gradient
        self.steps_per_epoch = batches.per_epoch
        self.classes: int | None = data.classes
        seen = Examples(data.train.x[:eval_rows], data.train.targets[:eval_rows])
        self.splits = {"train": seen, "val": data.validation, "test": data.test}
        self.labels = {split: examples.labels for split, examples in self.splits.items()}
        rows = {split: len(examples) for split, examples in self.splits.items()}
        self.measures = measures(rows, regularizer, gradient_by)
        self.differentiation = Differentiation(
            gradient_by, self.theta, self.gradient, backprop=self._backprop, value=self._value, replay=self._replay
        )
        self.first_filters = self.filters()
        count = network.weight_count if regularizer.output else network.hidden_weight_count
        self.penalised, self.penalty_gradient = network.weights[:count], network.weight_gradients[:count]

    def loss_and_gradient(self) -> float:
        self.batch = self.batches.next()
        loss = self.differentiation.loss_and_gradient()
        self.regularizer.add_gradient(self.penalised, self.penalty_gradient)
        return loss

    def _backprop(self) -> float:
        outputs = self.network.forward(self.batch.x, Mode.TRAIN)
        self.outputs = outputs if self.differentiation.way == "backprop" else outputs.copy()
        d_outputs = np.empty_like(outputs)
        loss = self.loss.value_and_gradient(outputs, self.batch.targets, d_outputs)
        if self.summed:
            d_outputs *= len(outputs)
        self.network.backward(d_outputs)
        return loss

    def _value(self) -> float:
        self.outputs = self.network.forward(self.batch.x, Mode.TRAIN).copy()  # passes of as many rows follow
        return self.loss.value(self.outputs, self.batch.targets)

    def _replay(self) -> float:
        mean = self.loss.value(self.network.forward(self.batch.x, Mode.REPLAY), self.batch.targets)
        return mean * len(self.batch) if self.summed else mean

    def batch_accuracy(self) -> float:
        """On the last mini-batch, in [0, 1]: of the very outputs that its loss was computed from, before the update."""
        return int(np.count_nonzero(self.outputs.argmax(axis=1) == self.batch.labels)) / len(self.batch)

    def evaluate(self, observe: Callable[[Hidden], None]) -> dict[str, float]:
        """train/accuracy, val/loss, val/accuracy and test/accuracy, each over the whole of its set (of the training
        set, `eval_rows`); none for an empty set. gradient_difference where both gradients are computed. Where there is a
        penalty, train/penalty and weights/near_zero, the share of such weights among the penalised."""
        metrics = self.differentiation.metrics
        for split, examples in self.splits.items():
            if not len(examples):
                continue
            correct, loss = 0, 0.0
            for rows, outputs in self.network.evaluate(examples.x):
                correct += int(np.count_nonzero(outputs.argmax(axis=1) == self.labels[split][rows]))
                if split == "train":
                    observe(self.network.hidden())
                elif split == "val":
                    loss += self.loss.value(outputs, examples.targets[rows]) * len(outputs)
            metrics[f"{split}/accuracy"] = correct / len(examples)
            if split == "val":
                metrics["val/loss"] = loss / len(examples)
        if self.regularizer.penalises:
            metrics["train/penalty"] = self.regularizer.penalty(self.penalised)
            metrics["weights/near_zero"] = self.regularizer.near_zero(self.penalised)
        return metrics | {name: float(measure(self)) for name, measure in OWN_MEASURES.items()}

    def hidden(self) -> Hidden:
        return self.network.hidden()

    def activations(self) -> dict[str, Array]:
        with np.errstate(all="ignore"):  # a diverged network may be asked too
            self.network.forward(self.data.train.x[:SAMPLE], Mode.EVALUATE)
        return {name: outputs.copy() for name, _, outputs in self.network.hidden()}

    def filters(self) -> Array | None:
        """The weights (F, C, k, k) of the first convolution, as they are now, or None without one. `first_filters` keeps them as they
        were before training."""
        return next((value.copy() for value in self.network.parameters.values() if value.ndim == 4), None)

    def sample(self) -> tuple[Array, NDArray[np.integer], dict[str, Array]]:
        """Return the images that `activations` are of, (n, C, H, W) with raw pixels, their labels (n,), and these activations."""
        images = self.data.preprocessing.images(self.data.train.x[:SAMPLE])
        return images, self.labels["train"][:SAMPLE], self.activations()

    def arrays(self) -> dict[str, Arrays]:
        """gradients: of the last update, by backprop and numerically, (P,) each, without penalties; where both are computed."""
        compared = self.differentiation.compared
        return {"gradients": compared} if compared else {}

    def weights(self) -> dict[str, Array]:
        return self.network.state()
