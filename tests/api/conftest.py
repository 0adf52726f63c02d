"""Calls of the API in the tests' own process: on the tests' store, each test in an experiment of its own."""

import importlib

import pytest


@pytest.fixture
def settings(store, experiment, monkeypatch, tmp_path):
    """Settings of a quick run. The store is that of the environment, as for most users."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.import_module("zerosweep.search.storage"), "home", lambda: tmp_path)
    return {
        "trainer": {"iterations": 20},
        "tracking": {"experiment": experiment},
        "hydra": {"sweep": {"dir": str(tmp_path / "logs")}},
    }
