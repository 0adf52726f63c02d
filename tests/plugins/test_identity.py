"""The code_id of a run counts the plugins that it uses, and no others."""

import pytest
from hydra import compose, initialize_config_dir
from tests.plugins.conftest import DOCUMENTED

from zerosweep.config.plugin_files import load_files
from zerosweep.config.read import to_settings
from zerosweep.places import CONF
from zerosweep.runs.identity import identify, plugins_of


def identity(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return identify(to_settings(compose("config", list(overrides))), "data")


def used(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return [plugin.module for plugin in plugins_of(to_settings(compose("config", list(overrides))))]


def test_a_run_that_uses_no_part_of_a_plugin_keeps_its_identity(folder):
    before = identity()
    load_files(["lion.py", "layers.py"])
    assert identity() == identity("plugins=[lion.py,layers.py]") == before
    assert identity("optimizer=lion").code_id != before.code_id


@pytest.mark.parametrize(
    ("override", "module"),
    [
        *(("optimizer=lion", "lion"), ("model.activation=elu", "layers"), ("model=wide", "layers")),
        *(("loss=hinge", "hinge"), ("dataset=random_labels", "random_labels"), ("schedule=warmup", "warmup")),
    ],
)
def test_the_plugins_that_a_run_uses(override, module, folder):
    load_files(sorted(set(DOCUMENTED) - {"measures.py"}))
    assert used(override) == [module]


def test_a_metric_is_used_by_every_classification_and_by_nothing_else(folder):
    load_files("measures.py")
    assert used() == ["measures"]
    assert used("task=surface") == []


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("(1 - self.beta1)", "(2 - self.beta1)", True),
        ("from m = 0.", "from 0.", False),
        ("# lion.py", "# my lion", False),
        ("import numpy as np", "import numpy as np\nimport local", True),
    ],
    ids=["the rule", "the docstring", "a comment", "a local module"],
)
def test_a_change_counts_unless_it_is_of_words(old, new, changes, folder):
    (folder / "local.py").write_text("")
    load_files("lion.py")
    before = identity("optimizer=lion")
    (folder / "lion.py").write_text(DOCUMENTED["lion.py"].replace(old, new))
    load_files("lion.py")
    assert (identity("optimizer=lion") != before) is changes


def test_a_change_of_a_local_module_counts(folder):
    (folder / "lion.py").write_text("import local\n" + DOCUMENTED["lion.py"])
    (folder / "local.py").write_text("x = 1\n")
    load_files("lion.py")
    before = identity("optimizer=lion")
    (folder / "local.py").write_text("x = 2\n")
    load_files("lion.py")
    assert identity("optimizer=lion") != before
