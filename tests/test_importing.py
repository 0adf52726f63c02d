"""Imports: exemption from garbage collection, and the package in child processes."""

import gc
import os
import subprocess
import sys

import pytest

from zerosweep import importing
from zerosweep.importing import exempt_from_collection, importable_by_children


@pytest.fixture(autouse=True)
def in_a_process_of_the_project(monkeypatch):
    monkeypatch.setattr(importing, "_own", True)
    yield
    gc.unfreeze()
    gc.enable()


def test_nobody_looks_through_what_is_there_to_stay():
    with exempt_from_collection():
        assert not gc.isenabled()
        stays = [[]]
    assert gc.isenabled()
    assert not any(one is stays for one in gc.get_objects())
    later = [[]]
    assert any(one is later for one in gc.get_objects())


def test_a_hosts_collector_is_left_alone(monkeypatch):
    monkeypatch.setattr(importing, "_own", False)
    with exempt_from_collection():
        assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_what_fails_leaves_the_collector_as_it_was():
    with pytest.raises(ImportError), exempt_from_collection():
        raise ImportError
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    with exempt_from_collection():
        pass
    assert not gc.isenabled()


@pytest.mark.parametrize("before", [None, "elsewhere"])
def test_a_process_started_meanwhile_finds_the_package_and_what_it_found_before(before, monkeypatch, tmp_path):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if before:
        (tmp_path / before).mkdir()
        (tmp_path / before / "theirs.py").touch()
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / before))
    then = os.environ.get("PYTHONPATH")
    with importable_by_children():
        subprocess.run(
            [sys.executable, "-c", f"import zerosweep{', theirs' if before else ''}"], check=True, cwd=tmp_path
        )
    assert os.environ.get("PYTHONPATH") == then
