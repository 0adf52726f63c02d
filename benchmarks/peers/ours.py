"""zerosweep, as it trains in a real run: the records of `train()` with a `ClassificationProblem`.

Its time includes gathering mini-batches, computing losses, checking losses and parameters for being finite, and making
a record of each step. An evaluation is that of the training loop and computes more than accuracies: statistics of the
hidden layers over the training images, the validation loss, the penalty, and the norms of the gradient and the update.
Its 10,000 images are 1,000 for training, 1,000 for validation and 8,000 for testing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from workloads import BATCH, CLASSES, TRAINING_ROWS, Images, Workload

from peers.candidate import Candidate
from zerosweep.data.batches import Batches
from zerosweep.data.dataset import Data, Examples
from zerosweep.data.preprocessing import Preprocessing
from zerosweep.nn.cnn import CNN
from zerosweep.nn.initializers import He, Normal
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.nn.network import Network
from zerosweep.optim.registry import OPTIMIZERS
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.randomness import generator
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import Evaluation, Record, Step

WITHOUT_END = 10**9


def candidates(workload: Workload, images: Images) -> list[Candidate]:
    """Return zerosweep's training loop as the only candidate."""
    steps = workload.stretch
    trainer = Trainer(iterations=WITHOUT_END, batch_size=BATCH, eval_every=steps if workload.evaluated else WITHOUT_END)
    optimizer = OPTIMIZERS[workload.optimizer](lr=workload.lr)
    records = train(problem(workload, images), optimizer, Constant(), trainer)
    expect(Evaluation, records)  # the evaluation of the untrained state is not timed

    def advance() -> None:
        for _ in range(steps):
            expect(Step, records)
        if workload.evaluated:
            expect(Evaluation, records)

    return [Candidate("ours", advance, steps)]


def expect(kind: type[Record], records: Iterator[Record]) -> None:
    """Draw the next record and check its type: after a divergence the times would mean nothing.

    Raises:
        RuntimeError: The record is of another type.
    """
    record = next(records)
    if not isinstance(record, kind):
        raise RuntimeError(f"expected {kind.__name__}, found {record}")


def problem(workload: Workload, images: Images) -> ClassificationProblem:
    """Return the problem of a workload, with initialized weights."""
    draw = partial(generator, 0)
    model = CNN(list(workload.channels)) if workload.channels else MLP(list(workload.hidden), workload.activation)
    side = math.isqrt(images.x.shape[1])
    shape = (1, side, side) if workload.channels else images.x.shape[1:]
    network = Network(model.layers(CLASSES, workload.bn, workload.dropout), shape, generator=draw)
    network.initialize(Normal(scale=workload.deviation) if workload.deviation else He(), draw)
    data = _data(images)
    batches = Batches(data.train, BATCH, "shuffle", draw("batches"))
    regularizer = Regularizer(l2=workload.l2, dropout=workload.dropout)
    return ClassificationProblem(network, CrossEntropy(), regularizer, data, batches)


def _data(images: Images) -> Data:
    training, validation = slice(TRAINING_ROWS), slice(TRAINING_ROWS, 2 * TRAINING_ROWS)
    testing = slice(2 * TRAINING_ROWS, None)
    sets = [Examples(images.x[rows], images.labels[rows]) for rows in (training, validation, testing)]
    return Data(*sets, CLASSES, "synthetic", Preprocessing(images.x.shape[1:]))
