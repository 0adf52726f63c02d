"""Overrides that were once passed over in silence, or answered with a traceback: each is one line now, and no run."""

import pytest
from tests.conftest import check_refused

REFUSED = {
    "a number for a switch": (["bn=2"], "bn=2: must be true or false", ""),
    "a large number for a switch": (["reuse=10000000000"], "reuse=10000000000: must be true or false", ""),
    "a word for a switch": (["bn=yes"], "bn=yes: must be true or false", ""),
    "a number for a switch among others": (["trainer={trace:1}"], "trainer={trace:1}: must be true or false", ""),
    "a group added beside its choice": (
        ["schedule=step", "+schedule=constant"],
        "schedule=step +schedule=constant: give one of them",
        "",
    ),
    "a model of a surface": (["task=surface", "model=mlp"], "model=mlp: task=surface has no model", "leave it out"),
    "another model of a surface": (
        ["model=two_layer", "optimizer=sgd", "task=surface", "schedule=constant", "trainer.dtype=float64"],
        "model=two_layer: task=surface has no model",
        "",
    ),
    "a model of both tasks": (
        ["-m", "task=surface,classification", "model=mlp"],
        "model=mlp: task=surface has no model",
        "sweep each task on its own",
    ),
    "batch normalization of a surface": (["task=surface", "bn=true"], "bn=true: this task has no network", ""),
    "a sweep's name that is a path": (["tracking.sweep=../../x"], "tracking.sweep=../../x: must be at most 100", ""),
    "a long sweep's name": (["tracking.sweep=" + "x" * 300], "tracking.sweep=xxxx", "must be at most 100 letters"),
    "a long experiment's name": (["tracking.experiment=" + "x" * 600], "tracking.experiment=xxxx", "at most 250"),
    "a long run's name": (["tracking.run_name=" + "x" * 300], "tracking.run_name=xxxx", "at most 250 characters"),
    "an experiment's name of several lines": (
        ["tracking.experiment=${options:}"],
        "tracking.experiment=dataset:",
        "characters",
    ),
    "the home of nobody": (["dataset=mnist", 'dataset.dir="~nosuchuser/x"'], "dataset.dir=~nosuchuser/x: no such", ""),
    "a file in the home of nobody": (
        ["dataset=kaggle", 'dataset.path="~nosuchuser/x"'],
        "dataset.path=~nosuchuser/x: no such user",
        "",
    ),
    "a folder's name that is too long": (["dataset=mnist", "dataset.dir=" + "x" * 300], "dataset.dir=xxx", "no such"),
    "several lines as a rerun": (["rerun=${options:}"], "rerun=dataset: csv, digits (default),", "…: is no"),
    "several lines as an option": (
        ["regularizer=${options:}"],
        "regularizer=dataset: csv, digits (default),",
        "must be one of",
    ),
    "several lines as a word": (["trainer.sampling=${options:}"], "trainer.sampling=dataset:", "must be one of"),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_it_is_one_line_and_no_run(mistake, train, runs):
    arguments, begins, says = REFUSED[mistake]
    check_refused(train(*arguments), begins, says)
    assert runs() == []


@pytest.mark.slow
def test_a_seed_of_twenty_digits_is_a_seed(train, runs):
    result = train("seed=99999999999999999999", "task=surface", "trainer.iterations=1")
    assert result.returncode == 0, result.stderr
    (run,) = runs()
    assert run.data.params["seed"] == "99999999999999999999"


@pytest.mark.slow
def test_a_group_that_a_named_surface_has_no_use_for_is_reported_once(train):
    result = train("sweeps=optimizers_surface", "dataset=digits", "plan=true")
    assert result.returncode == 0, result.stderr
    assert (result.stdout + result.stderr).count("dataset=digits is unused: task=surface has no dataset") == 1
