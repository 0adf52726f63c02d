"""The examples of docs/trainable.md, used as the page says."""

import importlib.util
import io
import pickle
import re
import sys

import numpy as np
import optuna
import pytest
from sklearn.datasets import load_digits
from tests.conftest import PROJECT
from tests.sweeps import curves

from zerosweep.config.plugin_files import load_files
from zerosweep.tracking.record import content
from zerosweep.tracking.store import open_store

EXAMPLES = PROJECT / "docs" / "examples"
SGD = (f"plugins=[{EXAMPLES}/sgd_classifier.py]", "task=sgd_classifier", "tracking.figures=false")
TORCH = (f"plugins=[{EXAMPLES}/torch_mlp.py]", "task=torch_mlp", "tracking.figures=false")

with_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="needs PyTorch, of the extra `oracle`"
)


def test_the_page_shows_the_first_example_as_it_is():
    page = (PROJECT / "docs" / "trainable.md").read_text()
    assert re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)[0] == (EXAMPLES / "sgd_classifier.py").read_text()


def test_a_trainable_is_a_class_like_any_other():
    load_files(str(EXAMPLES / "sgd_classifier.py"))
    training = sys.modules["sgd_classifier"].SGDClassifier(epochs=2).train(seed=0)
    first, second = next(training), next(training)
    with pytest.raises(StopIteration) as end:
        next(training)
    model = pickle.loads(end.value.value["model.pkl"])
    images, labels = load_digits(return_X_y=True)
    whole = np.mean(model.predict(images / 16) == labels)
    assert second["train/loss"] < first["train/loss"]
    assert whole == pytest.approx(0.8 * second["train/accuracy"] + 0.2 * second["val/accuracy"], abs=1e-3)


@pytest.mark.slow
def test_scikit_learn_a_sweep_and_a_rerun(train, runs, store):
    result = train("-m", *SGD, "task.alpha=1e-5,1e-3,0.1", "task.epochs=4", "hydra.launcher.workers=2")
    assert result.returncode == 0, result.stderr
    found = runs()
    assert len(curves(store, found)) == 3
    assert {run.data.tags["verdict"] for run in found} == {"learned"}
    (best,) = re.findall(r"^best: .* with alpha=(\S+), run", result.stdout, re.M)
    assert best == "0.001"
    again = train(SGD[0], f"rerun={found[0].info.run_id}")
    assert again.stdout.splitlines()[-1].startswith("identical"), again.stdout + again.stderr


@pytest.mark.slow
def test_scikit_learn_a_search_with_median_pruning(train, runs, tmp_path):
    result = train(
        "-m", *SGD, "hydra/sweeper=optuna", "task.alpha=tag(log,interval(1e-6,1))", "hydra.launcher.workers=2",
        "hydra.sweeper.pruner=median", "hydra.sweeper.n_trials=12", "hydra.sweeper.study_name=sgd",
        "hydra.sweeper.storage=sqlite:///study.db",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    study = optuna.load_study(study_name="sgd", storage=f"sqlite:///{tmp_path}/study.db")
    states = [trial.state.name for trial in study.trials]
    assert (len(states), set(states)) == (12, {"COMPLETE", "PRUNED"})
    assert study.best_value > 0.94
    assert states.count("PRUNED") == sum("pruned" in run.data.tags for run in runs())


@pytest.mark.slow
@with_torch
def test_pytorch_a_sweep_and_a_rerun(train, runs, store):
    result = train("-m", *TORCH, "task.hidden=[100],[50,50]", "task.lr=0.01", "hydra.launcher.workers=2")
    assert result.returncode == 0, result.stderr
    found = runs()
    assert len(curves(store, found)) == 2
    assert all(run.data.metrics["val/accuracy"] > 0.9 for run in found)
    assert "best: val/loss=" in result.stdout

    import torch

    run_id = found[0].info.run_id
    state = torch.load(io.BytesIO(content(open_store(store), run_id, "files/network.pt")))
    assert state["0.weight"].shape[1] == 64
    again = train(TORCH[0], f"rerun={run_id}")
    assert again.stdout.splitlines()[-1].startswith("identical"), again.stdout + again.stderr
