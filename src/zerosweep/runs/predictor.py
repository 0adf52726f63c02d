"""The predictor of a run: what it saves of its trained network, and how that is loaded again."""

from __future__ import annotations

import io
from dataclasses import asdict

import numpy as np

from zerosweep.config.schemas import Settings
from zerosweep.errors import UserError
from zerosweep.nn.registry import MODELS
from zerosweep.predictor import NETWORK, WEIGHTS, NetworkSpec, Predictor
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tracking.record import content
from zerosweep.tracking.store import open_store


def network_spec(settings: Settings, problem: ClassificationProblem) -> NetworkSpec:
    """Return the specification of the network of a run.

    Args:
        settings: The settings of the run.
        problem: The problem that `assemble` made of them.
    """
    network, data = problem.network, problem.data
    return NetworkSpec(
        model=next(name for name, kind in MODELS.items() if kind is type(settings.model)),
        settings=asdict(settings.model),
        bn=settings.bn,
        classes=data.classes,
        input_shape=tuple(network.input_shape),
        dtype=network.dtype.name,
        softmax=settings.loss.softmax,
        preprocessing=data.preprocessing,
        names=data.names,
        dropout=settings.regularizer.dropout if settings.regularizer.dropout_scaling == "test" else 0.0,
    )


def recorded_predictor(uri: str, run_id: str) -> Predictor:
    """Return the predictor of a recorded run of a classification. Neither its data nor its settings are read.

    Args:
        uri: The URI of the store.
        run_id: The id of the run.

    Raises:
        UserError: The run has saved no network.
    """
    client = open_store(uri)
    if missing := {NETWORK, WEIGHTS} - {entry.path for entry in client.list_artifacts(run_id)}:
        raise UserError(f"run {run_id} has no artifact {min(missing)}, so it cannot predict; train it again")
    with np.load(io.BytesIO(content(client, run_id, WEIGHTS))) as weights:
        return Predictor(NetworkSpec.from_json(content(client, run_id, NETWORK).decode()), dict(weights))
