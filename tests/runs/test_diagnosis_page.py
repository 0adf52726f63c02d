"""The page of a diagnosis."""

import math
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from tests.conftest import PROJECT

from zerosweep.config.read import Config, to_settings
from zerosweep.config.schemas import register
from zerosweep.runs.diagnosis_page import MEANING, WHERE_TO_LOOK, diagnosis_page, setup_of
from zerosweep.tracking.store import open_store
from zerosweep.training.diagnosis import Diagnosis, Symptom, diagnose
from zerosweep.training.records import Diverged, Evaluation, History
from zerosweep.training.remedy import Remedy, Setup, remedy

OVERRIDES = ["model.activation=tanh", "model.hidden=[20,10]", "optimizer.lr=10", "report.lines=bn"]


@pytest.fixture
def config():
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        return Config(to_settings(compose("config", OVERRIDES)), {}, OVERRIDES, {}, Path(), None)


@pytest.fixture
def saturated():
    first = {
        "train/accuracy": 0.1,
        "dead/hidden1": 0.0,
        "activation_std/hidden1": 0.38,
        "signal/hidden1": 0.31,
        "saturated/hidden1": 0.0,
    }
    last = first | {
        "dead/hidden1": 0.6,
        "activation_std/hidden1": 0.99,
        "signal/hidden1": 2.4e-5,
        "saturated/hidden1": 0.96,
        "update_ratio": 0.1,
    }
    return History(10, [2.7, 2.8], [Evaluation(0, first), Evaluation(2, last)])


def test_the_page(config, saturated):
    diagnosis = diagnose(saturated, "dying", setup_of(config.settings))
    assert diagnosis is not None

    page = diagnosis_page(diagnosis, "dying", saturated, config)

    assert page.splitlines()[:3:2] == [
        "# Diagnosis: hidden1 saturated from step 2",
        "The run is **dying**. **hidden1**. 96% of its outputs at a bound at step 2, 0% at step 0.",
    ]
    assert MEANING["saturated"] in page
    assert "## Try `optimizer.lr=0.1`" in page
    assert "    python src/train.py model.activation=tanh 'model.hidden=[20,10]' optimizer.lr=0.1\n" in page
    assert "| layer | activation std | signal | dead | saturated |\n" in page
    assert "| hidden1 | 0.38 → 0.99 | 0.31 → 2.4e-05 | 0% → 60% | 0% → 96% |" in page
    assert "`saturated/hidden1`" in page
    assert "\n## What was seen\n\n| layer |" in page
    assert "`activation_histograms.png`" in page
    assert "trajectory" not in page


def test_what_overflowed_is_said_in_words(config, saturated):
    del saturated.evaluations[0].metrics["signal/hidden1"]
    end = {
        "activation_std/hidden1": math.inf,
        "signal/hidden1": math.nan,
        "dead/hidden1": 0.0,
        "saturated/hidden1": 1.0,
    }
    saturated.diverged = Diverged(3, "loss", end)
    diagnosis = diagnose(saturated, "diverged", setup_of(config.settings))
    assert diagnosis is not None

    page = diagnosis_page(diagnosis, "diverged", saturated, config)

    assert "| hidden1 | 0.38 → overflow | overflow → overflow | 0% → 0% | 0% → 100% |" in page
    assert "inf" not in page
    assert "nan" not in page


@pytest.mark.parametrize("mechanism", sorted(MEANING))
def test_every_mechanism_has_its_words_also_without_a_layer(mechanism, config):
    diagnosis = Diagnosis(Symptom(mechanism, None, 3, "seen"), Remedy("optimizer.lr=1", "because"))
    made = History(None, [1.0], [Evaluation(0, {})])

    page = diagnosis_page(diagnosis, "stuck", made, replace(config, overrides=[]))

    assert page.startswith(f"# Diagnosis: {mechanism} from step 3\n")
    assert "|" not in page
    assert MEANING.keys() == WHERE_TO_LOOK.keys()


@pytest.mark.parametrize("mechanism", sorted(MEANING))
def test_the_page_of_a_surface_tells_of_no_layers(mechanism):
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        settings = to_settings(compose("config", ["task=surface"]))
    diagnosis = Diagnosis(Symptom(mechanism, None, 3, "seen"), Remedy("optimizer.lr=1", "because"))
    made = History(None, [1.0], [Evaluation(0, {})])

    page = diagnosis_page(diagnosis, "diverged", made, Config(settings, {}, ["task=surface"], {}, Path(), None))

    assert "## What was seen" not in page
    assert "{" not in page
    assert mechanism == "collapsed" or "from layer to layer" not in page
    assert page.endswith("the figure `learning_curves.png`; the figure `trajectory.png`.\n")


def test_raw_pixels_are_told_of_whatever_their_range():
    made = remedy("exploding", 0, None, Setup("sgd", 0.1, "relu", normalized=False))
    assert (made.override, made.why) == (
        "dataset.normalize=true",
        "raw pixels make the outputs of every layer as large",
    )


def test_a_surface_has_only_a_learning_rate():
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        setup = setup_of(to_settings(compose("config", ["task=surface", "optimizer=adam", "optimizer.lr=3"])))
    assert (setup.optimizer, setup.lr, setup.activation) == ("adam", 3.0, None)


MINE = """
defaults: [config, _self_]
init: {scale: 0.0001}
trainer: {iterations: 30}
tracking: {figures: false}
"""


@pytest.fixture
def with_files_of_mine(tmp_path):
    """Return the flags with which Hydra reads a configuration of the user's own, from another folder."""
    (folder := tmp_path / "of mine").mkdir()
    (folder / "mine.yaml").write_text(MINE)
    return "--config-dir", folder.name, "-cn", "mine"


@pytest.mark.slow
def test_the_command_of_the_page_reads_the_same_configuration_files(with_files_of_mine, train, runs, store):
    assert train(*with_files_of_mine).returncode == 0
    (before,) = runs()
    page = Path(open_store(store).download_artifacts(before.info.run_id, "diagnosis.md")).read_text()
    (typed,) = (line.strip() for line in page.splitlines() if line.startswith("    python src/train.py"))
    _, _, *arguments = shlex.split(typed)
    assert train(*arguments).returncode == 0
    after, _ = runs()
    changed = {name for name in before.data.params if after.data.params.get(name) != before.data.params[name]}
    remedy, _, _ = before.data.tags["remedy"].partition("=")
    assert changed == {remedy}
    assert after.data.params["trainer.iterations"] == "30"


@pytest.mark.slow
def test_the_best_command_of_a_search_reads_the_same_configuration_files(with_files_of_mine, train, tmp_path):
    search = ("-m", "hydra/sweeper=optuna", "optimizer.lr=0.1,0.2", "hydra.sweeper.n_trials=1")
    result = train(*with_files_of_mine, *search, f"hydra.sweeper.storage=journal:{tmp_path}/study.log")
    assert result.returncode == 0, result.stderr
    (typed,) = (line for line in result.stdout.splitlines() if line.startswith("to run it: "))
    assert f"python src/train.py --config-dir '{tmp_path / 'of mine'}' --config-name mine " in typed
