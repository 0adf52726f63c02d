"""The model that a run keeps, loaded back."""

import signal
import subprocess

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_digits
from tests.conftest import train_command

from zerosweep.data.digits import Digits
from zerosweep.errors import UserError
from zerosweep.runs.predictor import recorded_predictor
from zerosweep.tracking.store import open_store


@pytest.mark.slow
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
    assert model.metadata.signature.outputs.to_dict()[0]["tensor-spec"]["shape"] == (-1, 10)
    np.testing.assert_array_equal(np.shape(model.input_example), (1, 64))

    source = Digits().source()
    scores = model.predict(source.x.astype(np.float32))
    assert scores.shape == (1797, 10)
    for inputs in (source.x, load_digits().data, load_digits().images, load_digits().images.tolist()):
        np.testing.assert_allclose(model.predict(inputs), scores, rtol=1e-4, atol=1e-6)
    classes = scores.argmax(axis=1)
    assert (model.predict(source.x, params={"output": "classes"}) == classes).all()
    assert (model.predict(load_digits(as_frame=True).data) == classes).all()
    with pytest.raises(MlflowException, match="must be one of auto, scores, classes"):
        model.predict(source.x, params={"output": "clases"})
    again = recorded_predictor(store, run.info.run_id)
    assert (again.predict(source.x) == classes).all()
    assert (again.scores(source.x) == scores).all()
    if loss == "cross_entropy":
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    correct = int((scores.argmax(axis=1) == source.labels).sum())
    metrics = run.data.metrics
    seen = 1257 * metrics["train/accuracy"] + 180 * metrics["val/accuracy"] + 360 * metrics["test/accuracy"]
    assert correct == round(seen)
    assert open_store(store).list_artifacts(run.info.run_id)
    (logged,) = open_store(store).search_logged_models([run.info.experiment_id], f"source_run_id = '{run.info.run_id}'")
    assert {metric.key: metric.value for metric in logged.metrics} == metrics
    assert "raw pixels" in logged.tags["mlflow.note.content"]
    points = open_store(store).get_metric_history(run.info.run_id, "val/accuracy")
    assert len({point.step for point in points}) == len(points)  # linked, and not recorded twice


@pytest.mark.slow
def test_a_kept_model_passes_mlflows_evaluation_of_a_classifier(train, runs, store, experiment, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    settings = ("optimizer=adam", "bn=true", "trainer.epochs=4", "tracking.figures=false")
    assert train("tracking.model=true", *settings).returncode == 0
    (run,) = runs()
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment(f"{experiment}-evaluations")
    data, labels = load_digits(return_X_y=True)
    uri = f"runs:/{run.info.run_id}/model"
    found = mlflow.models.evaluate(uri, data, targets=labels, model_type="classifier")
    right = recorded_predictor(store, run.info.run_id).predict(data) == labels
    assert found.metrics["accuracy_score"] == pytest.approx(right.mean())
    assert {"confusion_matrix", "per_class_metrics"} <= set(found.artifacts)


@pytest.mark.slow
def test_a_run_without_a_network_predicts_nothing(train, runs, store):
    assert train("task=surface", "tracking.figures=false").returncode == 0
    (run,) = runs()
    with pytest.raises(UserError, match=rf"run {run.info.run_id} has no artifact network.json, so it cannot predict"):
        recorded_predictor(store, run.info.run_id)


KILLED_AFTER_ITS_MODEL = """
import os, runpy, signal, sys
from zerosweep.tracking.runlog import RunLog
RunLog._end = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""A process that dies when its model is saved and nothing else of its run is."""


@pytest.mark.slow
def test_a_run_killed_after_its_model_was_saved_does_not_stand_as_done(train, environment, experiment, runs, tmp_path):
    settings = ("tracking.model=true", "trainer.iterations=20", "tracking.figures=false")
    python, *command = train_command(*settings, experiment=experiment)
    process = subprocess.run(
        [python, "-c", KILLED_AFTER_ITS_MODEL, *command], env=environment, cwd=tmp_path, timeout=120, check=False
    )
    assert process.returncode == -signal.SIGKILL
    assert [run.info.status for run in runs()] == ["RUNNING"]
    result = train("-m", *settings)
    assert "1 finished;" in result.stdout, result.stdout + result.stderr
    done, killed = runs()
    assert (done.info.status, killed.info.status) == ("FINISHED", "KILLED")
    assert done.data.metrics["val/accuracy"] > 0
