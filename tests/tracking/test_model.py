"""The model that a run keeps, loaded back."""

import mlflow
import numpy as np
import pytest

from zerosweep.data.digits import Digits
from zerosweep.tracking.store import open_store


@pytest.mark.parametrize(
    ("loss", "model"),
    [("cross_entropy", ["model=mlp"]), ("mse", ["model=mlp"]), ("cross_entropy", ["model=cnn", "model.channels=[4]"])],
    ids=["cross_entropy", "mse", "cnn"],
)
def test_a_kept_model_predicts_what_the_network_did(loss, model, train, runs, store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    result = train("tracking.model=true", "bn=true", "regularizer=dropout", "optimizer=adam", f"loss={loss}", *model)
    assert result.returncode == 0, result.stderr
    (run,) = runs()
    assert run.info.status == "FINISHED"
    mlflow.set_tracking_uri(store)
    model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    assert model.metadata.signature.inputs.to_dict()[0]["tensor-spec"]["shape"] == (-1, 64)
    assert model.input_example is not None

    source = Digits().source()
    scores = model.predict(source.pixels.astype(np.float32))
    assert scores.shape == (1797, 10)
    if loss == "cross_entropy":
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    correct = int((scores.argmax(axis=1) == source.labels).sum())
    metrics = run.data.metrics
    seen = 1257 * metrics["train/accuracy"] + 180 * metrics["val/accuracy"] + 360 * metrics["test/accuracy"]
    assert correct == round(seen)
    assert open_store(store).list_artifacts(run.info.run_id)
