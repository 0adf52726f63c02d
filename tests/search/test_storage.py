"""Where studies are kept, and whose they are."""

import multiprocessing
import os
import signal
import socket

import optuna
import pytest

from zerosweep.errors import SettingError, UserError
from zerosweep.search import storage
from zerosweep.search.storage import Owner, open_storage, shared, storage_of


@pytest.fixture(autouse=True)
def studies(monkeypatch, tmp_path):
    monkeypatch.setattr(storage, "STUDIES", tmp_path / "studies")


def test_a_study_has_a_journal_of_its_own():
    assert storage_of(None, "mine") == f"journal:{storage.STUDIES / 'mine.log'}"


@pytest.mark.parametrize(
    "url", ["sqlite:////a.db", "postgresql://host/db", "postgresql+psycopg://host/db", "mysql://h/d"]
)
def test_a_database_is_taken_as_it_is(url):
    assert storage_of(url, "mine") == url


def test_a_journal_is_where_one_stands(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert storage_of("journal:a/b.log", "mine") == f"journal:{tmp_path}/a/b.log"


@pytest.mark.parametrize("begins", ["journal:", "sqlite:///"])
def test_a_file_has_one_name_however_it_is_written(begins, monkeypatch, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path)
    ways = ["folder/a", "./folder/../folder/a", "link/a", f"{tmp_path}/folder/a"]
    assert {storage_of(f"{begins}{way}", "mine") for way in ways} == {f"{begins}{tmp_path}/folder/a"}
    with Owner(storage_of(f"{begins}link/a", "mine"), "mine"), pytest.raises(UserError, match="being searched"):
        Owner(storage_of(f"{begins}folder/a", "mine"), "mine")


@pytest.mark.parametrize("url", ["here", "redis://host", "/a/file.log", "http://host"])
def test_another_storage_is_refused(url):
    with pytest.raises(SettingError, match="must begin with journal:"):
        storage_of(url, "mine")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite+pysqlite://"])
def test_a_storage_in_memory_is_refused(url):
    with pytest.raises(SettingError, match=f"^hydra.sweeper.storage={url.replace('+', '.')}: is in memory"):
        storage_of(url, "mine")


@pytest.mark.parametrize("url", ["journal:{}/deep/er/study.log", "sqlite:///{}/deep/er/study.db"])
def test_a_study_outlives_its_process(url, tmp_path):
    url = url.format(tmp_path)
    optuna.create_study(study_name="mine", storage=open_storage(url)).add_trial(optuna.create_trial(value=0.5))
    again = optuna.load_study(study_name="mine", storage=open_storage(url))
    assert [trial.value for trial in again.trials] == [0.5]


@pytest.mark.parametrize("url", ["journal:{}/file/study.log", "sqlite:///{}/file/study.db"])
def test_what_cannot_be_opened_is_one_line(url, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match=r"^hydra.sweeper.storage=.*: cannot be opened \(.*\)$"):
        open_storage(url.format(tmp_path))


def test_a_password_is_not_told():
    pytest.importorskip("psycopg")
    with pytest.raises(UserError) as caught:
        open_storage("postgresql://me:secret@127.0.0.1:1/nothing")
    assert "me:***@" in str(caught.value)
    assert "secret" not in str(caught.value)


def _write_and_die(url):
    storage.KernelLock(storage.Path(f"{url.removeprefix('journal:')}.lock")).acquire()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_writer_that_was_killed_does_not_keep_others_waiting(tmp_path):
    url = f"journal:{tmp_path}/study.log"
    study = optuna.create_study(storage=open_storage(url))
    killed = multiprocessing.get_context("fork").Process(target=_write_and_die, args=[url])
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    study.ask()
    assert len(study.trials) == 1


OWN, SHARED = "journal:/a/study.log", "postgresql://host/db"


def test_what_is_shared():
    assert [shared(url) for url in (OWN, "sqlite:///a.db", SHARED, "postgresql+psycopg://h/d")] == [
        False,
        False,
        True,
        True,
    ]


def test_a_study_of_ones_own_has_one_owner():
    with Owner(OWN, "mine"), pytest.raises(UserError, match="is being searched by another process"):
        Owner(OWN, "mine")
    with Owner(OWN, "mine") as owner, Owner(OWN, "another"), Owner("journal:/b/study.log", "mine"):
        assert owner.may_close("whoever/7")


def test_a_shared_study_has_many_owners_of_names_of_their_own():
    with Owner(SHARED, "mine") as first, Owner(SHARED, "mine") as second:
        assert first.name != second.name
        assert first.may_close(first.name)
        assert not first.may_close(second.name)  # at work
        assert not first.may_close("another-machine/0")
        assert not first.may_close("")
    with Owner(SHARED, "mine") as third:
        assert third.name == first.name  # which is free again
        assert third.may_close(second.name)
        with Owner(SHARED, "mine") as fourth:  # to ask has taken nothing
            assert fourth.name == second.name


def test_the_name_of_an_owner_names_its_machine():
    with Owner(SHARED, "mine") as owner:
        assert owner.name == f"{socket.gethostname()}/0"
