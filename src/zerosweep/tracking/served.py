"""Model that MLflow loads and serves: the predictor of a run.

MLflow runs this file itself ("models from code").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel
from numpy.typing import NDArray

from zerosweep.errors import UserError
from zerosweep.predictor import NetworkSpec, Predictor

OUTPUTS = ("auto", "scores", "classes")
"""Values of the parameter `output`."""


class Classifier(PythonModel):
    """Classifier of raw inputs of any of the shapes that a `Predictor` takes.

    The parameter `output` says what is returned:
    - "scores": the probability of each class, or the outputs of a network whose loss has no softmax, (n, classes);
    - "classes": the class of each input, (n,);
    - "auto": classes for a data frame, since `mlflow.models.evaluate` gives a classifier data frames and expects
      classes; scores for anything else.
    """

    def load_context(self, context: Any) -> None:
        """Build the network from the artifacts `network` (JSON) and `weights` (npz)."""
        spec = NetworkSpec.from_json(Path(context.artifacts["network"]).read_text())
        with np.load(context.artifacts["weights"]) as weights:
            self.predictor = Predictor(spec, dict(weights))

    def predict(self, context, model_input, params=None) -> NDArray[Any]:  # type: ignore[no-untyped-def]  # read by MLflow
        """Return scores or classes of the inputs."""
        output = (params or {}).get("output", "auto")
        if output not in OUTPUTS:
            raise MlflowException.invalid_parameter_value(f"output={output}: must be one of {', '.join(OUTPUTS)}")
        if output == "auto":
            output = "classes" if hasattr(model_input, "columns") else "scores"
        try:
            return self.predictor.predict(model_input) if output == "classes" else self.predictor.scores(model_input)
        except UserError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None


set_model(Classifier())
