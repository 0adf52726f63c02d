"""Every file of conf/ and sweeps/ composes, is read, and says what its schema says."""

from dataclasses import fields
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from zerosweep.config.arguments import chosen_by_sweep
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import GROUPS, register

PROJECT = Path(__file__).resolve().parents[2]
CONF = PROJECT / "conf"
OPTIONS = sorted(f"{file.parent.name}={file.stem}" for file in CONF.glob("*/*.yaml"))
SWEEPS = sorted(file.stem for file in (PROJECT / "sweeps").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _hydra():
    register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes(option):
    group, name = option.split("=")
    settings = to_settings(compose("config", [option]))
    recipe = getattr(settings, group)
    assert isinstance(recipe, tuple(GROUPS[group].values()))
    written = OmegaConf.load(CONF / group / f"{name}.yaml")
    for setting in fields(recipe):
        if setting.name in written:
            assert getattr(recipe, setting.name) == written[setting.name]


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_sweep_composes(sweep):
    from hydra.core.plugins import Plugins

    Plugins.instance()  # the sweepers that files of sweeps/ name
    named = [f"sweeps={sweep}"]
    cfg = compose("config", [*named, *chosen_by_sweep(named)], return_hydra_config=True)
    HydraConfig.instance().set_config(cfg)
    assert cfg.hydra.mode.name == "MULTIRUN"
    assert cfg.hydra.sweeper.params or cfg.hydra.sweeper.cases
    assert to_settings(cfg)


def test_every_schema_has_an_option():
    chosen = {group: {type(getattr(to_settings(compose("config", [f"{group}={file.stem}"])), group))
                      for file in (CONF / group).glob("*.yaml")} for group in GROUPS}  # fmt: skip
    assert chosen == {group: set(schemas.values()) for group, schemas in GROUPS.items()}


def test_the_design_names_are_there():
    present = {group: {file.stem for file in (CONF / group).glob("*.yaml")} for group in GROUPS}
    assert {"digits", "mnist", "kaggle"} <= present["dataset"]
    assert {"mlp", "two_layer"} <= present["model"]
    assert {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"} <= present["optimizer"]
    assert {"constant", "step", "exponential", "cosine"} <= present["schedule"]
    assert {"none", "l1", "l2", "dropout", "dropout_l1"} <= present["regularizer"]
    assert {"normal", "xavier", "he", "xavier_uniform", "he_uniform"} <= present["init"]
    assert {"cross_entropy", "mse"} <= present["loss"]


def test_a_surface_has_no_data_and_no_network():
    settings = to_settings(compose("config", ["task=surface"]))
    assert [settings.dataset, settings.model, settings.init, settings.loss, settings.regularizer] == [None] * 5
    assert (settings.trainer.epochs, settings.trainer.iterations) == (None, 100)


def test_iterations_take_the_place_of_the_default_epochs():
    assert to_settings(compose("config", [])).trainer.epochs == 10
    settings = to_settings(compose("config", ["trainer.iterations=7"]))
    assert (settings.trainer.epochs, settings.trainer.iterations) == (None, 7)


def test_values_on_the_command_line_win_over_a_sweep_file():
    cfg = compose("config", ["sweeps=bn_weight_scale", "dataset=digits", "trainer.epochs=2"])
    settings = to_settings(cfg)
    assert type(settings.dataset).__name__ == "Digits"
    assert settings.trainer.epochs == 2


def test_the_environment_may_say_where_mnist_lies(monkeypatch):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    assert to_settings(compose("config", ["dataset=mnist"])).dataset.dir is None
    monkeypatch.setenv("MNIST_DIR", "somewhere")
    assert to_settings(compose("config", ["dataset=mnist"])).dataset.dir == "somewhere"
    assert to_settings(compose("config", ["dataset=mnist", "dataset.dir=here"])).dataset.dir == "here"
