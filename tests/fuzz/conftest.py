"""What tests of this folder share: the programs in one process, on a store of their own."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from tests.conftest import PROJECT
from tests.fuzz.harness import Program


@pytest.fixture(scope="session")
def pressed_program(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    program = Program(PROJECT, folder, of_store(store))
    yield program
    program.stop()


def of_store(store):
    import os

    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "HYDRA"))}
    return ours | {"MLFLOW_TRACKING_URI": store, "PYTHONWARNINGS": "ignore"}
