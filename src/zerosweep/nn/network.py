"""A network: layers in a row over one vector of parameters and one of gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike

from zerosweep.errors import SettingError
from zerosweep.nn.initializers import Initializer
from zerosweep.nn.layer import Activation, Array, Layer, Mode, Parameter, Shape

CHUNK = 1_000
"""Rows per pass of an evaluation: large enough for fast products, small enough to stay in the cache."""

CHUNK_OF_IMAGES = 100
"""The same where layers pass images on, of which each takes thousands of numbers."""


class Network:
    """Layers applied one after another to mini-batches x: (N, *input_shape).

    All parameters live in one contiguous vector `theta: (P,)`, weights first, and all gradients in `gradient: (P,)` of
    the same order; `parameters` names views into theta, as in `parameters["dense1.W"]`. So an optimizer, a penalty, a
    norm or a check for NaN is a few operations on one vector.

    layers: fresh layers, each in one network only; they are named by kind and count, as `dense1`, `relu1`, `dense2`.
    dtype: float32 or float64, of parameters, gradients and all that passes through.
    generator: gives the random generator of a name; a layer draws from that of its own name only.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Shape,
        dtype: DTypeLike = np.float32,
        generator: Callable[[str], np.random.Generator] | None = None,
    ):
        self.layers, self.input_shape, self.dtype = list(layers), input_shape, np.dtype(dtype)
        needs: dict[str, Parameter] = {}
        shapes: list[Shape] = []
        shape = input_shape
        for layer, named in zip(self.layers, layer_names(self.layers), strict=True):
            layer.name = named
            shapes.append(shape)
            needs |= {f"{layer.name}.{name}": need for name, need in layer.parameters(shape).items()}
            shape = layer.output_shape(shape)
        self.output_shape = shape
        images = any(len(shape) == 3 for shape in (*shapes[1:], self.output_shape))
        self.chunk = CHUNK_OF_IMAGES if images else CHUNK
        # Weights first; sorted() is stable, so layers stay in order.
        self.specification = dict(sorted(needs.items(), key=lambda item: item[1].kind != "weight"))
        size = sum(need.size for need in needs.values())
        weights = [need.size for need in needs.values() if need.kind == "weight"]
        self.weight_count, self.hidden_weight_count = sum(weights), sum(weights[:-1])
        self.theta, self.gradient = np.zeros(size, self.dtype), np.zeros(size, self.dtype)
        self.parameters, self.gradients = self._views(self.theta), self._views(self.gradient)
        for layer, shape in zip(self.layers, shapes, strict=True):
            rng = generator(f"dropout/{layer.name}") if generator else None
            layer.bind(shape, self.dtype, self._of(layer, self.parameters), self._of(layer, self.gradients), rng)
        self.first_trainable = next((i for i, layer in enumerate(self.layers) if layer.values), len(self.layers))

    def _views(self, vector: Array) -> dict[str, Array]:
        views, start = {}, 0
        for name, need in self.specification.items():
            views[name] = vector[start : start + need.size].reshape(need.shape)
            start += need.size
        return views

    @staticmethod
    def _of(layer: Layer, named: dict[str, Array]) -> dict[str, Array]:
        return {
            name.removeprefix(f"{layer.name}."): view
            for name, view in named.items()
            if name.startswith(f"{layer.name}.")
        }

    def slices(self, layer: str) -> list[slice]:
        """Return where the parameters of a layer lie in theta. layer: its name, or "output" as for `trained_layer`."""
        name, start, found = trained_layer(layer, self.layers, self.input_shape), 0, []
        for parameter, need in self.specification.items():
            if parameter.startswith(f"{name}."):
                found.append(slice(start, start + need.size))
            start += need.size
        return found

    @property
    def weights(self) -> Array:
        """The part of theta that is weights: no bias, no scale or shift of a normalization. Those of the output layer, the last
        that has any, are behind the first `hidden_weight_count`."""
        return self.theta[: self.weight_count]

    @property
    def weight_gradients(self) -> Array:
        """The part of `gradient` that belongs to `weights`."""
        return self.gradient[: self.weight_count]

    def initialize(self, initializer: Initializer, generator: Callable[[str], np.random.Generator]) -> None:
        """Draw every weight; biases and shifts are 0, scales 1.

        The first weight of a layer comes from the generator named `init/<layer>`, any other from `init/<layer>.<weight>`.
        """
        drawn: set[str] = set()
        for name, need in self.specification.items():
            if need.kind == "weight":
                layer = name.partition(".")[0]
                source = name if layer in drawn else layer
                self.parameters[name][...] = initializer.draw(need, generator(f"init/{source}"))
                drawn.add(layer)
            else:
                self.parameters[name][...] = 1 if need.kind == "scale" else 0

    def forward(self, x: Array, mode: Mode) -> Array:
        """x: (N, *input_shape), or flat rows (N, D) -> outputs: (N, *output_shape), which hold until the next pass over as
        many rows."""
        x = x.reshape(len(x), *self.input_shape)
        for layer in self.layers:
            x = layer.forward(x, mode)
        return x

    def evaluate(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """(rows, their outputs) for all rows of x, as in `forward`, a chunk at a time, as evaluation passes."""
        for start in range(0, len(x), self.chunk):
            rows = slice(start, start + self.chunk)
            yield rows, self.forward(x[rows], Mode.EVALUATE)

    def outputs(self, x: Array) -> Array:
        """Return the outputs for all rows of x: (N, *input_shape), as evaluation passes, as a new array."""
        found = np.empty((len(x), *self.output_shape), self.dtype)
        for rows, chunk in self.evaluate(x):
            found[rows] = chunk
        return found

    def release(self) -> None:
        """Free the arrays that the passes wrote into. The next pass allocates them again."""
        for layer in self.layers:
            layer.release()

    def backward(self, d_outputs: Array) -> None:
        """dL/d(outputs) of the last forward pass -> `gradient`, overwritten."""
        d: Array | None = d_outputs
        for i in range(len(self.layers) - 1, self.first_trainable - 1, -1):
            assert d is not None
            d = self.layers[i].backward(d, need_dx=i > self.first_trainable)

    def hidden(self) -> Iterator[tuple[str, Activation, Array]]:
        """(name, activation, its outputs (N, units), or (N, C, H, W), in the last forward pass) of each hidden layer: hidden1, hidden2, ..."""
        for name, layer in hidden_layers(self.layers):
            yield name, layer, layer.y

    def state(self) -> dict[str, Array]:
        """Everything that was learnt, by name: parameters, and statistics such as running means. Views, not copies."""
        learnt = dict(self.parameters)
        for layer in self.layers:
            learnt |= {f"{layer.name}.{name}": value for name, value in layer.statistics.items()}
        return learnt

    def load(self, state: dict[str, Array]) -> None:
        """Overwrite what was learnt with `state`, as `state()` gave it for a network of the same layers."""
        own = self.state()
        shapes, expected = ({name: value.shape for name, value in named.items()} for named in (state, own))
        if shapes != expected:
            differ = sorted({name for name, _ in shapes.items() ^ expected.items()})
            raise ValueError(f"these weights are of another network: {', '.join(differ)} differ")
        for name, value in own.items():
            value[...] = state[name]


def hidden_layers(layers: Sequence[Layer]) -> list[tuple[str, Activation]]:
    """(name, activation) of each hidden layer: hidden1, hidden2, ..."""
    activations = (layer for layer in layers if isinstance(layer, Activation))
    return [(f"hidden{number}", layer) for number, layer in enumerate(activations, 1)]


def layer_names(layers: Sequence[Layer]) -> list[str]:
    """Return the names that layers get in a network, by kind and count: dense1, relu1, dense2, ..."""
    count: dict[str, int] = {}
    names = []
    for layer in layers:
        kind = type(layer).__name__.lower()
        count[kind] = count.get(kind, 0) + 1
        names.append(f"{kind}{count[kind]}")
    return names


def trained_layer(wanted: str, layers: Sequence[Layer], shape: Shape) -> str:
    """Return the name of a layer that has parameters.

    Args:
        wanted: The name of a layer, or "output" for the last one that has a weight.
        layers: The layers of a network, in order.
        shape: The shape of one input row.

    Raises:
        SettingError: No layer with parameters has this name. The setting that it names is `frozen`.
    """
    trained: list[str] = []
    output: list[str] = []
    for layer, name in zip(layers, layer_names(layers), strict=True):
        if needs := layer.parameters(shape):
            trained.append(name)
            if any(need.kind == "weight" for need in needs.values()):
                output = [name]
        shape = layer.output_shape(shape)
    if wanted == "output" and output:
        return output[0]
    if wanted not in trained:
        allowed = [*trained, *(["output"] if output else [])]
        raise SettingError("frozen", wanted, f"must be layers with parameters: {', '.join(allowed)}", allowed)
    return wanted
