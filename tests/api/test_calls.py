"""Calls of the API on a real store: what they return, and that they are the command line's own runs."""

import doctest
import importlib
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zerosweep as zs
from zerosweep.jobs.worker import LOG
from zerosweep.plugins.parts import PARTS, remove

pytestmark = pytest.mark.slow

API = sorted(Path(zs.__file__).parent.glob("api/*.py"))


def test_a_run_is_recorded_once_and_has_what_the_store_has(settings, runs):
    run = zs.run("optimizer=adam", settings, bn=True, seed=3)
    again = zs.run(settings, optimizer="adam", bn=True, seed=3)
    (recorded,) = runs()
    assert run.run_id == again.run_id == recorded.info.run_id
    assert (run.verdict, run.status) == (recorded.data.tags["verdict"], "FINISHED")
    assert run.metrics == recorded.data.metrics
    assert (run.params["bn"], run.params["seed"], run.params["model.hidden"]) == (True, 3, [100] * 5)
    assert (run.settings.optimizer.lr, run.settings.trainer.iterations) == (0.001, 20)
    assert run.curves["train/loss"].notna().sum() == 20
    assert run.curves["val/accuracy"].dropna().iloc[-1] == run.metrics["val/accuracy"]
    assert run.read("weights.npz")[:2] == b"PK"
    assert run.figures["learning_curves"].png.startswith(b"\x89PNG")
    assert run.plot()._repr_png_().startswith(b"\x89PNG")
    assert run.run_id in repr(run)
    assert zs.Run.of(run.run_id).metrics == run.metrics
    with pytest.raises(zs.UserError, match=r"nothing\.txt: the run .* has no such file; it has .*weights\.npz"):
        run.read("nothing.txt")
    with pytest.raises(zs.UserError, match="is no run of this store"):
        zs.Run.of("0" * 32)


def test_a_run_predicts_as_it_did(settings):
    from sklearn.datasets import load_digits

    digits = load_digits()
    run = zs.run(settings, seed=3, optimizer="adam", bn=True)
    predicted = run.predict(digits.images)
    assert predicted.shape == (1797,)
    assert 0.3 < np.mean(predicted == digits.target) < 1
    np.testing.assert_array_equal(run.predict(digits.data[:5]), predicted[:5])
    np.testing.assert_array_equal(run.probabilities(digits.data).argmax(axis=1), predicted)
    assert np.prod(run.network.input_shape) == 64


def test_arrays_are_a_data_set(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.import_module("zerosweep.api.data"), "home", lambda: tmp_path)
    x = np.random.default_rng(0).normal(size=(240, 3))
    y = np.where(x[:, 0] > 0, "right", "left")
    run = zs.run(settings, data=(x, y), model={"hidden": [8]}, dataset={"val_size": 20, "test_size": 20})
    assert run.params["dataset"] == "npz"
    assert set(run.predict(x)) <= {"left", "right"}
    again = zs.sweep(
        settings,
        data={"x": x, "y": y},
        model={"hidden": [[8]]},
        dataset={"val_size": 20, "test_size": 20},
        progress=False,
    )
    assert again.runs.run_id.tolist() == [run.run_id]
    with pytest.raises(zs.UserError, match=r"data: must be \(x, y\), or a dictionary"):
        zs.run(settings, data=(x,))
    with pytest.raises(zs.UserError, match="data: must be"):
        zs.run(settings, data={"x": x, "labels": y})


def test_the_command_line_and_a_call_make_the_same_run(settings, train, runs):
    run = zs.run(settings, seed=5)
    said = train("-m", "seed=5,6", "trainer.iterations=20").stdout
    assert f"cached {run.verdict}" in said
    assert len(runs()) == 2


def test_training_without_a_record_gives_the_recorded_numbers(settings, runs):
    history = zs.train(zs.compose(settings, seed=1))
    assert runs() == []
    assert len(history.losses) == 20
    run = zs.run(settings, seed=1)
    np.testing.assert_array_equal(run.curves["train/loss"].dropna(), history.losses)
    assert run.verdict == history.verdict
    assert history.plot()._repr_png_().startswith(b"\x89PNG")


def test_a_sweep_answers_from_the_record_and_names_what_failed(settings, runs, capfd):
    first = zs.sweep(settings, optimizer=["sgd", "adam"], seed=range(2))
    again = zs.sweep(settings, optimizer=["sgd", "adam"], seed=range(2), progress=False)
    assert capfd.readouterr().out.count("cached") == 0
    assert first.id == again.id
    assert set(first.runs.run_id) == set(again.runs.run_id) == {run.info.run_id for run in runs()}
    means = first.runs.groupby("optimizer")["val/accuracy"].mean().sort_values(ascending=False)
    assert [*first.ranking["optimizer"]] == [*means.index]
    np.testing.assert_allclose(first.ranking["val/accuracy"], means)
    assert [*first.ranking["runs"]] == [2, 2]
    assert first.best.params["optimizer"] == means.index[0]
    assert Path(first.report).read_text().startswith("<!DOCTYPE html>")
    assert len(first.failed) == 0
    first.check()
    assert "-m trainer.iterations=20" in Path(first.report).read_text()
    for figure in (
        first.plot(),
        first.plot("train/loss", lines="optimizer"),
        first.plot(figure="intervals"),
    ):
        assert figure._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(zs.SettingError, match=r"panels=bn.*optimizer"):
        first.plot(panels="bn")


