"""The figures of a run, drawn from real runs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from tests.conftest import PROJECT
from tests.figures.conftest import texts_of

from zerosweep.config.schemas import Settings
from zerosweep.data.digits import Digits
from zerosweep.figures.drawing.histograms import histograms
from zerosweep.figures.drawing.style import panels
from zerosweep.figures.names import RUN_FIGURES
from zerosweep.figures.run.registry import run_figures
from zerosweep.nn.cnn import CNN
from zerosweep.nn.initializers import He, Normal
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.runs.assemble import assemble
from zerosweep.tasks.classification import Classification
from zerosweep.tasks.surface import Surface
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import History


def figures_of(title: str = "a run", **changes) -> tuple[dict[str, Figure], History]:
    """The figures of a short run of a small network, by name, and what happened in it."""
    network = {"dataset": Digits(), "model": MLP(hidden=[10, 8]), "init": He(), "loss": CrossEntropy()}
    always = {"task": Classification(), "optimizer": SGD(lr=0.1), "schedule": Constant(), "regularizer": Regularizer()}
    settings = Settings(**always | network | {"trainer": Trainer(epochs=1)} | changes)
    problem = assemble(settings)
    untrained = histograms(problem.activations())
    history = History(problem.classes)
    for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
        history.add(record)
    drawn = run_figures(history, problem, untrained, histograms(problem.activations()), title)
    return {name: draw() for name, draw in drawn}, history


RUNS = {
    "default": ({}, {"learning_curves", "activation_histograms"}),
    "ten hidden layers": ({"model": MLP(hidden=[8] * 10)}, {"learning_curves", "activation_histograms"}),
    "no hidden layer": ({"model": MLP(hidden=[])}, {"learning_curves"}),
    "no validation": ({"dataset": Digits(val_size=0)}, {"learning_curves", "activation_histograms"}),
    "batch normalization": ({"bn": True}, {"learning_curves", "activation_histograms"}),
    "one step": ({"trainer": Trainer(iterations=1)}, {"learning_curves", "activation_histograms"}),
    "a trace": (
        {"trainer": Trainer(iterations=20, trace=True)},
        {"learning_curves", "traces", "activation_histograms"},
    ),
    "cnn": (
        {"model": CNN(channels=[4]), "bn": True},
        {"learning_curves", "activation_histograms", "filters", "feature_maps"},
    ),
    "surface": ({"task": Surface()}, {"learning_curves", "trajectory"}),
}


@pytest.mark.parametrize(("changes", "names"), RUNS.values(), ids=RUNS.keys())
def test_a_run_has_its_figures(image, changes, names):
    figures, _ = figures_of(**changes)

    assert set(figures) == names
    for figure in figures.values():
        image(figure)
        assert "a run" in texts_of(figure)


DIVERGED = {
    "a surface": {"task": Surface(), "optimizer": SGD(lr=10.0), "trainer": Trainer(iterations=100)},
    "a cnn": {"model": CNN(channels=[4]), "init": Normal(scale=1e25)},
    "by its rate": {"optimizer": SGD(lr=1e6)},
    "at its first step, by its init": {"init": Normal(scale=1e20)},
    "at its first step, by its rate": {"optimizer": SGD(lr=1e38), "trainer": Trainer(iterations=9, batch_size=1)},
}


@pytest.mark.parametrize("changes", DIVERGED.values(), ids=DIVERGED.keys())
def test_a_diverged_run_has_its_figures(image, changes):
    figures, history = figures_of(**changes)

    assert history.diverged
    assert len(figures) == (4 if "model" in changes else 2)
    for figure in figures.values():
        image(figure)


@pytest.mark.parametrize(
    "title",
    [
        "price_$5",
        "optimizer.lr=${lr_} init.scale=${scale}",
        r"$\frac$",
        "100 % & {braces} \\ ^_",
        "σ = 0.01 → 日本",
        "",
    ],
)
@pytest.mark.filterwarnings("ignore:Glyph .* missing")
def test_a_title_is_written_as_it_is(image, title):
    """Titles are run names and overrides, in which a dollar sign is a dollar sign and no formula."""
    figure, (ax,) = panels(1, 1, title)
    ax.plot([0, 1], [0, 1], color="black")
    image(figure)

    assert title in texts_of(figure)


def test_a_long_title_stays_within_the_picture(image):
    """250 characters is what a run's name may have. Nothing is drawn in the outermost columns of pixels."""
    figure, (ax,) = panels(1, 1, "optimizer=momentum " * 13)
    ax.plot([0, 1], [0, 1], color="black")
    pixels = image(figure)

    assert (np.concatenate([pixels[:, :3], pixels[:, -3:]], axis=1)[..., :3] == 1).all()


def test_drawing_uses_no_pyplot():
    """pyplot holds a reference to each figure, and searches for a display."""
    program = """
import sys
from zerosweep.figures.run.registry import run_figures
from zerosweep.figures.drawing.style import to_png
from zerosweep.tasks.surface import Surface, SurfaceProblem
from zerosweep.training.records import History
problem = SurfaceProblem(Surface())
problem.evaluate(None)
for _, figure in run_figures(History(losses=[1.0, 0.5]), problem, [], [], "a run"):
    assert len(to_png(figure())) > 1000
print("matplotlib.pyplot" in sys.modules)
"""
    shown = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(PROJECT / "src")}, capture_output=True, text=True
    )

    assert shown.stderr == ""
    assert shown.stdout == "False\n"


def test_a_figure_is_freed_with_its_last_reference():
    import gc
    import weakref

    figures, _ = figures_of(task=Surface())
    watched = [weakref.ref(figure) for figure in figures.values()]
    del figures
    gc.collect()

    assert [watch() for watch in watched] == [None, None]


def test_the_names_of_all_figures_are_known_before_any_is_drawn():
    """A figure of a plugin may have none of them."""
    assert {name for _, names in RUNS.values() for name in names} == set(RUN_FIGURES)
