"""A class that cannot be a trainable, and a command that does not fit one: one line each, and nothing recorded."""

import doctest
import importlib

import pytest
from hydra import compose, initialize_config_dir
from tests.conftest import check_refused

from zerosweep.config.plugin_files import load_files
from zerosweep.config.read import to_settings
from zerosweep.errors import UserError
from zerosweep.places import CONF
from zerosweep.plugins import parts
from zerosweep.runs.assemble import validate

HEAD = "from dataclasses import dataclass, field\nimport numpy as np\nimport zerosweep as zs\n"
TRAIN = "    def train(self, seed):\n        yield {'a': 1}\n"

CLASSES = {
    "a function": ("@zs.trainable('mine')\ndef mine(seed):\n    yield {}\n", "is for a dataclass with a method train"),
    "no name": ("@zs.trainable\n@dataclass\nclass Mine:\n" + TRAIN, "takes the name, as in"),
    "no dataclass": (
        "@zs.trainable('mine')\nclass Mine:\n" + TRAIN,
        "Mine must be a dataclass; write @dataclass below",
    ),
    "a frozen one": ("@zs.trainable('mine')\n@dataclass(frozen=True)\nclass Mine:\n" + TRAIN, "must not be a frozen"),
    "no train": ("@zs.trainable('mine')\n@dataclass\nclass Mine:\n    x: int = 1\n", "must have the method train"),
    "no seed": (
        "@zs.trainable('mine')\n@dataclass\nclass Mine:\n    def train(self):\n        yield {}\n",
        "must have the method train\\(self, seed\\)",
    ),
    "a setting without a default": (
        "@zs.trainable('mine')\n@dataclass\nclass Mine:\n    x: int\n" + TRAIN,
        "setting x of Mine needs a default",
    ),
    "a setting that is an array": (
        "@zs.trainable('mine')\n@dataclass\nclass Mine:\n    x: np.ndarray = field(default_factory=lambda: np.ones(2))\n"
        + TRAIN,
        "Mine cannot be read as settings: .*ndarray",
    ),
    "a name that is taken": (
        "@zs.trainable('mine')\n@dataclass\nclass Mine:\n    purpose: str = 'x'\n" + TRAIN,
        "Mine.purpose has a name that is taken",
    ),
    "a built-in task": ("@zs.trainable('surface')\n@dataclass\nclass Mine:\n" + TRAIN, "is built in"),
}


@pytest.mark.parametrize(("text", "says"), CLASSES.values(), ids=CLASSES)
def test_a_class_that_cannot_be_one_is_one_line_with_its_place(text, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(HEAD + text)
    with pytest.raises(UserError, match=rf"mine\.py:\d+: .*{says}") as error:
        load_files("mine.py")
    assert "\n" not in str(error.value)


VALUES = {
    "a step that is a word": ("steps = 'x'", "Mine.steps: must be None or an integer > 0, not 'x'"),
    "no class": ("classes = 0", "Mine.classes: must be None or an integer > 0, not 0"),
    "data that are a number": ("def data_id(self): return 3", "Mine.data_id: must return at most 64 letters"),
    "data with a quote": ("""def data_id(self): return "it's" """, "Mine.data_id: must return at most 64 letters"),
}


@pytest.mark.parametrize(("line", "says"), VALUES.values(), ids=VALUES)
def test_a_value_of_the_class_that_cannot_be_is_one_line(line, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(f"{HEAD}@zs.trainable('mine')\n@dataclass\nclass Mine:\n    {line}\n{TRAIN}")
    load_files("mine.py")
    with initialize_config_dir(str(CONF), version_base="1.3"), pytest.raises(UserError, match=f"^{says}"):
        validate(to_settings(compose("config", ["task=mine"])))


def test_the_example_of_the_docstring():
    assert doctest.testmod(importlib.import_module("zerosweep.api.trainable")) == (0, 4)
    parts.remove(parts.PARTS["task", "halving"])


COMMANDS = {
    "a value of the wrong type": (["task.steps=x"], "task.steps=x: must be an integer", ""),
    "a value out of range": (["task.rate=0"], "task.rate=0.0: must be > 0", ""),
    "an unknown setting": (["task.rat=1"], "task.rat=1: no such setting", "did you mean rate?"),
    "an optimizer": (["optimizer=adam"], "optimizer=adam: task=odd has no optimizer", "leave it out"),
    "a setting of the optimizer": (["optimizer.lr=1"], "optimizer.lr=1: task=odd has no optimizer", ""),
    "a setting of the trainer": (["trainer.epochs=2"], "trainer.epochs=2: task=odd has no trainer", ""),
    "batch normalization": (["bn=true"], "bn=true: task=odd has no bn", ""),
    "a model to serve": (["tracking.model=true"], "tracking.model=true: this task has no model to save", ""),
    "a diagnosis": (["diagnose.verify=true"], "diagnose.verify=true: a trainable has no diagnosis", ""),
    "a test metric": (["objective.metric=test/f1"], "objective.metric=test/f1: test figures", "never optimised"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("overrides", "begins", "says"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_does_not_fit_is_one_line(overrides, begins, says, folder, train, runs):
    check_refused(train("plugins=[odd.py]", "task=odd", *overrides), begins, says)
    assert runs() == []


@pytest.mark.slow
def test_its_name_is_suggested(folder, train):
    check_refused(train("plugins=[odd.py]", "task=od"), "task=od: must be one of classification, odd, surface", "odd?")
