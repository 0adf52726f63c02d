"""The source files that determine the code_id."""

import ast
import json
import os
import shutil
import subprocess
import sys

import pytest
from tests.conftest import PROJECT

from zerosweep.runs.sources import NOT_FOLLOWED, ROOTS, WITHOUT_NUMBERS, numeric_sources, without_docstrings

TRAIN = """
import json, sys
from zerosweep.config.schemas import register
from zerosweep.config.read import to_settings
from hydra import compose, initialize_config_dir
from zerosweep.runs.assemble import assemble
from zerosweep.training.loop import train
register()
with initialize_config_dir(sys.argv[1], version_base="1.3"):
    settings = to_settings(compose("config", ["trainer.iterations=2", *sys.argv[2:]]))
list(train(assemble(settings), settings.optimizer, settings.schedule, settings.trainer))
print(json.dumps(sorted(m.removeprefix("zerosweep.") for m in sys.modules if m.startswith("zerosweep."))))
"""

READING = {
    "config.options",
    "config.plugin_files",
    "plugins.loading",
    "plugins.sources",
    *("config.read", "config.recipes", "config.nearest", "config.names", "naming"),
    "config.purposes",
    "config.hydra_private",
    "config.surroundings",
    *("importing", "tracking.location", "tracking.sqlite"),  # config.surroundings compares the addresses of stores
    "jobs.executors.settings",
    "search.settings",
}
"""Modules that this test loads itself: to read settings, which belong to the config_id, Hydra discovers plugins."""

PACKAGE = PROJECT / "src" / "zerosweep"


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["model=cnn", "model.channels=[4]", "bn=true"],
        ["task=surface"],
        ["trainer.gradient=numerical", "model.hidden=[2]"],
    ],
    ids=["a network", "a CNN", "a surface", "numerical gradients"],
)
def test_every_module_that_training_loads_is_a_numeric_source_or_a_named_exception(overrides):
    command = [sys.executable, "-c", TRAIN, str(PROJECT / "conf"), *overrides]
    ended = subprocess.run(command, cwd=PROJECT / "src", capture_output=True, text=True, check=True)
    loaded = {name for name in json.loads(ended.stdout) if not (PACKAGE / name.replace(".", "/")).is_dir()}
    assert loaded - set(numeric_sources()) - set(WITHOUT_NUMBERS) - set(NOT_FOLLOWED) - READING == set()


def test_every_layer_optimizer_dataset_and_task_is_a_numeric_source():
    files = [file for part in ("nn", "optim", "data", "tasks") for file in (PACKAGE / part).glob("*.py")]
    others = {"nn.pooling", "data.arrays"}  # the oracle of nn.conv_pool; a writer of files that data.npz reads
    modules = {".".join(file.relative_to(PACKAGE).with_suffix("").parts) for file in files if file.stem != "__init__"}
    assert modules - others <= set(numeric_sources())
    assert set(ROOTS) <= set(numeric_sources())


@pytest.mark.parametrize("name", [*WITHOUT_NUMBERS, *NOT_FOLLOWED])
def test_an_exception_is_a_module_that_the_roots_import(name):
    assert (PACKAGE / name.replace(".", "/")).with_suffix(".py").exists()
    assert name not in numeric_sources()


def test_a_store_makes_no_numbers():
    assert not any(name.startswith("tracking.") and name != "tracking.params" for name in numeric_sources())


def of(source):
    return ast.unparse(without_docstrings(ast.parse(source)))


def test_comments_docstrings_and_layout_do_not_count():
    ours = of("def f(x):\n    '''Doubles.'''\n    return 2 * x  # twice\n")
    assert ours == of("# a module\ndef f(x):\n\n    return (2 * x)\n")
    assert ours != of("def f(x):\n    return 3 * x\n")


def code_id_of(folder):
    """The code_id in a fresh process that imports the package from this folder."""
    program = "import zerosweep; from zerosweep.runs.sources import code_id; print(zerosweep.__file__, code_id())"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(folder)}, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported, found = ended.stdout.split()
    assert imported == str(folder / "zerosweep" / "__init__.py")
    return found


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original")
    shutil.copytree(PACKAGE, folder / "zerosweep", ignore=shutil.ignore_patterns("__pycache__"))
    return folder, code_id_of(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("training/verdict.py", "CHANCE_MARGIN = 0.05\n", "CHANCE_MARGIN = 0.06\n", True),
        ("optim/adaptive.py", "beta2: float = number(0.999,", "beta2: float = number(0.99,", True),
        ("nn/losses.py", "from __future__", "import zlib\nfrom __future__", True),
        ("training/verdict.py", "CHANCE_MARGIN = 0.05\n", "CHANCE_MARGIN = 0.05  # of the accuracy\n", False),
        ("training/verdict.py", "CHANCE_MARGIN = 0.05\n", "CHANCE_MARGIN = 0.05\n'Of the accuracy.'\n\n\n", False),
        ("report/page.py", "from __future__", "import zlib\nfrom __future__", False),
    ],
    ids=["a constant", "a default", "an import", "a comment", "a docstring", "a module that changes no number"],
)
def test_a_fresh_process_sees_changed_code_and_only_that(tmp_path, original, file, old, new, changes):
    folder, code_id = original
    shutil.copytree(folder / "zerosweep", tmp_path / "zerosweep", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "zerosweep" / file
    text = source.read_text()
    assert text.count(old) == 1
    source.write_text(text.replace(old, new))
    assert (code_id_of(tmp_path) != code_id) is changes


def test_equal_code_has_one_code_id_wherever_it_is(original):
    folder, code_id = original
    assert code_id_of(PACKAGE.parent) == code_id_of(folder) == code_id
    assert len(code_id) == 16


def test_a_class_of_nothing_but_a_docstring_stays_a_class():
    assert of("class Lost(Exception):\n    '''No worker.'''\n") == "class Lost(Exception):\n    pass"
