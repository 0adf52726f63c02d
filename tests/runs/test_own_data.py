"""Runs on data of one's own: they learn, land in the store, and come out the same again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pytest

from zerosweep.config.schemas import Settings
from zerosweep.data.npz import Npz
from zerosweep.data.table import Csv
from zerosweep.errors import SettingError
from zerosweep.nn.cnn import CNN
from zerosweep.nn.initializers import He
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.optim.adaptive import Adam
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.runs.assemble import assemble, validate
from zerosweep.tasks.classification import Classification
from zerosweep.tracking.store import open_store
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import Evaluation, Step

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text()

COMMANDS = re.findall(r"^    python src/train\.py (.*(?:npz|csv).*)", PAGE, re.MULTILINE)


def settings(dataset, model=None, **changes) -> Settings:
    groups = {"init": He(), "loss": CrossEntropy(), "regularizer": Regularizer(), "schedule": Constant()}
    network = {"task": Classification(), "model": model or MLP(hidden=[8]), "optimizer": Adam(lr=0.01)}
    return Settings(dataset=dataset, **groups | network | {"trainer": Trainer(epochs=4, batch_size=20)} | changes)


@pytest.fixture
def coloured_squares(tmp_path) -> Path:
    """An archive of noisy images, each with a square of the colour that is its class."""
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 3, 300)
    images = rng.integers(0, 90, (300, 10, 8, 3), np.uint8)
    for image, colour in zip(images, colours, strict=True):
        row, column = rng.integers(0, 4, 2)
        image[row : row + 5, column : column + 5, colour] += 150
    np.savez(tmp_path / "squares.npz", x=images, y=np.array(["red", "green", "blue"])[colours])
    return tmp_path / "squares.npz"


@pytest.mark.parametrize("bn", [False, True])
def test_a_cnn_tells_colours_apart(coloured_squares, bn):
    run = settings(Npz(path=str(coloured_squares)), CNN(channels=[4]), bn=bn)
    validate(run)
    problem = assemble(run)
    records = list(train(problem, run.optimizer, run.schedule, run.trainer))
    metrics = next(record.metrics for record in reversed(records) if isinstance(record, Evaluation))
    assert metrics["test/accuracy"] > 0.9
    assert problem.network.parameters["convpool1.W"].shape == (4, 3, 3, 3)
    assert problem.data.class_names == ("blue", "green", "red")
    images, labels, _ = problem.sample()
    assert images.shape == (200, 3, 10, 8)
    assert np.array_equal(
        np.argmax(images.max(axis=(2, 3)), axis=1), 2 - labels
    )  # the brightest channel names the class


def test_a_network_of_images_is_the_one_of_flat_rows(coloured_squares):
    """A multilayer perceptron sees the same numbers, whether they are images or rows."""
    as_images = Npz(path=str(coloured_squares))
    archive = np.load(coloured_squares)
    flat = coloured_squares.with_name("flat.npz")
    np.savez(flat, x=archive["x"].transpose(0, 3, 1, 2).reshape(300, -1), y=archive["y"])
    losses = []
    for dataset in (as_images, Npz(path=str(flat))):
        run = settings(dataset, trainer=Trainer(iterations=5, batch_size=20))
        records = train(assemble(run), run.optimizer, run.schedule, run.trainer)
        losses.append([record.loss for record in records if isinstance(record, Step)])
    assert losses[0] == losses[1]


def test_a_table_is_no_image_for_a_cnn(tmp_path):
    (tmp_path / "own.csv").write_text("a,b,c,d,label\n" + "1,2,3,4,x\n2,3,4,5,y\n" * 9)
    with pytest.raises(SettingError, match=r"^model.channels=.* a row of these data is 4 features"):
        validate(settings(Csv(path=str(tmp_path / "own.csv"), target="label"), CNN(channels=[4])))


def test_a_file_that_changes_is_read_again(tmp_path):
    """In a notebook one process trains before and after a file is written anew."""
    file = tmp_path / "own.csv"
    rows = "".join(f"{row},{row % 2}\n" for row in range(40))
    file.write_text(f"a,label\n{rows}")
    run = settings(Csv(path=str(file), target="label"))
    before = validate(run).data_id
    file.write_text(f"a,label\n{rows.replace('39,', '390,')}")
    assert validate(run).data_id != before
    assert assemble(run).data.identity == validate(run).data_id


@pytest.mark.slow
def test_the_page_of_own_data_can_be_followed(train, runs, store, tmp_path, monkeypatch):
    (script,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    assert len(COMMANDS) == 2
    for command in COMMANDS:
        result = train(*command.replace("'", "").split(), "tracking.model=true", "trainer.epochs=5")
        assert result.returncode == 0, result.stderr
    table, squares = runs()
    assert table.data.metrics["test/accuracy"] > 0.8
    assert squares.data.metrics["test/accuracy"] > 0.8
    figures = (
        {file.path for file in open_store(store).list_artifacts(run.info.run_id, "figures")} for run in (table, squares)
    )
    drawn = {f"figures/{name}.png" for name in ("learning_curves", "predictions", "activation_histograms")}
    assert [drawn ^ files for files in figures] == [set(), {"figures/filters.png", "figures/feature_maps.png"}]

    again = train(f"rerun={table.info.run_id}")
    assert again.stdout.splitlines()[-1].startswith("identical to "), again.stdout + again.stderr

    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    mlflow.set_tracking_uri(store)
    names, *lines = (line.split(",") for line in Path(tmp_path, "wine.csv").read_text().splitlines())
    assert names[-1] == "grape"
    raw = np.array([line[:-1] for line in lines], np.float32)
    scores = mlflow.pyfunc.load_model(f"runs:/{table.info.run_id}/model").predict(raw)
    classes = sorted({line[-1] for line in lines})
    correct = sum(classes[best] == line[-1] for best, line in zip(scores.argmax(axis=1), lines, strict=True))
    metrics, sizes = table.data.metrics, {"train": 124, "val": 18, "test": 36}
    assert correct == round(sum(size * metrics[f"{split}/accuracy"] for split, size in sizes.items()))
    with np.load(tmp_path / "squares.npz") as archive:
        images, labels = archive["x"], archive["y"]
    model = mlflow.pyfunc.load_model(f"runs:/{squares.info.run_id}/model")
    scores = model.predict(images.reshape(len(images), -1).astype(np.float32))
    assert np.mean(np.unique(labels)[scores.argmax(axis=1)] == labels) > 0.8


def test_the_mistakes_of_the_page_are_worded_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wine.csv").write_text("alcohol,malic_acid,ash,grape\n" + "1,2,3,a\n" * 5 + "1,2,n/a,b\n")
    with pytest.raises(SettingError) as caught:
        validate(settings(Csv(path="wine.csv", target="grap")))
    shown = re.search(r"^    (dataset.target=.*)", PAGE, re.MULTILINE)[1]
    assert str(caught.value) == shown.replace("...", "grape")
    (line,) = re.findall(r"^    (wine.csv: line 7.*)", PAGE, re.MULTILINE)
    with pytest.raises(Exception, match=f"^{re.escape(line)}$"):
        validate(settings(Csv(path="wine.csv", target="grape")))
    x = np.zeros((4, 2, 2, 3))
    x[3, 0, 0, 1] = np.nan
    np.savez("squares.npz", x=x, y=[0, 1, 0, 1])
    (line,) = re.findall(r"^    (squares.npz: .*)", PAGE, re.MULTILINE)
    with pytest.raises(Exception, match=f"^{re.escape(line)}$"):
        validate(settings(Npz(path="squares.npz")))
