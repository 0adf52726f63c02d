"""No word and no file makes Hydra import and call something."""

import subprocess

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.plugins import Plugins
from tests.conftest import PROJECT, check_refused, train_command

from zerosweep.config.calls import install
from zerosweep.config.hosted import hosted, one_run
from zerosweep.config.schemas import register
from zerosweep.errors import SettingError

CODE = {
    "a callback": ["+hydra.callbacks.mine._target_=pathlib.Path.touch", "+hydra.callbacks.mine.self=touched"],
    "a callback by reference": ["+hydra.callbacks.mine='${oc.create:\"{_target_: pathlib.Path.cwd}\"}'"],
    "a part of a sweeper": ["+hydra.sweeper.extra={_target_:pathlib.Path.touch,self:touched}"],
    "a part of a launcher": ["+hydra.launcher.extra={_target_:pathlib.Path.touch,self:touched}"],
    "a part of a sweeper by reference": ["+hydra.sweeper.x='${oc.create:\"{_target_: pathlib.Path.cwd}\"}'"],
    "a setting": ["+mine._target_=pathlib.Path.cwd"],
    "a logging handler": ["hydra.job_logging.handlers.console.class=os.mkdir"],
    "a stream": ["hydra.job_logging.handlers.console.stream=ext://antigravity.fly"],
    "a formatter": ["+hydra.job_logging.formatters.simple.class=os.mkdir"],
    "logging by reference": ["hydra.job_logging.handlers=${trainer}"],
}

NO_PART = {
    "hydra.sweeper.sampler={_target_:os.getcwd}": "hydra.sweeper.sampler._target_=os.getcwd: must be a class of optuna.s",
    "hydra.sweeper.sampler={_target_:optuna.pruners.NopPruner}": "hydra.sweeper.sampler._target_=optuna.pruners.NopPr",
    "hydra.sweeper.sampler={_target_:optuna.samplers.nsgaii.SBXCrossover}": "hydra.sweeper.sampler._target_=optuna.sa",
    "hydra.sweeper.pruner={_target_:optuna.pruners.PatientPruner,wrapped_pruner:{_target_:os.getcwd},patience:1}": (
        "hydra.sweeper.pruner.wrapped_pruner._target_=os.getcwd: must be a class of optuna.pruners"
    ),
    "hydra.sweeper.sampler='${oc.create:\"{_target_: os.getcwd}\"}'": "hydra.sweeper.sampler._target_=os.getcwd: must be",
}
"""Overrides that name what is no sampler or pruner of Optuna's, and the beginning of the error."""


@pytest.fixture
def optuna_sweeper(monkeypatch):
    """Return a function that composes with overrides, and returns the sweeper's configuration."""
    register()
    Plugins.instance()
    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", ConfigLoaderImpl.load_configuration)  # restored
    install()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield lambda *overrides: compose("config", ["hydra/sweeper=optuna", *overrides], return_hydra_config=True)


@pytest.mark.parametrize("override", NO_PART)
def test_only_classes_of_optuna_may_be_samplers_and_pruners(override, optuna_sweeper):
    with pytest.raises(SettingError) as caught:
        optuna_sweeper(override)
    assert str(caught.value).startswith(NO_PART[override])


def test_hydra_does_not_make_the_samplers_that_a_search_makes(optuna_sweeper):
    inner = "{_target_:optuna.pruners.MedianPruner}"
    cfg = optuna_sweeper(
        "hydra.sweeper.sampler={_target_:optuna.samplers.TPESampler,seed:3}",
        f"hydra.sweeper.pruner={{_target_:optuna.pruners.PatientPruner,patience:1,wrapped_pruner:{inner}}}",
    )
    made = Plugins.instance()._instantiate(cfg.hydra.sweeper)
    assert made.settings["sampler"] == {"_target_": "optuna.samplers.TPESampler", "seed": 3}
    assert made.settings["pruner"]["wrapped_pruner"] == {"_target_": "optuna.pruners.MedianPruner"}


@pytest.mark.parametrize("kind", CODE)
def test_configuration_that_names_code_is_refused_before_anything_is_made_of_it(kind):
    with hosted(), pytest.raises(SettingError, match="configuration cannot name classes or functions to call"):
        one_run(CODE[kind])


def test_the_configurations_of_a_host_may_name_code(tmp_path):
    with hosted():
        one_run([])
    (tmp_path / "theirs.yaml").write_text("now:\n  _target_: pathlib.Path.cwd\n")
    with initialize_config_dir(str(tmp_path), version_base="1.3"):
        assert compose("theirs").now._target_ == "pathlib.Path.cwd"


def test_what_a_callback_would_do_is_not_done(train, runs, tmp_path):
    check_refused(train(*CODE["a callback"]), "hydra.callbacks.mine._target_=pathlib.Path.touch: ", "cannot name")
    assert runs() == []
    assert not (tmp_path / "touched").exists()


def test_a_file_of_another_folder_names_no_code_either(environment, experiment, tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "defaults: [config]\nhydra:\n  callbacks:\n    x:\n      _target_: pathlib.Path.touch\n      self: touched\n"
    )
    command = [*train_command(experiment=experiment)[:2], "--config-dir", ".", "-cn", "mine"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    check_refused(done, "hydra.callbacks.x._target_=pathlib.Path.touch: ", "cannot name")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("launcher", ["local", "basic", "joblib", "submitit_local"])
def test_launchers_and_references_to_the_environment_are_fine(launcher, monkeypatch):
    monkeypatch.setenv("MY_SEED", "7")
    with hosted():
        assert one_run(["seed=${oc.env:MY_SEED}", f"hydra/launcher={launcher}"]).settings.seed == 7
