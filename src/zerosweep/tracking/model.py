"""A trained network as a model that MLflow can load and serve anywhere. Imported late: it imports mlflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.models import infer_signature
from mlflow.pyfunc.model import PythonModel

import zerosweep
from zerosweep.nn.layer import Array, Mode
from zerosweep.nn.mlp import Model
from zerosweep.nn.network import Network
from zerosweep.tasks.classification import ClassificationProblem

ROWS = 500
"""At most so many rows are predicted at a time, however many are sent."""


class Classifier(PythonModel):
    """Images to scores. Holds a recipe and the weights; the network is built on first use.

    predict: pixels (N, D), as the data set's files hold them, to outputs (N, classes): probabilities where `softmax`,
    else the outputs as they are.
    """

    def __init__(
        self, model: Model, bn: bool, input_shape: tuple[int, ...], classes: int, scale: float, softmax: bool,
        weights: dict[str, Array],
    ):  # fmt: skip
        self.model, self.bn, self.input_shape, self.classes = model, bn, input_shape, classes
        self.scale, self.softmax, self.weights = scale, softmax, weights
        self._network: Network | None = None

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Array:
        if self._network is None:
            dtype = next(iter(self.weights.values())).dtype
            # Dropout does nothing outside of training, so the network is built without it.
            self._network = Network(self.model.layers(self.classes, self.bn, dropout=0), self.input_shape, dtype)
            self._network.load(self.weights)
        x = np.asarray(model_input, self._network.dtype) / self.scale
        outputs = np.empty((len(x), self.classes), x.dtype)
        for start in range(0, len(x), ROWS):
            outputs[start : start + ROWS] = self._network.forward(x[start : start + ROWS], Mode.EVALUATE)
        if not self.softmax:
            return outputs
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_model(
    uri: str, run_id: str, problem: ClassificationProblem, model: Model, bn: bool, scale: float, softmax: bool
) -> None:
    """Keep `problem`'s network as the artifact `model` of the run, with signature, input example and this package's code.

    scale: what pixels were divided by in training."""
    network = problem.network
    weights = {name: value.copy() for name, value in network.state().items()}
    assert problem.classes is not None
    classifier = Classifier(model, bn, network.input_shape, problem.classes, scale, softmax, weights)
    example = problem.data.train.x[:2] * np.float32(scale)
    mlflow.set_tracking_uri(uri)
    with mlflow.start_run(run_id=run_id):
        mlflow.pyfunc.log_model(
            name="model",
            python_model=classifier,
            signature=infer_signature(example, classifier.predict(None, example)),
            input_example=example,
            code_paths=[str(Path(zerosweep.__file__).parent)],
            pip_requirements=[f"mlflow=={mlflow.__version__}", f"numpy=={np.__version__}"],
        )
