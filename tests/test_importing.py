"""What is imported for good is nobody's garbage."""

import gc

import pytest

from zerosweep.importing import for_good


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
