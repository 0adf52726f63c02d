"""The limit: what a step cannot do without in NumPy, its matrix products, by the BLAS that NumPy comes with.

A step multiplies forward (x W), and backward for the weights (xᵀ dy) and for the layer below (dy Wᵀ; not for the first
layer, whose input is the image). A convolution is the product of its weights with the columns of its input, which count as
given: in one piece, or in one for each row of the output, whichever is faster. An evaluation multiplies forward. Operands are float32 and chained as in training, so
that caches see the same traffic; results go into arrays made beforehand. No bias, activation, loss, gather or update.
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
"""Rows per product of an evaluation; the fastest counts."""


def candidates(workload: Workload, images: Images) -> list[Candidate]:
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
    """A step of the stages in turn and of the dense layer behind them. by_row: the products of a stage by rows of its output."""
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
