"""Trained networks as models that MLflow can load and serve. Import this module late, because it imports mlflow."""

from __future__ import annotations

import json
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model as ModelFile
from mlflow.models import infer_signature

from zerosweep.nn.layer import Mode
from zerosweep.nn.model import Model
from zerosweep.nn.registry import MODELS
from zerosweep.places import PACKAGE
from zerosweep.tasks.classification import ClassificationProblem

NAME = "model"


def log_model(
    client: MlflowClient,
    run_id: str,
    problem: ClassificationProblem,
    model: Model,
    bn: bool,
    softmax: bool,
) -> None:
    """Save a network as the model "model" of a run: recipe, weights, signature, input example and this package.

    The run stays RUNNING. MLflow's own `log_model` needs an active run and ends it as FINISHED.

    Args:
        problem: The problem with the trained network and its data.
        model: The recipe of the network.
        bn: Whether the network has batch normalization.
        softmax: Whether the loss applied a softmax to the outputs.
    """
    network, preprocessing = problem.network, problem.data.preprocessing
    recipe = {
        "model": next(name for name, kind in MODELS.items() if kind is type(model)),
        "settings": asdict(model),
        "bn": bn,
        "classes": problem.classes,
        "input_shape": network.input_shape,
        "dtype": network.dtype.name,
        "preprocessing": asdict(preprocessing),
        "softmax": softmax,
    }
    x = problem.data.train.x[:2]
    raw = preprocessing.raw(x)
    signature = infer_signature(raw, network.forward(x, Mode.EVALUATE))
    silence = warnings.catch_warnings(record=True)  # MLflow asks for a type hint, but accepts none for an array
    with tempfile.TemporaryDirectory() as folder, silence:
        (recipe_file := Path(folder, "recipe.json")).write_text(json.dumps(recipe, indent=2))
        np.savez(weights_file := Path(folder, "weights.npz"), allow_pickle=False, **network.state())
        run = client.get_run(run_id)
        logged = client.create_logged_model(run.info.experiment_id, NAME, run_id, params=run.data.params)
        mlflow.pyfunc.save_model(
            path=(saved := Path(folder, NAME)),
            mlflow_model=ModelFile(
                logged.artifact_location, run_id, model_uuid=logged.model_id, model_id=logged.model_id
            ),
            python_model=str(PACKAGE / "tracking" / "served.py"),
            artifacts={"recipe": str(recipe_file), "weights": str(weights_file)},
            signature=signature,
            input_example=raw,
            code_paths=[str(PACKAGE)],
            pip_requirements=[f"mlflow=={mlflow.__version__}", f"numpy=={np.__version__}"],
        )
        client.log_model_artifacts(logged.model_id, str(saved))
        client.finalize_logged_model(logged.model_id, "READY")
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
