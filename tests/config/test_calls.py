"""No word and no file makes Hydra import and call something."""

import subprocess

import pytest
from hydra import compose, initialize_config_dir
from tests.conftest import check_refused, train_command

from zerosweep.config.hosted import hosted, one_run
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
