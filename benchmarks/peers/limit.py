"""The limit: the matrix products of a step, which no implementation in NumPy can avoid, with NumPy's BLAS.

A step has the forward product x W, and the backward products xᵀ dy for the weights and dy Wᵀ for the layer below,
except in the first layer. A convolution is the product of its weights with the columns of its input, which are given in
advance: as one product or as one for each row of the output, whichever is faster. An evaluation has forward products
only. Operands are float32 and chained as in training, for the same traffic in the caches. Results go into preallocated
arrays. There is no bias, activation, loss, gathering of rows or update.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from workloads import BATCH, CLASSES, EVALUATED_ROWS, KERNEL, Images, Workload

from peers.candidate import Candidate, fastest, stepwise

Array = NDArray[np.float32]
Product = Callable[..., Array]

CHUNKS = (100, 250, 500, 1_000, 2_500, 10_000)
"""The numbers of rows in a product of an evaluation; the fastest counts."""


def candidates(workload: Workload, images: Images) -> list[Candidate]:
    """Return the limit, in the fastest of several ways to compute the same products."""
    if workload.channels:
        step, product = fastest(
            [
                (_convolutional(workload, by_row), product)
                for by_row in (False, True)
                for product in (np.dot, np.matmul)
            ],
            lambda way: way[0](way[1]),
        )
        return [stepwise("limit", workload, lambda: step(product))]
    weights = _weights(workload)
    step = _step(weights, images)
    product = fastest((np.dot, np.matmul), step, repeats=50)
    if not workload.evaluated:
        return [stepwise("limit", workload, lambda: step(product))]
    evaluations = [_evaluation(weights, images, chunk) for chunk in CHUNKS]
    evaluate, evaluation_product = fastest(
        [(evaluate, product) for evaluate in evaluations for product in (np.dot, np.matmul)], lambda way: way[0](way[1])
    )
    return [stepwise("limit", workload, lambda: step(product), lambda: evaluate(evaluation_product))]


def _weights(workload: Workload) -> list[Array]:
    rng = np.random.default_rng(1)
    return [
        (rng.standard_normal((inputs, units)) * inputs**-0.5).astype(np.float32)
        for inputs, units in pairwise(workload.widths)
    ]


def _step(weights: list[Array], images: Images) -> Callable[[Product], None]:
    x = images.x[:BATCH].copy()
    outputs = [np.empty((BATCH, w.shape[1]), np.float32) for w in weights]
    d_inputs = [np.empty((BATCH, w.shape[0]), np.float32) for w in weights]
    d_weights = [np.empty_like(w) for w in weights]
    d_outputs = np.random.default_rng(2).standard_normal((BATCH, CLASSES), np.float32)
    inputs, dys = [x, *outputs[:-1]], [*d_inputs[1:], d_outputs]
    forward = list(zip(inputs, weights, outputs, strict=True))
    for_weights = list(zip([x.T for x in inputs], dys, d_weights, strict=True))
    for_inputs = list(zip(dys, [w.T for w in weights], d_inputs, strict=True))

    def step(product: Product) -> None:
        for a, b, out in forward:
            product(a, b, out=out)
        for layer in range(len(weights) - 1, -1, -1):
            a, b, out = for_weights[layer]
            product(a, b, out=out)
            if layer:
                a, b, out = for_inputs[layer]
                product(a, b, out=out)

    return step


def _convolutional(workload: Workload, by_row: bool) -> Callable[[Product], None]:
    """Return a step of a convolutional network: its stages in turn, and the dense layer after them.

    Args:
        workload: The workload.
        by_row: Whether a stage has one product for each row of its output, instead of one in all.
    """
    rng = np.random.default_rng(1)

    def filled(*shape: int) -> Array:
        return rng.standard_normal(shape, np.float32)

    forward: list[tuple[Array, Array, Array]] = []
    backward: list[tuple[Array, Array, Array]] = []
    for i, (channels, filters, side) in enumerate(workload.stages):
        pieces = (side, side * BATCH) if by_row else (1, side * side * BATCH)
        size = channels * KERNEL**2
        w, d_w = filled(filters, size), np.empty((filters, size), np.float32)
        columns, y, dy = (
            filled(pieces[0], size, pieces[1]),
            filled(pieces[0], filters, pieces[1]),
            filled(pieces[0], filters, pieces[1]),
        )
        forward += [(w, columns[r], y[r]) for r in range(pieces[0])]
        d_columns = np.empty((size, pieces[1]), np.float32)
        for r in range(pieces[0]):
            backward.append((dy[r], columns[r].T, d_w))
            if i:
                backward.append((w.T, dy[r], d_columns))
    x, w = filled(BATCH, workload.features), filled(workload.features, CLASSES)
    y, d_x, d_w = filled(BATCH, CLASSES), np.empty_like(x), np.empty_like(w)
    products = [*forward, (x, w, y), (x.T, y, d_w), (y, w.T, d_x), *reversed(backward)]

    def step(product: Product) -> None:
        for a, b, out in products:
            product(a, b, out=out)

    return step


def _evaluation(weights: list[Array], images: Images, chunk: int) -> Callable[[Product], None]:
    outputs = [np.empty((chunk, w.shape[1]), np.float32) for w in weights]
    layers = list(zip(weights, outputs, strict=True))

    def evaluate(product: Product) -> None:
        for start in range(0, EVALUATED_ROWS, chunk):
            x = images.x[start : start + chunk]
            for w, out in layers:
                x = product(x, w, out=out)

    return evaluate
