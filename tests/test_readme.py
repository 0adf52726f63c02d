"""What the README says to type can be typed."""

import re
import shlex

import pytest
from hydra import compose, initialize_config_dir

from zerosweep import PROJECT
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import register

README = (PROJECT / "README.md").read_text()
COMMANDS = sorted(set(re.findall(r"^    python src/train\.py([^\n#]*)", README, re.MULTILINE)))
"""Arguments of each command in a block of its own."""

TARGETS = sorted(set(re.findall(r"`make (\w+)`|^    make (\w+)", README, re.MULTILINE)))


def test_there_are_commands():
    assert len(COMMANDS) >= 6
    assert len(TARGETS) >= 5


def one_of_each(words: list[str], pick: int) -> list[str]:
    """One job of a sweep: of the values separated by commas the first (0) or the last (-1)."""
    return [word if "[" in word else f"{word.split('=')[0]}={word.split('=')[1].split(',')[pick]}" for word in words]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_composes(command):
    words = [word for word in shlex.split(command) if "=" in word]
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        for pick in (0, -1):
            assert to_settings(compose("config", one_of_each(words, pick)))


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_there(target):
    assert re.search(rf"^{''.join(target)}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)


def test_every_file_it_names_is_there():
    named = re.findall(r"`((?:src|conf|tests|benchmarks|docs)/[\w/.]*)`|\]\((docs/[\w.]+)\)", README)
    assert named
    assert all((PROJECT / "".join(path)).exists() for path in named)
