"""An unknown setting is answered with the place of the one that was meant."""

import subprocess
import sys
from importlib.metadata import version

import pytest
from hydra.core.plugins import Plugins
from tests.conftest import PROJECT

from zerosweep.config.nearest import known_settings, unknown_setting
from zerosweep.config.schemas import register

TOP = ["bn", "optimizer", "report", "seed", "trainer"]


@pytest.fixture(scope="module", autouse=True)
def schemas():
    register()
    Plugins.instance()  # which register the options of hydra/sweeper and hydra/launcher


@pytest.mark.parametrize(
    ("name", "group", "ends"),
    [
        ("epochs", "", "setting; did you mean trainer.epochs?"),
        ("epoch", "", "setting; did you mean trainer.epochs?"),
        ("lr", "", "setting; did you mean optimizer.lr?"),
        ("learning_rate", "", "setting; did you mean optimizer.lr?"),
        ("momentum", "", "setting; did you mean optimizer.momentum with optimizer=momentum or nesterov?"),
        ("workers", "", "setting; did you mean hydra.launcher.workers with hydra/launcher=local?"),
        ("optmizer", "", "setting; the top level has bn, optimizer, report, seed, trainer; did you mean optimizer?"),
        ("zzz", "", "setting; the top level has bn, optimizer, report, seed, trainer"),
        ("epochs", "optimizer", "setting; optimizer has lr; did you mean trainer.epochs?"),
        ("learning_rate", "optimizer", "setting; optimizer has lr; did you mean lr?"),
        ("lrx", "optimizer", "setting; optimizer has lr; did you mean lr?"),
    ],
)
def test_the_place_that_was_meant_is_named(name, group, ends):
    assert unknown_setting(name, group, ["lr"] if group else TOP) == f"no such {ends}"


def test_every_place_exists():
    for name, places in known_settings().items():
        assert all(place.split(" ")[0].endswith(f".{name}") for place in places)


@pytest.mark.parametrize("program", ["train.py", "compare.py", "experiments.py"])
def test_the_version_is_that_of_the_project(program):
    command = [sys.executable, str(PROJECT / "src" / program), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == f"zerosweep {version('zerosweep')}\n"
    assert answer.stderr == ""
