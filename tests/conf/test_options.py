"""Every file of conf/ and sweeps/ composes, is read, and has the published default values."""

from dataclasses import asdict
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig

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


IMAGES = {"train_size": None, "normalize": True, "one_hot": False}
OWN = {"path": None, "shape": None, "channels": "auto", "val_size": None, "test_size": None}
MLP = {"slope": 0.01, "bn_epsilon": 1e-5, "absorb_bias": True, "bn_momentum": 0.9, "bn_affine": True}
CNN = {"slope": 0.01, "bn_epsilon": 1e-5, "bn_momentum": 0.9, "bn_affine": True}
MOMENTS = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "epsilon_inside": False}  # Kingma & Ba 2015
NO_PENALTY = {"l1": 0.0, "l2": 0.0, "output": True, "dropout": 0.0, "dropout_scaling": "train"}
DEFAULTS = {
    "dataset=csv": {**IMAGES, **OWN, "target": None, "drop": []},
    "dataset=digits": {**IMAGES, "val_size": 180, "test_size": 360},
    "dataset=idx": {**IMAGES, "name": None, "dir": None, "val_size": 3000, "test_size": None},
    "dataset=kaggle": {**IMAGES, "path": None, "val_size": 4200, "test_size": 4200},
    "dataset=mnist": {**IMAGES, "dir": None, "val_size": 3000, "test_size": None},
    "dataset=npz": {**IMAGES, **OWN},
    "dataset=points": {**IMAGES, "x": [[0.6, 0.9]], "labels": [2], "classes": 3, "val_size": 0, "test_size": 0},
    "init=he": {"scale": 1.0},
    "init=he_uniform": {"scale": 1.0},
    "init=normal": {"scale": 0.01},
    "init=uniform": {"scale": 0.01},
    "init=xavier": {"scale": 1.0},
    "init=xavier_uniform": {"scale": 1.0},
    "loss=cross_entropy": {"clip": 0.0},
    "loss=mse": {"outputs": "raw"},
    "model=cnn": {"channels": [32, 64], "kernel": 3, "activation": "relu", **CNN},
    "model=mlp": {**MLP, "hidden": [100, 100, 100, 100, 100], "activation": "relu"},
    "model=two_layer": {**MLP, "hidden": [50], "activation": "sigmoid"},
    "optimizer=adagrad": {
        "lr": 0.1, "initial_accumulator": 1e-4, "epsilon": 0.0, "epsilon_inside": False, "first_step": "accumulated",
    },
    "optimizer=adam": MOMENTS,
    "optimizer=adamw": {**MOMENTS, "weight_decay": 0.01},
    "optimizer=momentum": {"lr": 0.01, "momentum": 0.9},
    "optimizer=nesterov": {"lr": 0.01, "momentum": 0.9},
    "optimizer=rmsprop": {
        "lr": 0.01, "decay": 0.99, "initial_accumulator": 0.0, "epsilon": 1e-7, "epsilon_inside": False,
    },
    "optimizer=sgd": {"lr": 0.01},
    "regularizer=dropout": {**NO_PENALTY, "dropout": 0.15},
    "regularizer=dropout_l1": {**NO_PENALTY, "l1": 0.004, "dropout": 0.08},
    "regularizer=l1": {**NO_PENALTY, "l1": 0.005},
    "regularizer=l2": {**NO_PENALTY, "l2": 0.1},
    "regularizer=none": NO_PENALTY,
    "schedule=constant": {},
    "schedule=cosine": {"floor": 0.0},
    "schedule=exponential": {"every": 1000, "gamma": 0.1},
    "schedule=step": {"every": 1000, "gamma": 0.1},
    "task=classification": {},
    "task=surface": {"function": "bowl", "start": [-3.0, 4.0], "l1": 0.0, "l2": 0.0},
}  # fmt: skip
"""The published default values of every option, written out by hand: numbers that users and records rely on."""

TRAINER = {
    "epochs": 10, "iterations": None, "batch_size": 100, "sampling": "shuffle", "eval_every": None, "eval_rows": None,
    "dtype": "float32", "gradient": "backprop", "difference_step": None,
    "slice": False, "trace": False, "frozen": [], "reduction": "mean",
}  # fmt: skip


def schema_of(option):
    group, name = option.split("=")
    return "mlp" if name == "two_layer" else "regularizer" if group == "regularizer" else name


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes_to_its_published_defaults(option, monkeypatch):
    monkeypatch.delenv("MNIST_DIR", raising=False)
    group = option.partition("=")[0]
    recipe = getattr(to_settings(compose("config", [option])), group)
    assert type(recipe) is GROUPS[group][schema_of(option)]
    assert asdict(recipe) == DEFAULTS[option]


def test_the_published_defaults_of_a_run():
    settings = to_settings(compose("config", []))
    chosen = {group: type(getattr(settings, group)).__name__ for group in GROUPS}
    assert chosen == {
        "task": "Classification", "dataset": "Digits", "model": "MLP", "optimizer": "SGD", "schedule": "Constant",
        "regularizer": "Regularizer", "init": "He", "loss": "CrossEntropy",
    }  # fmt: skip
    assert (settings.seed, settings.bn, asdict(settings.trainer)) == (0, False, TRAINER)
    assert asdict(settings.regularizer) == NO_PENALTY
    assert asdict(settings.objective) == {"metric": "val/accuracy", "direction": "maximize"}
    assert (settings.plan, settings.reuse, settings.rerun) == (False, True, None)


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
    described = {f"{option.partition('=')[0]}={schema_of(option)}" for option in OPTIONS}
    assert described == {f"{group}={schema}" for group, schemas in GROUPS.items() for schema in schemas}


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
