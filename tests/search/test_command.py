"""A search refuses mistakes before any run. The metrics that it may optimise are those that real runs record."""

import re

import pytest
from tests.conftest import check_refused

SEARCH = ("-m", "hydra/sweeper=optuna", "tracking.figures=false", "model.hidden=[5,5]")

RUNS = {
    "classification": ("model.hidden=[5,5]", "model.activation=tanh", "regularizer=l2", "trainer.epochs=1"),
    "without validation": ("model.hidden=[5]", "dataset.val_size=0", "objective.metric=train/loss", "trainer.epochs=1"),
    "surface": ("task=surface", "objective.metric=surface/value", "objective.direction=minimize", "trainer.epochs=2"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", RUNS)
def test_all_that_a_run_records_can_be_optimised_but_for_test_data(kind, train, runs):
    settings = [*RUNS[kind], "tracking.figures=false"]
    assert train(*settings).returncode == 0
    (run,) = runs()
    result = train(
        "-m",
        "hydra/sweeper=optuna",
        "seed=1,2",
        *settings,
        "hydra.sweeper.metrics=[q]",
        "hydra.sweeper.direction=minimize",
    )
    check_refused(result, "hydra.sweeper.metrics=q: ", "must be one of ")
    offered = re.search("must be one of ([^;]*)", result.stderr)[1].strip().split(", ")
    recorded = set(run.data.metrics) - {"lr"}  # a setting, and no result
    assert sorted(offered) == sorted(name for name in recorded if not name.startswith("test/"))
    assert len(runs()) == 1


MISTAKES = {
    "seed=1,2 hydra.sweeper.metrics=[val/acuracy] hydra.sweeper.direction=maximize": (
        "hydra.sweeper.metrics=val/acuracy: is not measured in every run; must be one of train/loss,",
        "did you mean val/accuracy?",
    ),
    "seed=1,2 hydra.sweeper.metrics=[val/loss,time/second] hydra.sweeper.direction=[minimize,minimize]": (
        "hydra.sweeper.metrics=time/second: is not measured in every run",
        "did you mean time/seconds?",
    ),
    "model.hidden=[5,5],[5],[5,5] hydra.sweeper.metrics=[dead/hidden2] hydra.sweeper.direction=minimize": (
        "hydra.sweeper.metrics=dead/hidden2: is not measured in every run",
        "did you mean dead/hidden1?",
    ),
    "seed=1,2 hydra.sweeper.metrics=[test/accuracy] hydra.sweeper.direction=maximize": (
        "hydra.sweeper.metrics=test/accuracy: test figures are recorded, never optimised",
        "",
    ),
    "seed=1,2 hydra.sweeper.metrics=[val/loss,val/loss] hydra.sweeper.direction=[minimize,minimize]": (
        "hydra.sweeper.metrics=[val/loss,val/loss]: has a metric more than once",
        "",
    ),
    "seed=1,2 hydra.sweeper.direction=3": ("hydra.sweeper.direction=3: must be one of maximize, minimize", ""),
    "model.activation=relu,tnah,tanh": ("model.activation=tnah: must be one of relu", "did you mean tanh?"),
    "trainer.dtype=float32,float16,float64": ("trainer.dtype=float16: must be one of float32, float64", ""),
    "dataset.train_size=100,1300,300": ("dataset.train_size=1300: must be <= 1257", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_is_found_before_any_run(arguments, train, runs):
    check_refused(train(*SEARCH, *arguments.split()), *MISTAKES[arguments])
    assert runs() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        "hydra.sweeper.metrics=[val/accuracy,time/seconds] hydra.sweeper.direction=[maximize,minimize] seed=1,2",
        "trainer.batch_size=10,1000,100 dataset.train_size=100,1000",  # 1000 does not go with 100
    ],
)
def test_what_can_be_done_is_not_refused(arguments, train):
    result = train(*SEARCH, *arguments.split(), "plan=true")
    assert result.returncode == 0, result.stderr
