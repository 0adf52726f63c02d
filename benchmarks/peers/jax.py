"""JAX on one thread, in float32: a whole step compiled by `jit` with donated state, and 100 steps by `lax.scan`.

It does less than zerosweep. The row numbers of ten epochs are shuffled in advance and are on the device, losses are
neither stored nor read, nothing is checked for being finite, and calls are queued and awaited once a stretch.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from workloads import BATCH, EVALUATED_ROWS, TRAINING_ROWS, Images, Workload

from peers.candidate import Candidate, fastest

SCANNED = 100
CHUNKS = (500, 1_000, 2_500, 10_000)
State = dict[str, Any]


def candidates(workload: Workload, images: Images) -> list[Candidate]:
    """Return the compiled step and, if nothing prevents it, the compiled loop; nothing for a convolutional network."""
    if workload.channels:
        return []
    one_step = jax.jit(_step_of(workload, images), donate_argnums=0)
    state = initial(workload)
    if workload.evaluated:
        correct = jax.jit(lambda state, x, labels: jnp.sum(logits(workload, state, x)[0].argmax(1) == labels))
        pieces = {chunk: _pieces(images, chunk) for chunk in CHUNKS}

        def evaluate(chunk: int) -> float:
            return sum(int(n) for n in [correct(state, x, labels) for x, labels in pieces[chunk]]) / EVALUATED_ROWS

        chunk = fastest(CHUNKS, evaluate)

    def advance() -> None:
        nonlocal state
        for _ in range(workload.stretch):
            state = one_step(state)
        if workload.evaluated:
            evaluate(chunk)
        jax.block_until_ready(state)

    found = [Candidate("jax", advance, workload.stretch)]
    if not (workload.evaluated or workload.dropout):
        found.append(_scanned(workload, images))
    return found


def _scanned(workload: Workload, images: Images) -> Candidate:
    step = _step_of(workload, images)
    many = jax.jit(lambda state: lax.scan(lambda s, _: (step(s), None), state, None, SCANNED)[0], donate_argnums=0)
    state = initial(workload)

    def advance() -> None:
        nonlocal state
        state = jax.block_until_ready(many(state))

    return Candidate("jax_scan", advance, SCANNED)


def _pieces(images: Images, chunk: int) -> list[tuple[jax.Array, jax.Array]]:
    starts = range(0, EVALUATED_ROWS, chunk)
    return [(jnp.asarray(images.x[i : i + chunk]), jnp.asarray(images.labels[i : i + chunk])) for i in starts]


def initial(workload: Workload) -> State:
    """Return the initial state: parameters, Adam's moments, running statistics, the step and dropout's key."""
    rng = np.random.default_rng(0)
    params, running = [], []
    for i, (inputs, units) in enumerate(pairwise(workload.widths), 1):
        layer = {"W": jnp.asarray(rng.normal(0, workload.start(inputs), (inputs, units)), jnp.float32)}
        normalized = workload.bn and i < len(workload.widths) - 1
        if normalized:
            layer |= {"gamma": jnp.ones(units), "beta": jnp.zeros(units)}
            running.append((jnp.zeros(units), jnp.ones(units)))
        else:
            layer["b"] = jnp.zeros(units)
        params.append(layer)
    state: State = {"params": params, "running": running, "t": jnp.zeros((), jnp.int32)}
    if workload.optimizer == "adam":
        state |= {"m": jax.tree.map(jnp.zeros_like, params), "v": jax.tree.map(jnp.zeros_like, params)}
    if workload.dropout:
        state["key"] = jax.random.key(0)
    return state


def logits(workload: Workload, state: State, x: jax.Array, key: jax.Array | None = None, train: bool = False) -> Any:
    """Return the outputs for a mini-batch, and the running statistics after it."""
    running = []
    *hidden, last = state["params"]
    keys = jax.random.split(key, len(hidden)) if key is not None else [None] * len(hidden)
    for i, (layer, own_key) in enumerate(zip(hidden, keys, strict=True)):
        x = x @ layer["W"]
        if workload.bn:
            mean, variance = (x.mean(0), x.var(0)) if train else state["running"][i]
            running.append(tuple(0.9 * r + 0.1 * b for r, b in zip(state["running"][i], (mean, variance), strict=True)))
            x = (x - mean) * (layer["gamma"] * lax.rsqrt(variance + 1e-5)) + layer["beta"]
        else:
            x = x + layer["b"]
        x = jax.nn.relu(x) if workload.activation == "relu" else jax.nn.sigmoid(x)
        if own_key is not None:
            x = jnp.where(jax.random.bernoulli(own_key, 1 - workload.dropout, x.shape), x / (1 - workload.dropout), 0)
    return x @ last["W"] + last["b"], running


def _step_of(workload: Workload, images: Images) -> Any:
    x, labels = jnp.asarray(images.training_x), jnp.asarray(images.training_labels)
    rng = np.random.default_rng(0)
    rows = jnp.asarray(np.concatenate([rng.permutation(TRAINING_ROWS) for _ in range(10)]).reshape(-1, BATCH))

    def step(state: State) -> State:
        chosen = rows[state["t"] % len(rows)]
        new = dict(state)
        key = None
        if workload.dropout:
            new["key"], key = jax.random.split(state["key"])

        def loss(params: Any) -> Any:
            outputs, running = logits(workload, state | {"params": params}, x[chosen], key, train=True)
            log_p = jax.nn.log_softmax(outputs)
            return -jnp.take_along_axis(log_p, labels[chosen][:, None], 1).mean(), running

        gradient, new["running"] = jax.grad(loss, has_aux=True)(state["params"])
        if workload.l2:
            gradient = [
                g | {"W": g["W"] + workload.l2 * p["W"]} for g, p in zip(gradient, state["params"], strict=True)
            ]
        new["t"] = state["t"] + 1
        return new | (adam if workload.optimizer == "adam" else sgd)(state, gradient, workload.lr)

    return step


def sgd(state: State, gradient: Any, lr: float) -> State:
    return {"params": jax.tree.map(lambda p, g: p - lr * g, state["params"], gradient)}


def adam(state: State, gradient: Any, lr: float) -> State:
    t = state["t"] + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state["m"], gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state["v"], gradient)
    a, b = lr / (1 - 0.9**t), 1 / (1 - 0.999**t)
    params = jax.tree.map(lambda p, m, v: p - a * m / (jnp.sqrt(b * v) + 1e-8), state["params"], m, v)
    return {"params": params, "m": m, "v": v}
