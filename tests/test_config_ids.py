"""The identities of configurations stay what they were: records that were made by earlier versions answer for ever."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import RunMode
from tests.conftest import PROJECT

from zerosweep.config.arguments import chosen_by_sweep
from zerosweep.config.grid import grid
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import register
from zerosweep.runs.identity import config_id, digest

RECORDED = Path(__file__).with_name("config_ids.json")
"""By overrides: the config_id. By sweep: a digest of how many runs it has, and of the config_ids of the first and the last."""


@pytest.fixture
def loader():
    register()
    Plugins.instance()  # the sweepers that sweeps name
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def of_overrides(overrides: str) -> str:
    return config_id(to_settings(compose("config", overrides.split())))


def of_sweep(loader, name: str) -> str:
    chosen = [f"sweeps={name}", *chosen_by_sweep([f"sweeps={name}"])]
    sweeper = loader.load_configuration("config", chosen, RunMode.MULTIRUN).hydra.sweeper
    if "cases" not in sweeper:  # a search: what it searches has no list of runs
        return of_overrides(" ".join(chosen))
    made = grid(loader, sweeper.params or {}, [f"sweeps={name}"], sweeper.cases or [], sweeper.when or {})
    ids = [config_id(to_settings(compose("config", list(job)))) for job in (made.jobs[0], made.jobs[-1])]
    return digest(" ".join([str(len(made.jobs)), *ids]).encode())


@pytest.mark.parametrize("overrides", json.loads(RECORDED.read_text())["overrides"])
def test_a_configuration_keeps_its_id(loader, overrides):
    assert of_overrides(overrides) == json.loads(RECORDED.read_text())["overrides"][overrides]


@pytest.mark.parametrize("name", sorted(file.stem for file in (PROJECT / "sweeps").glob("*.yaml")))
def test_the_runs_of_a_sweep_keep_their_ids(loader, name):
    recorded = json.loads(RECORDED.read_text())["sweeps"]
    assert name not in recorded or of_sweep(loader, name) == recorded[name]
