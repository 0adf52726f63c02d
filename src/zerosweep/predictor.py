"""A trained network that classifies raw inputs: in this process, loaded from a recorded run, or served by MLflow."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerosweep.data.preprocessing import Preprocessing
from zerosweep.errors import DataError, UserError
from zerosweep.nn.dropout import scale_dropout
from zerosweep.nn.layer import Array
from zerosweep.nn.losses import softmax
from zerosweep.nn.network import Network
from zerosweep.nn.registry import MODELS

NETWORK, WEIGHTS = "network.json", "weights.npz"
"""Artifacts of a run that make up its predictor: the `NetworkSpec`, and the network's state."""


@dataclass(frozen=True)
class NetworkSpec:
    """All that a trained network's predictions depend on, besides its weights.

    Attributes:
        model: The name of the model in `MODELS`.
        settings: The settings of the model, by name.
        bn: Whether the network has batch normalization.
        classes: The number of classes.
        input_shape: The shape of an input row of the network.
        dtype: "float32" or "float64".
        softmax: Whether the loss applied a softmax to the outputs.
        preprocessing: The way from raw inputs to rows of the network.
        names: The names of the classes in order; () if they are their numbers.
        dropout: The rate of a dropout that scales at evaluation; 0 for none, or one that does nothing after training.
    """

    model: str
    settings: Mapping[str, Any]
    bn: bool
    classes: int
    input_shape: tuple[int, ...]
    dtype: str
    softmax: bool
    preprocessing: Preprocessing
    names: tuple[str, ...] = ()
    dropout: float = 0.0

    def to_json(self) -> str:
        """Return the specification as JSON text."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> NetworkSpec:
        """Return the specification that `to_json` wrote."""
        values = json.loads(text)
        for name in ("input_shape", "names"):
            values[name] = tuple(values[name])
        return cls(**values | {"preprocessing": Preprocessing(**values["preprocessing"])})

    def network(self) -> Network:
        """Return the network with all parameters zero."""
        layers = MODELS[self.model](**self.settings).layers(self.classes, self.bn, self.dropout)
        scale_dropout(layers, "test")
        return Network(layers, self.input_shape, self.dtype)


class Predictor:
    """A trained network and its preprocessing, for raw inputs as the data file has them.

    Inputs are arrays, lists or data frames of any numeric type: rows (n, D), images (n, H, W) or with channels, or a
    single row or image. Pixels are those of the file, as in 0 to 255, whatever the network was trained with. Calls from
    several threads wait for one another, since a pass writes into arrays of the network.

    Example:
        >>> from zerosweep.nn.mlp import MLP
        >>> spec = NetworkSpec("mlp", {"hidden": []}, False, 2, (3,), "float32", True, Preprocessing((3,)))
        >>> Predictor(spec, {"dense1.W": np.eye(3, 2), "dense1.b": np.zeros(2)}).predict([[0, 7, 0], [1, 0, 9]])
        array([1, 0])

    Attributes:
        spec: The specification of the network.
        network: The trained network.
    """

    def __init__(self, spec: NetworkSpec, state: Mapping[str, Array]):
        """Build the network.

        Args:
            spec: The specification of the network.
            state: All that the network learned, by name, as `Network.state` gives it. It is copied.
        """
        self.spec, self.network = spec, spec.network()
        self.network.load(dict(state))
        self._one_at_a_time = threading.Lock()

    def predict(self, inputs: Any) -> NDArray[Any]:
        """Return the class of each input, shape (n,): its number, or its name where classes have names.

        Raises:
            DataError: The inputs have another shape, or are not finite numbers.
        """
        found = np.asarray(self.outputs(inputs).argmax(axis=1))
        return np.array(self.spec.names)[found] if self.spec.names else found

    def probabilities(self, inputs: Any) -> Array:
        """Return the probability of each class, shape (n, classes).

        Raises:
            DataError: The inputs have another shape, or are not finite numbers.
            UserError: The network was trained with a loss that does not take its outputs for probabilities.
        """
        if not self.spec.softmax:
            raise UserError("this network's loss has no softmax, so it gives no probabilities; use predict or scores")
        return self.scores(inputs)

    def scores(self, inputs: Any) -> Array:
        """Return probabilities if the loss has a softmax, else the network's outputs, shape (n, classes)."""
        outputs = self.outputs(inputs)
        return softmax(outputs) if self.spec.softmax else outputs

    def outputs(self, inputs: Any) -> Array:
        """Return the outputs of the network, shape (n, classes).

        Raises:
            DataError: The inputs have another shape, or are not finite numbers.
            UserError: The outputs are not finite.
        """
        x = self.spec.preprocessing(self._batch(inputs), self.network.dtype)
        with self._one_at_a_time, np.errstate(all="ignore"):
            try:
                found = self.network.outputs(x)
            finally:
                self.network.release()  # each number of rows has arrays of its own, and a server sees many
        if not np.isfinite(found).all():
            raise UserError("this network's outputs are not finite, as after a run that diverged")
        return found

    def _batch(self, inputs: Any) -> NDArray[Any]:
        """Return the inputs as an array with an axis of rows, (n, ...)."""
        try:
            raw = np.asarray(inputs)
            if raw.dtype == object:
                raw = raw.astype(np.float64)
        except (ValueError, TypeError):
            raise DataError("inputs must be rows of numbers, all of one length") from None
        if raw.dtype.kind not in "buif":
            raise DataError(f"inputs must be numbers; found {raw.dtype}")
        if raw.dtype.kind == "f" and not np.isfinite(raw).all():
            raise DataError(f"inputs must be finite; found {raw[~np.isfinite(raw)][0]}")
        of_one = [n for n in self.spec.preprocessing.shape if n != 1]
        given = [n for n in raw.shape if n != 1]
        return raw[np.newaxis] if given in (of_one, [math.prod(of_one)]) else raw
