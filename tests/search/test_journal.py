"""Journals that were cut, overwritten, or not written to the end."""

import json
import multiprocessing
import resource
import signal
import threading
from contextlib import suppress

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from zerosweep.search import journal as module
from zerosweep.search.journal import BrokenJournal, Journal, is_journal, open_repaired, set_aside

LAST = 160
"""The number of places at which a journal is cut, one for each of its last bytes.

It is more than the length of a record.
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "study.log"


@pytest.fixture(autouse=True, scope="module")
def impatient():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SETTLING_SECONDS", 0)
        yield


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Return a file, and the content of a journal with some trials."""
    file = tmp_path_factory.mktemp("journal") / "study.log"
    study = opened(file)
    for _ in range(2):
        trial(study)
    return file, file.read_bytes()


@pytest.fixture
def study(file):
    return opened(file)


def opened(file):
    return optuna.create_study(study_name="mine", storage=JournalStorage(Journal(file)), load_if_exists=True)


def trial(study, value=0.5):
    asked = study.ask()
    asked.suggest_float("x", 0, 1)
    asked.set_user_attr("name", "ü" * 10)
    study.tell(asked, value)


def replayed(file):
    """Return the trials, as Optuna's own code reads the journal."""
    storage = JournalStorage(JournalFileBackend(str(file)))
    return optuna.load_study(study_name="mine", storage=storage).trials


def test_whichever_byte_was_the_last_to_be_written_a_study_goes_on(file, study):
    for _ in range(2):
        trial(study)
    whole = file.read_bytes()
    for cut in [*range(20), *range(len(whole) - LAST, len(whole))]:
        file.write_bytes(whole[:cut])
        storage, done = open_repaired(file)
        storage.set_study_user_attr(0, "again", cut) if cut > 20 else storage.create_new_study([1], "mine")
        assert bool(done) == (cut > 0 and not whole[:cut].endswith(b"\n"))
        kept = whole[:cut].count(b"\n")
        assert file.read_bytes().splitlines()[:kept] == whole.splitlines()[:kept]
        assert len([*map(json.loads, file.read_bytes().splitlines())]) == kept + 1
    assert not set_aside(file)


def test_a_live_study_goes_on_after_a_partial_line(file, study):
    trial(study)
    with file.open("ab") as end:
        end.write(b'{"op_code":5,"worker_id":"a')
    trial(study)
    assert [one.state for one in replayed(file)] == [TrialState.COMPLETE] * 2
    assert [one.state for one in study.trials] == [TrialState.COMPLETE] * 2


@pytest.mark.parametrize("stray", [b"\0", b"x", b"\xff\xfe", b"\n", b"}", b"null\n", b"{}\n", b"\0" * 5000, b"\xff\n"])
def test_stray_bytes_at_the_end_are_cut_off(file, study, stray):
    trial(study)
    whole = file.read_bytes()
    file.write_bytes(whole + stray)
    storage, done = open_repaired(file)
    assert done == "had lost the end of its last line"
    assert file.read_bytes() == whole
    trial(optuna.load_study(study_name="mine", storage=storage))
    assert len(replayed(file)) == 2


@given(st.integers(0, 10**6), st.integers(0, 200), st.binary(max_size=50))
@settings(max_examples=30)
def test_whatever_a_journal_holds_it_can_be_searched(sample, at, length, bytes_there):
    file, whole = sample
    at %= len(whole)
    file.write_bytes(whole[:at] + bytes_there + whole[at + length :])
    storage, done = open_repaired(file)
    assert set_aside(file) == ("was broken" in done)
    for other in file.parent.glob("*.broken-*"):
        other.unlink()
    again = optuna.create_study(study_name="mine", storage=storage, load_if_exists=True)
    before = len(again.trials)
    again.ask()
    assert len(again.trials) == len(replayed(file)) == before + 1


def test_a_journal_that_is_broken_inside_is_set_aside(file, study):
    for _ in range(2):
        trial(study)
    lines = file.read_bytes().splitlines(keepends=True)
    broken = b"".join([*lines[:3], lines[3][:20] + lines[4], *lines[5:]])  # a record glued to half of another
    file.write_bytes(broken)
    storage, done = open_repaired(file)
    (aside,) = [other for other in file.parent.iterdir() if ".broken-" in other.name]
    assert done == f"was broken, and is {aside.name} now"
    assert aside.read_bytes() == broken
    assert optuna.get_all_study_names(storage) == []
    assert set_aside(file)


def test_what_may_be_repaired(tmp_path, study, file):
    assert is_journal(file)
    file.write_bytes(b"\0" * 100)
    assert is_journal(file)  # as it was written here
    for content, ours in ((b"", True), (b'{"op_co', True), (b"text\n", False), (b'x\n{"op_code":1}\n', True)):
        (other := tmp_path / "other").write_bytes(content)
        assert is_journal(other) == ours
    assert is_journal(tmp_path / "absent")


def test_a_journal_that_is_cut_or_removed_meanwhile_is_one_line(file, study):
    trial(study)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BrokenJournal, match="the next search repairs it and resumes"):
        study.ask()
    file.unlink()
    with pytest.raises(BrokenJournal, match="was removed"):
        study.ask()
    assert not file.exists()


def test_other_programs_use_the_journal_at_the_same_time(file, study):
    """Write with Optuna's own lock, which must not wait for ours."""
    theirs = optuna.load_study(study_name="mine", storage=JournalStorage(JournalFileBackend(str(file))))
    there = threading.Thread(target=lambda: [trial(theirs) for _ in range(10)])
    there.start()
    for _ in range(10):
        trial(study)
    there.join(timeout=25)
    assert not there.is_alive()
    assert [one.state for one in replayed(file)] == [TrialState.COMPLETE] * 20


def _fill(file, limit):
    """Search until the file reaches the limit of its size, which cuts a write short like a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with suppress(OSError):
        study = opened(file)
        while True:
            trial(study)


@pytest.mark.parametrize("room", [1, 100, 333])
def test_a_full_disk_costs_only_what_was_not_written(file, study, room):
    trial(study)
    limit = file.stat().st_size + room
    full = multiprocessing.get_context("fork").Process(target=_fill, args=[file, limit])
    full.start()
    full.join(timeout=60)
    assert full.exitcode == 0
    assert file.stat().st_size == limit
    before = len(replayed(file))
    storage, done = open_repaired(file)
    trial(optuna.load_study(study_name="mine", storage=storage))
    assert done
    assert len(replayed(file)) == before + 1
    assert not set_aside(file)
