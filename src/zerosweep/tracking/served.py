"""Model that MLflow loads and serves: a network from its recipe and weights.

MLflow runs this file itself ("models from code").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from zerosweep.data.preprocessing import Preprocessing
from zerosweep.nn.layer import Array
from zerosweep.nn.network import Network
from zerosweep.nn.registry import MODELS


class Classifier(PythonModel):
    """Network that maps raw inputs, as the data file has them, to scores, shape (N, classes).

    The scores are probabilities if the network was trained with cross-entropy, and otherwise the outputs of the
    network.
    """

    def load_context(self, context: Any) -> None:
        """Build the network from the artifacts `recipe` (JSON) and `weights` (npz)."""
        self.recipe = json.loads(Path(context.artifacts["recipe"]).read_text())
        model = MODELS[self.recipe["model"]](**self.recipe["settings"])
        self.preprocessing = Preprocessing(**self.recipe["preprocessing"])
        # Dropout does nothing outside training, so the network is built without it.
        layers = model.layers(self.recipe["classes"], self.recipe["bn"], dropout=0)
        self.network = Network(layers, tuple(self.recipe["input_shape"]), self.recipe["dtype"])
        with np.load(context.artifacts["weights"]) as weights:
            self.network.load(dict(weights))

    def predict(self, context, model_input, params=None) -> Array:  # type: ignore[no-untyped-def]  # read by MLflow
        """Return the scores of raw inputs, (N, D) or in the shape of the data, as shape (N, classes)."""
        x = self.preprocessing(np.asarray(model_input), self.network.dtype)
        outputs = np.empty((len(x), self.recipe["classes"]), x.dtype)
        for rows, chunk in self.network.evaluate(x):
            outputs[rows] = chunk
        if not self.recipe["softmax"]:
            return outputs
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


set_model(Classifier())
