"""One override more: the same run as the command with it would be, whatever the override replaces."""

import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from tests.conftest import PROJECT

from zerosweep.config.change import changed, command, with_override
from zerosweep.config.read import job_config
from zerosweep.config.schemas import register
from zerosweep.runs.identity import config_id


@pytest.fixture
def composed():
    register()
    Plugins.instance()  # the sweepers that files of sweeps/ name
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):

        def config(*words):
            cfg = compose("config", [*words, "hydra.mode=RUN", "hydra.run.dir=logs"], return_hydra_config=True)
            HydraConfig.instance().set_config(cfg)
            return job_config(cfg, HydraConfig.get())

        yield config


TINY = ("init=normal", "init.scale=0.0001")
CASES = [
    (TINY, "init=he"),
    ((*TINY, "model.activation=tanh"), "init=xavier"),
    (("init.scale=0.1",), "init.scale=1"),
    (("bn=false", "trainer.iterations=30"), "bn=true"),
    (("optimizer=adam", "optimizer.lr=10"), "optimizer.lr=1e-05"),
    (("optimizer=momentum", "optimizer.momentum=0.5", "optimizer.lr=0.3"), "optimizer=adam"),
    (("regularizer=l2", "regularizer.l2=10"), "regularizer.l2=0"),
    (("regularizer=dropout_l1", "regularizer.dropout=0.9"), "regularizer.dropout=0.5"),
    (("dataset.normalize=false",), "dataset.normalize=true"),
    (("loss.clip=1e-10", "model=two_layer"), "loss.clip=0"),
    (("task=surface", "task.function=ravine", "optimizer.lr=10"), "optimizer.lr=0.1"),
    (("sweeps=bn_weight_scale", "init.scale=1.0", "bn=false"), "init=he"),
]


@pytest.mark.parametrize(("words", "override"), CASES, ids=[override for _, override in CASES])
def test_it_is_the_run_that_the_pasted_command_describes(words, override, composed):
    config = composed(*words)

    other = changed(config, override)
    typed = shlex.split(command(with_override(config.overrides, override)))
    pasted = composed(*(word for word in typed[2:] if not word.startswith("hydra.")))

    assert config_id(other.settings) == config_id(pasted.settings) != config_id(config.settings)
    assert other.flat() == pasted.flat()
    assert other.resolved == pasted.resolved
    assert override in other.overrides
    assert typed[:2] == ["python", "src/train.py"]


def test_the_configuration_that_it_was_made_from_is_left_alone(composed):
    config = composed(*TINY)
    before = config.yaml, list(config.overrides), dict(config.choices)

    changed(config, "init=he")

    assert (config.yaml, config.overrides, config.choices) == before


def test_it_has_neither_name_nor_sweep_and_is_not_verified(composed):
    config = composed("tracking.run_name=mine", "tracking.sweep=s", "diagnose.verify=true", "tracking.figures=false")

    other = changed(config, "bn=true")

    assert other.overrides == ["tracking.figures=false", "bn=true"]
    assert (other.sweep, other.settings.tracking.sweep, other.settings.tracking.run_name) == (None, None, None)
    assert not other.settings.diagnose.verify
    assert not other.settings.tracking.figures


def test_a_command_of_a_named_sweep_does_one_run():
    assert command(["sweeps=bn_weight_scale", "bn=true", "report.lines=bn"]) == (
        "python src/train.py sweeps=bn_weight_scale bn=true hydra.mode=RUN"
    )


def test_lists_are_quoted():
    assert command(["model.hidden=[20,10]"]) == "python src/train.py 'model.hidden=[20,10]'"


def test_every_group_option_it_may_be_asked_for_has_a_schema_of_its_name():
    files = [
        Path(PROJECT, "conf", f"{option.replace('=', '/')}.yaml")
        for option in ("init=he", "init=xavier", "optimizer=adam")
    ]
    assert all(f"schema_{file.parent.name}_{file.stem}@" in file.read_text() for file in files)
