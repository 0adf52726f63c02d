"""The names of runs: what differs, in a sweep or from the defaults."""

import pytest
from hydra import compose, initialize_config_dir
from tests.conftest import PROJECT

from zerosweep.config.grid import GridJobs
from zerosweep.config.names import default_options
from zerosweep.config.read import Config, to_settings
from zerosweep.config.schemas import GROUPS, register


@pytest.fixture(scope="module")
def hydra():
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield


@pytest.fixture
def config(hydra, tmp_path):
    """Return a function that makes the configuration of a run from overrides."""

    def make(*overrides):
        cfg = compose("config", [*overrides], return_hydra_config=True)
        choices = {group: str(cfg.hydra.runtime.choices[group]) for group in GROUPS}
        settings = to_settings(cfg)
        choices = {group: option for group, option in choices.items() if getattr(settings, group) is not None}
        return Config(settings, choices, [*overrides], {}, tmp_path, None)

    return make


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], "default"),
        (["optimizer=adam", "bn=true"], "adam bn"),
        (["bn=true", "optimizer=adam"], "adam bn"),
        (["optimizer=sgd", "bn=false", "trainer.epochs=10", "init.scale=1", "model.slope=1e-2"], "default"),
        (["optimizer=adam", "optimizer.lr=0.001"], "adam"),
        (["optimizer=adam", "optimizer.lr=0.0123456"], "adam lr=0.0123"),
        (["regularizer=l2", "regularizer.l2=0.1"], "l2"),
        (["regularizer=l2", "regularizer.l2=0.2"], "l2=0.2"),
        (["dataset=mnist", "dataset.dir=/data", "dataset.normalize=false"], "mnist no normalize"),
        (["model=two_layer", "model.hidden=[50]"], "two_layer"),
        (["model=two_layer", "model.hidden=[60]", "seed=3"], "two_layer hidden=[60] seed=3"),
        (["sweeps=bn_weight_scale", "tracking.figures=false", "report.lines=bn", "reuse=false"], "mnist"),
        (["task=surface", "task.start=[1,2.5]"], "surface start=[1,2.5]"),
        (["objective.metric=val/loss"], "metric=val/loss"),
    ],
)
def test_a_run_on_its_own_is_called_by_what_is_not_the_default(config, overrides, name):
    assert config(*overrides).name == name


def test_in_a_sweep_a_run_is_called_by_what_varies(config):
    made = [
        config("seed=1", "model.hidden=[50]", f"bn={bn}", f"optimizer={name}")
        for bn in ("true", "false")
        for name in ("sgd", "adam")
    ]
    named = GridJobs([], ["bn", "optimizer"]).named(made)
    assert [one.name for one in named] == ["sgd bn", "adam bn", "sgd", "adam"]
    assert GridJobs([], []).named(made) == made


def test_the_data_set_is_named_unless_it_is_the_default(config):
    made = [config("dataset=mnist", f"bn={bn}") for bn in ("true", "false")]
    assert [one.name for one in GridJobs([], ["bn"]).named(made)] == ["mnist bn", "mnist"]


def test_runs_that_three_digits_do_not_tell_apart_have_more(config):
    made = [config(f"optimizer.lr={lr}") for lr in (0.10001, 0.10002, 0.2)]
    assert [one.name for one in GridJobs([], ["optimizer.lr"]).named(made)] == ["lr=0.10001", "lr=0.10002", "lr=0.2"]


def test_a_setting_that_a_run_does_not_have_is_left_out(config):
    made = [config("optimizer=sgd"), config("optimizer=adam", "optimizer.beta1=0.8"), config("task=surface")]
    named = GridJobs([], ["optimizer", "optimizer.beta1", "model"]).named(made)
    assert [one.name for one in named] == ["sgd mlp", "adam mlp beta1=0.8", "sgd"]


def test_the_default_options_are_those_that_hydra_composes(hydra):
    choices = compose("config", [], return_hydra_config=True).hydra.runtime.choices
    assert {group: default_options()[group] for group in GROUPS} == {group: choices[group] for group in GROUPS}