def test_quiet_calls_print_nothing(settings, capfd):
    zs.run(settings, seed=8)
    zs.sweep(settings, seed=[8, 9], progress=False)
    assert capfd.readouterr() == ("", "")


def test_a_failed_run_stops_no_other_and_check_raises(settings, monkeypatch):
    settings["hydra"]["launcher"] = {"timeout": 0.001}
    grid = zs.sweep(settings, seed=range(2), progress=False)
    assert grid.failed["why"].str.contains("took longer").all()
    assert len(grid.failed) == 2
    assert grid.best is None
    with pytest.raises(zs.RunsFailed, match="2 of 2 runs failed; "):
        grid.check()


def test_a_run_that_raises_is_closed_and_its_error_reaches_the_caller(settings, runs, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("in training")
        yield

    monkeypatch.setattr(importlib.import_module("zerosweep.runs.run"), "records", broken)
    with pytest.raises(ZeroDivisionError, match="in training"):
        zs.run(settings)
    (run,) = runs()
    assert run.info.status == "FAILED"
    assert zs.Run.of(run.info.run_id).tags["error"].startswith("ZeroDivisionError")


def test_a_search_gives_optunas_study_and_goes_on(settings):
    space = {"optimizer.lr": zs.log(1e-3, 1), "model.hidden": [[10], [20, 20]], "optimizer": ["sgd", "adam"]}
    zs.search(space, settings, n_trials=2, progress=False)
    found = zs.search(space, settings, n_trials=4, progress=False)
    assert [trial.number for trial in found.study.trials] == [0, 1, 2, 3]
    assert found.best.metrics["val/accuracy"] == found.study.best_value
    assert len(found.runs) <= 4
    assert [run.run_id for run in found.front] == [found.best.run_id]
    assert found.plot("slices")._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(zs.SettingError, match=r"plot=histori: must be one of history.*did you mean history\?"):
        found.plot("histori")


def test_a_comparison_is_that_of_the_command(settings):
    grid = zs.sweep(settings, optimizer=["sgd", "adam"], progress=False)
    found = zs.compare("", {"tracking": settings["tracking"]}, report={"lines": "optimizer"})
    assert set(found.runs.run_id) == set(grid.runs.run_id)
    assert found.best.run_id == grid.best.run_id
    with pytest.raises(zs.SettingError, match=r"report.linse=x: no such setting"):
        zs.compare("", report={"linse": "x"})


MISTAKES = {
    "optimizer=adm": {"optimizer": "adm"},
    "optimizer.lrr=1": {"optimizer.lrr": 1},
    "optimizer.lr=-1": {"optimizer.lr": -1},
    "bn=2": {"bn": 2},
    "+nonsense=1": {"+nonsense": 1},
    "trainer.batch_size=0": {"trainer": {"batch_size": 0}},
}


@pytest.mark.parametrize("override", MISTAKES)
def test_a_mistake_has_the_line_of_the_command_line(override, settings, train, runs):
    line = train(override).stderr.strip()
    for call in (zs.run, zs.sweep):
        with pytest.raises(zs.SettingError) as error:
            call(settings, MISTAKES[override])
        assert str(error.value) == line
    assert runs() == []


def test_commands_are_refused(settings):
    for command in ({"plan": True}, {"rerun": "0" * 32}):
        with pytest.raises(zs.SettingError, match="is for the command line"):
            zs.run(settings, command)
    with pytest.raises(zs.SettingError, match="hydra/launcher=joblib: must be local or dask"):
        zs.sweep("hydra/launcher=joblib", settings, seed=[1, 2])
    with pytest.raises(zs.SettingError, match=r"zs\.search"):
        zs.sweep("hydra/sweeper=optuna", settings, seed=[1, 2])


SCRIPT = """
import logging
import zerosweep as zs
quick = {"trainer": {"iterations": 5}, "tracking": {"experiment": EXPERIMENT}}
storage = {"hydra.sweeper.storage": "journal:study.log"}  # the default one may hold the study of an earlier test
grid = zs.sweep(quick, seed=range(2), progress=False)
found = zs.search({"optimizer.lr": zs.log(0.1, 1)}, quick, storage, n_trials=1, progress=False)
print(len(grid.runs), len(found.runs), "once")
"""


def test_a_script_needs_no_guard(environment, experiment, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("EXPERIMENT", repr(experiment)))
    result = subprocess.run(
        [sys.executable, script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (result.stdout, result.stderr) == ("2 1 once\n", "")


@pytest.mark.parametrize("module", [file.stem for file in API])
def test_the_examples_in_docstrings_hold(module, settings, store, experiment, monkeypatch):
    """They name no experiment, so the default one is used, on the tests' store."""
    before = set(PARTS)
    result = doctest.testmod(
        importlib.import_module(f"zerosweep.api.{module}"), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    for key in set(PARTS) - before:
        remove(PARTS[key])
    assert result.failed == 0


def test_every_call_has_an_example():
    names = ["compose", "train", "run", "sweep", "search", "runs", "curves", "compare", "log", "uniform", "integers"]
    assert [name for name in names if ">>>" not in getattr(zs, name).__doc__] == []


def test_the_host_sees_no_log_file_of_its_own_runs(settings, tmp_path):
    zs.run(settings, seed=11)
    assert not list(tmp_path.rglob(LOG))
    assert logging.getLogger().handlers == [
        each for each in logging.getLogger().handlers if "pytest" in each.__module__
    ]
