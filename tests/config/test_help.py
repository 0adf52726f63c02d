"""What `--help` says of the groups and of each setting."""

import re
import subprocess
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from omegaconf import OmegaConf
from tests.conftest import PROJECT

from zerosweep.config.help import comments, explanations, groups, summary
from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.places import CONF
from zerosweep.recipe import Recipe, number, one_of

SECTIONS = {
    type(setting.default_factory()) for setting in fields(Settings) if isinstance(setting.default_factory, type)
}


@dataclass
class Base(Recipe):
    """A base class.

    Attributes:
        rate: A rate that is
            explained in two lines.
        kind: Not this, but the range.
    """

    rate: float = number(1.0, above=0)


@dataclass
class Written(Base):
    """A summary of the class. first, second: two of a kind; decay > 0.

    clip = 0: one way of it.

    clip > 0: another way.
    """

    first: int = 1
    second: int = 2
    decay: float = 0.1
    clip: float = 0
    kind: str = one_of("a", "b")
    size: int = number(3, at_least=1)
    values: list[int] = field(default_factory=list)


def test_a_setting_is_explained_by_its_docstring_in_any_of_its_forms():
    assert explanations(Written) == {
        "rate": "A rate that is explained in two lines",
        "first": "two of a kind",
        "second": "two of a kind",
        "decay": "> 0",
        "clip": "= 0: one way of it; > 0: another way",
        "kind": "Not this, but the range",
        "size": "must be >= 1",
        "values": "",
    }
    assert summary(Written) == "A summary of the class."
    assert summary(Base) == "A base class."


def test_a_class_without_a_docstring_explains_nothing():
    @dataclass
    class Plain:
        x: int = 1

    assert (summary(Plain), explanations(Plain)) == ("", {"x": ""})


@pytest.mark.parametrize(
    "schema", sorted([Settings, *SECTIONS], key=lambda schema: schema.__name__), ids=lambda schema: schema.__name__
)
def test_every_setting_of_a_section_is_explained(schema):
    assert {name for name, text in explanations(schema).items() if not text} == set()


@pytest.mark.parametrize("file", sorted(file for group in GROUPS for file in (PROJECT / "conf" / group).iterdir()))
def test_every_setting_of_an_option_is_explained(file):
    (group, schema) = re.search(r"/schema_([a-z]+)_(\w+)@", file.read_text()).groups()
    found = explanations(GROUPS[group][schema], comments(group, file.stem))
    assert {name for name, text in found.items() if not text} == set()


def test_the_default_of_each_group_is_marked_and_is_that_of_the_configuration():
    loader = ConfigLoaderImpl(create_config_search_path(str(CONF)))
    defaults = OmegaConf.load(PROJECT / "conf" / "config.yaml").defaults
    expected = {group: option for entry in defaults if OmegaConf.is_dict(entry) for group, option in entry.items()}
    marked = dict(re.findall(r"^(\w+): .*?(\w+) \(default\)", groups(loader), re.MULTILINE))
    assert marked == {group: option for group, option in expected.items() if group in GROUPS}
    assert set(marked) == set(GROUPS)


def test_help_explains_each_setting_with_the_value_that_it_has(train):
    result = train("--help", "optimizer=adam", "optimizer.lr=0.25", "tracking.uri=postgresql://me:secret@host/db")
    assert result.returncode == 0, result.stderr
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "optimizer: adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd (default)" in lines
    assert "optimizer.lr=0.25 the learning rate η > 0" in lines
    assert any(line.startswith("optimizer=adam: m ← β₁ m") for line in lines)
    assert "tracking.model=false Save a model that `mlflow models serve` can serve" in lines
    assert "secret" not in result.stdout
    assert "$$" not in result.stdout
    assert "$MLFLOW_TRACKING_URI" in result.stdout
    shown = {line.partition("=")[0] for line in lines if re.match(r"[\w.]+=", line)}
    settings = {name for name in explanations(Settings) if name not in GROUPS}
    assert {"seed", "bn", "plan", "reuse", "rerun", "hydra.sweeper.cases", "trainer.epochs", "report.y"} <= shown
    assert {f"tracking.{name}" for name in explanations(type(Settings().tracking))} <= shown
    assert {name for name in settings if not hasattr(getattr(Settings(), name), "purposes")} <= shown
    assert max(map(len, result.stdout.partition("Flags:")[0].splitlines())) <= 120


def test_help_of_a_surface_and_of_a_search_shows_what_these_have(train):
    surface = train("--help", "task=surface", "hydra/sweeper=optuna")
    assert surface.returncode == 0, surface.stderr
    assert "task.function=bowl" in surface.stdout
    assert "dataset.train_size" not in surface.stdout
    assert "hydra.sweeper.n_trials=" in surface.stdout


def test_help_imports_nothing_that_takes_long(environment, tmp_path):
    """It answers in half a second on an idle machine, where importing any of these takes longer."""

    program = (
        "import runpy, sys, atexit\n"
        "slow = {'mlflow', 'matplotlib', 'pandas', 'sklearn', 'scipy', 'optuna', 'distributed', 'sqlalchemy'}\n"
        "atexit.register(lambda: print('imported:', *sorted(slow & set(sys.modules)), file=sys.stderr))\n"
        f"sys.path.insert(0, {str(PROJECT / 'src')!r})\n"
        "sys.argv = ['train.py', '--help']\n"
        f"runpy.run_path({str(Path(PROJECT, 'src', 'train.py'))!r}, run_name='__main__')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "optimizer.lr=" in result.stdout
    assert result.stderr.splitlines() == ["imported:"]
