"""What the README says to type can be typed."""

import re
import shlex

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import RunMode

from zerosweep import PROJECT
from zerosweep.config.arguments import chosen_by_sweep
from zerosweep.config.grid import grid
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import register
from zerosweep.config.space import Space
from zerosweep.config.words import read_words

README = (PROJECT / "README.md").read_text()
COMMANDS = sorted(set(re.findall(r"^    python src/train\.py([^\n#]*)", README, re.MULTILINE)))
"""Arguments of each command in a block of its own."""

TARGETS = sorted(set(re.findall(r"`make (\w+)`|^    make (\w+)", README, re.MULTILINE)))


def test_there_are_commands():
    assert len(COMMANDS) >= 6
    assert len(TARGETS) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_composes(command):
    words = [word for word in shlex.split(command) if "=" in word]
    words += chosen_by_sweep(words)
    register()
    Plugins.instance()  # the sweepers and launchers that commands name
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        of_hydra = [word for word in words if word.startswith("hydra")]
        if "hydra/sweeper=optuna" in words:
            master = loader.load_configuration("config", words, RunMode.MULTIRUN)
            searched = Space(
                loader, master, master.hydra.sweeper.params, [word for word in words if word not in of_hydra]
            )
            assert len(searched.names) >= 2
            return
        jobs = grid(loader, {}, [word for word in words if word not in of_hydra]).jobs
        assert len(jobs) == 1 or "-m" in command
        for job in (jobs[0], jobs[-1]):
            assert to_settings(compose("config", [*job, *of_hydra]))


def test_the_comparison_can_be_typed():
    (words,) = re.findall(r"^    python src/compare\.py (.*)", README, re.MULTILINE)
    read = read_words(shlex.split(words))
    assert read.report.lines == "optimizer"
    assert read.rest == ('params.bn = "true" and metrics.`val/accuracy` > 0.9',)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_there(target):
    assert re.search(rf"^{''.join(target)}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)


def test_every_file_it_names_is_there():
    named = re.findall(r"`((?:src|conf|tests|benchmarks|docs)/[\w/.]*)`|\]\((docs/[\w.]+)\)", README)
    assert named
    assert all((PROJECT / "".join(path)).exists() for path in named)
