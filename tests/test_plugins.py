"""What Hydra discovers on every start."""

import subprocess
import sys
from dataclasses import fields

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from omegaconf import OmegaConf

from zerosweep.jobs.executors.settings import Cluster, Workers
from zerosweep.recipe import Recipe
from zerosweep.search.settings import Search

HEAVY = ("numpy", "mlflow", "optuna", "pebble", "matplotlib", "scipy", "distributed")


@pytest.mark.parametrize("module", ["launchers", "sweepers"])
def test_a_plugin_imports_nothing_heavy(module):
    told = f"import sys, hydra_plugins.zerosweep.{module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("group", "name", "settings"),
    [("launcher", "local", Workers), ("launcher", "dask", Cluster), ("sweeper", "optuna", Search)],
)
def test_a_plugin_has_the_settings_of_its_recipe(group: str, name: str, settings: type[Recipe]):
    Plugins.instance()
    node = ConfigStore.instance().load(f"hydra/{group}/{name}.yaml").node
    assert {name for name in node if not name.startswith("_")} == {setting.name for setting in fields(settings)}
    defaults = {one.name: one.default for one in fields(settings) if isinstance(one.default, str | int | float | None)}
    assert {key: OmegaConf.to_container(node)[key] for key in defaults} == defaults
