"""Trained networks as models that MLflow can load and serve. Import this module late, because it imports mlflow."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model as ModelFile
from mlflow.models import ModelSignature
from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec
from numpy.typing import NDArray

from zerosweep.nn.layer import Array
from zerosweep.places import PACKAGE
from zerosweep.predictor import NetworkSpec

NAME = "model"

DESCRIPTION = "mlflow.note.content"
"""Tag with the description that MLflow shows of a model."""


@dataclass(frozen=True)
class SavedModel:
    """A model in the store.

    Attributes:
        model_id: The id of the logged model.
        location: The URI of its files.
        example: Raw inputs, shape (n, D).
    """

    model_id: str
    location: str
    example: NDArray[Any]


def log_model(client: MlflowClient, run_id: str, spec: NetworkSpec, state: dict[str, Array], x: Array) -> SavedModel:
    """Save a network as the model "model" of a run: specification, weights, signature, example and this package.

    The run stays RUNNING. MLflow's own `log_model` needs an active run and ends it as FINISHED.

    The signature has no inputs: MLflow refuses arrays of any other type or number of axes than a signature has, and
    the model takes rows, images and data frames of any numeric type. It checks them itself.

    Args:
        client: A client of the store.
        run_id: The id of the run.
        spec: The specification of the network.
        state: All that the network learned, by name.
        x: Example rows of the network, shape (n, ...).
    """
    example = raw_example(spec, x)
    signature = ModelSignature(
        outputs=Schema([TensorSpec(np.dtype(spec.dtype), (-1, spec.classes))]),
        params=ParamSchema([ParamSpec("output", "string", "auto")]),
    )
    silence = warnings.catch_warnings(record=True)  # MLflow asks for a type hint, but accepts none for an array
    with tempfile.TemporaryDirectory() as folder, silence:
        (spec_file := Path(folder, "network.json")).write_text(spec.to_json())
        np.savez(weights_file := Path(folder, "weights.npz"), allow_pickle=False, **state)
        run = client.get_run(run_id)
        logged = client.create_logged_model(
            run.info.experiment_id, NAME, run_id, tags={DESCRIPTION: describe(spec)}, params=run.data.params
        )
        mlflow.pyfunc.save_model(
            path=(saved := Path(folder, NAME)),
            mlflow_model=ModelFile(
                logged.artifact_location, run_id, model_uuid=logged.model_id, model_id=logged.model_id
            ),
            python_model=str(PACKAGE / "tracking" / "served.py"),
            artifacts={"network": str(spec_file), "weights": str(weights_file)},
            signature=signature,
            input_example=example,
            code_paths=[str(PACKAGE)],
            pip_requirements=[f"mlflow=={mlflow.__version__}", f"numpy=={np.__version__}"],
        )
        client.log_model_artifacts(logged.model_id, str(saved))
        client.finalize_logged_model(logged.model_id, "READY")
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return SavedModel(str(logged.model_id), str(logged.artifact_location), example)


def raw_example(spec: NetworkSpec, x: Array) -> NDArray[Any]:
    """Return raw inputs for rows of the network, shape (n, D), as integers if they were such before preprocessing."""
    raw = spec.preprocessing.raw(x)
    whole = np.rint(raw)
    return whole.astype(np.int64) if np.allclose(raw, whole, rtol=0, atol=1e-3) else raw


def describe(spec: NetworkSpec) -> str:
    """Return a description of the model's inputs and outputs."""
    shape = spec.preprocessing.shape
    images = f"raw pixels as in the data, shape (n, {', '.join(map(str, shape))}) or flat" if len(shape) > 1 else ""
    scores = "the probability of each class" if spec.softmax else "an output for each class"
    scores += f" ({', '.join(spec.names)})" if spec.names else ""
    return f"Takes {images or f'rows of {shape[0]} raw features'}; gives {scores}."
