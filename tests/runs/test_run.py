"""Whole runs and a whole grid, started from the command line and read back from the store."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from zerosweep.tracking.store import open_store

TAGS = {"role", "config_id", "code_id", "data_id", "verdict", "host"}


@pytest.fixture
def artifacts(store, tmp_path):
    def fetch(run, path):
        return Path(open_store(store).download_artifacts(run.info.run_id, path, str(tmp_path)))

    return fetch


@pytest.fixture
def curve(store):
    def points(run, metric):
        return [(point.step, point.value) for point in open_store(store).get_metric_history(run.info.run_id, metric)]

    return points


def test_a_run_lands_whole(train, runs, curve, artifacts, store):
    result = train(
        "optimizer=adam", "optimizer.lr=0.01", "bn=true", "regularizer=l2", "trainer.epochs=2", "model.hidden=[20,10]"
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("learned: ")
    (run,) = runs()
    assert run.info.status == "FINISHED"
    params = run.data.params
    assert params["optimizer"] == "adam"
    assert params["optimizer.lr"] == "0.01"
    assert params["bn"] == "true"
    assert params["model.hidden"] == "[20,10]"
    assert params["trainer.iterations"] == "null"
    assert params["regularizer"] == "l2"
    assert params["regularizer.l2"] == "0.1"
    assert params["seed"] == "0"
    assert set(run.data.tags) >= TAGS
    assert run.data.tags["role"] == "run"
    assert run.data.tags["verdict"] == "learned"
    assert run.data.tags["health"] == "ok"
    assert run.info.run_name == "adam l2 lr=0.01 epochs=2 hidden=[20,10] bn"
    note = run.data.tags["mlflow.note.content"]
    assert note.startswith("**learned** after 26 steps on digits (1257 train, 180 validation, 360 test): val/accuracy ")
    assert "To do it again: `python src/train.py " in note
    assert " optimizer=adam optimizer.lr=0.01 bn=true regularizer=l2 trainer.epochs=2 " in note
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("digits", run.data.tags["data_id"])
    assert {tag.key: tag.value for tag in data.tags} == {
        "mlflow.data.context": "train, validation, test",
        **{"train_rows": "1257", "validation_rows": "180", "test_rows": "360"},
    }
    assert set(run.data.metrics) >= {
        *("train/loss", "train/accuracy", "train/penalty", "val/loss", "val/accuracy", "test/accuracy"),
        *("dead/hidden1", "dead/hidden2", "activation_std/hidden1", "activation_std/hidden2"),
        *("signal/hidden1", "signal/hidden2"),
        *("gradient_norm", "update_ratio", "time/steps_per_second"),
    }
    steps = 2 * 13  # 1,257 rows by 100
    assert [step for step, _ in curve(run, "train/loss")] == list(range(1, steps + 1))
    assert [step for step, _ in curve(run, "val/accuracy")] == [0, 13, 26]
    assert curve(run, "lr") == [(13, 0.01), (26, 0.01)]

    resolved = yaml.safe_load(artifacts(run, "config/config.yaml").read_text())
    assert resolved["trainer"]["epochs"] == 2
    overrides = yaml.safe_load(artifacts(run, "config/overrides.yaml").read_text())
    assert {"optimizer=adam", "bn=true"} <= set(overrides)
    with np.load(artifacts(run, "arrays/predictions.npz")) as kept:
        assert np.trace(kept["confusion"]) == round(180 * run.data.metrics["val/accuracy"])
    with np.load(artifacts(run, "weights.npz")) as weights:
        assert weights["dense1.W"].shape == (64, 20)
        assert weights["batchnorm1.running_mean"].shape == (20,)
        assert np.isfinite(weights["dense3.W"]).all()
    for figure in ("learning_curves", "predictions", "activation_histograms"):
        assert artifacts(run, f"figures/{figure}.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_main_job_leaves_six_runs(train, runs):
    result = train("-m", "optimizer=sgd,momentum,adam", "bn=true,false", "trainer.epochs=1")
    assert result.returncode == 0, result.stderr
    found = runs()
    assert [run.info.status for run in found] == ["FINISHED"] * 6
    assert {(run.data.params["optimizer"], run.data.params["bn"]) for run in found} == {
        (optimizer, bn) for optimizer in ("sgd", "momentum", "adam") for bn in ("true", "false")
    }
    (summary,) = runs("summary")
    assert {run.data.tags["sweep"] for run in found} == {summary.data.tags["sweep"]}
    assert len({run.data.tags["config_id"] for run in found}) == 6
    assert len({run.data.tags["code_id"] + run.data.tags["data_id"] for run in found}) == 1
    assert not any("mlflow.parentRunId" in run.data.tags for run in found)


@pytest.mark.slow
def test_the_same_run_twice_is_the_same_bit_for_bit(train, runs, curve, artifacts):
    for _ in range(2):
        arguments = ["optimizer=momentum", "regularizer=dropout", "trainer.iterations=20", "trainer.eval_every=7"]
        assert train(*arguments, "trainer.sampling=with_replacement").returncode == 0
    first, second = runs()
    for metric in (name for name in first.data.metrics if not name.startswith("time/")):
        assert curve(first, metric) == curve(second, metric), metric
    assert first.data.tags["config_id"] == second.data.tags["config_id"]
    with np.load(artifacts(first, "weights.npz")) as one, np.load(artifacts(second, "weights.npz")) as other:
        assert all(one[name].tobytes() == other[name].tobytes() for name in one)


TOO_LARGE = "model.hidden=[8000000,8000000]"
"""256 TB of weights, more than any process can address."""


@pytest.fixture
def promised(tmp_path):
    """The environment of a machine that promises any memory: what is estimated to fit may not fit all the same."""
    promise = "from zerosweep.runs import memory\nmemory.available = lambda: 2**70\n"
    (tmp_path / "promise").mkdir()
    (tmp_path / "promise" / "sitecustomize.py").write_text(promise)
    return {"PYTHONPATH": str(tmp_path / "promise")}


@pytest.mark.slow
def test_a_run_too_large_for_memory_fails_with_its_traceback(train, runs, artifacts, promised):
    result = train(TOO_LARGE, **promised)
    assert result.returncode == 1
    assert "_ArrayMemoryError" in result.stderr
    (run,) = runs()
    assert run.info.status == "FAILED"
    assert "_ArrayMemoryError" in run.data.tags["error"]
    assert "in assemble" in artifacts(run, "traceback.txt").read_text()
    assert run.data.params["model.hidden"] == "[8000000,8000000]"
    assert artifacts(run, "config/config.yaml").exists()


@pytest.mark.slow
def test_a_run_of_a_sweep_that_is_too_large_costs_itself_alone(train, runs, promised):
    sizes = f"{TOO_LARGE},[10]"
    result = train("-m", sizes, "trainer.iterations=2", "tracking.figures=false", "report.figure=none", **promised)
    assert result.returncode == 1
    assert {run.data.params["model.hidden"]: run.info.status for run in runs()} == {
        "[8000000,8000000]": "FAILED",
        "[10]": "FINISHED",
    }
    (failed,) = (run for run in runs() if run.info.status == "FAILED")
    assert failed.info.run_id in result.stderr


@pytest.mark.slow
def test_a_diverged_run_says_where_and_stores_only_numbers(train, runs, curve):
    assert train("optimizer.lr=100").returncode == 0
    (run,) = runs()
    assert run.info.status == "FINISHED"
    assert run.data.tags["verdict"] == "diverged"
    at = int(run.data.tags["diverged_at"])
    assert run.data.metrics["diverged_at"] == at
    assert [step for step, _ in curve(run, "train/loss")][-1] in (at - 1, at)
    assert all(abs(value) < 1e300 for metric in run.data.metrics for _, value in curve(run, metric))


@pytest.mark.slow
def test_a_surface_has_its_trajectory(train, runs, curve, artifacts):
    assert train("task=surface", "optimizer.lr=0.1").returncode == 0
    (run,) = runs()
    x0 = dict(curve(run, "surface/x0"))
    assert (x0[0], x0[1]) == (-3, pytest.approx(-2.4))  # x - 0.1 · 2x
    assert run.data.metrics["surface/value"] < 1e-12
    assert "dataset" not in run.data.params
    assert artifacts(run, "figures/trajectory.png")
    with np.load(artifacts(run, "arrays/trajectory.npz")) as kept:
        assert kept["path"].shape == (101, 2)
        assert kept["path"][:, 0].tolist() == list(x0.values())
    with np.load(artifacts(run, "arrays/gradient_field.npz")) as kept:
        assert kept["gradient"].shape == (len(kept["x1"]), len(kept["x0"]), 2)


@pytest.mark.slow
def test_a_surface_diverges_and_hardly_moves_as_published(train, runs):
    assert train("-m", "task=surface", "optimizer.lr=10.0,1e-10").returncode == 0
    verdicts = {run.data.params["optimizer.lr"]: run.data.tags["verdict"] for run in runs()}
    assert verdicts == {"10.0": "diverged", "1e-10": "stuck"}


@pytest.mark.long
@pytest.mark.slow
def test_central_differences_train_the_small_network(train, runs):
    arguments = ["model=two_layer", "model.hidden=[5]", "trainer.iterations=3", "trainer.batch_size=20"]
    for gradient in ("backprop", "numerical"):
        assert train(*arguments, f"trainer.gradient={gradient}", "trainer.dtype=float64").returncode == 0
    numerical, backprop = (run.data.metrics["val/loss"] for run in runs())
    assert numerical == pytest.approx(backprop, rel=1e-7)


@pytest.mark.slow
def test_points_and_both_gradients_survive_the_record(train, runs, curve, artifacts):
    settings = ["dataset=points", "dataset.x=[[0.6,0.9],[1,-2.5]]", "dataset.labels=[2,0]", "model.hidden=[]"]
    trainer = ["gradient=both", "dtype=float64", "iterations=3", "eval_every=1", "batch_size=1"]
    arguments = [*settings, *(f"trainer.{each}" for each in trainer), "objective.metric=train/accuracy"]
    result = train(*arguments, "tracking.figures=false")
    assert result.returncode == 0, result.stderr
    (run,) = runs()
    assert run.data.params["dataset.x"] == "[[0.6,0.9],[1.0,-2.5]]"
    differences = curve(run, "gradient_difference")
    assert [step for step, _ in differences] == [1, 2, 3]
    assert all(0 <= difference < 1e-8 for _, difference in differences)
    with np.load(artifacts(run, "arrays/gradients.npz")) as kept:
        assert kept["backprop"].shape == kept["numerical"].shape == (2 * 3 + 3,)
    again = train(f"rerun={run.info.run_id}")
    assert again.stdout.splitlines()[-1].startswith("identical to "), again.stderr


@pytest.mark.slow
def test_mnist_reaches_97_percent(train, runs, mnist_folder):
    arguments = ["dataset=mnist", f"dataset.dir={mnist_folder}", "model.hidden=[100,100]", "optimizer=adam"]
    result = train(*arguments, "trainer.epochs=5", "tracking.figures=false")
    assert result.returncode == 0, result.stderr
    (run,) = runs()
    assert run.data.metrics["test/accuracy"] >= 0.97
