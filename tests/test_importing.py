"""What is imported for good is nobody's garbage."""

import gc
import os
import subprocess
import sys

import pytest

from zerosweep.importing import for_good, found_by_others


@pytest.fixture(autouse=True)
def as_before():
    yield
    gc.unfreeze()
    gc.enable()


def test_nobody_looks_through_what_is_there_to_stay():
    with for_good():
        assert not gc.isenabled()
        stays = [[]]
    assert gc.isenabled()
    assert not any(one is stays for one in gc.get_objects())
    later = [[]]
    assert any(one is later for one in gc.get_objects())


def test_what_fails_leaves_the_collector_as_it_was():
    with pytest.raises(ImportError), for_good():
        raise ImportError
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    with for_good():
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
    with found_by_others():
        subprocess.run(
            [sys.executable, "-c", f"import zerosweep{', theirs' if before else ''}"], check=True, cwd=tmp_path
        )
    assert os.environ.get("PYTHONPATH") == then
