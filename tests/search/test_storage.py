"""Storages of studies, and their owners."""

import multiprocessing
import os
import signal
import socket

import optuna
import pytest

from zerosweep.errors import SettingError, UserError
from zerosweep.search import storage
from zerosweep.search.journal import KernelLock
from zerosweep.search.owner import Owner
from zerosweep.search.storage import check_name, open_storage, shared, storage_of


@pytest.fixture(autouse=True)
def studies(monkeypatch, tmp_path):
    monkeypatch.setattr(storage, "studies", lambda: tmp_path / "studies")


def test_a_study_has_a_journal_of_its_own():
    assert storage_of(None, "mine") == f"journal:{storage.studies() / 'mine.log'}"


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
    KernelLock(storage.Path(f"{url.removeprefix('journal:')}.flock")).acquire()
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


OWN, SHARED, MYSQL = "journal:{}/study.log", "postgresql://host/db", "mysql://host/db"


def test_what_is_shared():
    assert [shared(url) for url in (OWN, "sqlite:///a.db", SHARED, "postgresql+psycopg://h/d")] == [
        False,
        False,
        True,
        True,
    ]


def test_a_study_of_ones_own_has_one_owner(tmp_path):
    own = OWN.format(tmp_path)
    with Owner(own, "mine"), pytest.raises(UserError, match="is being searched by another process"):
        Owner(own, "mine")
    with Owner(own, "mine") as owner, Owner(own, "another"), Owner(f"journal:{tmp_path}/b.log", "mine"):
        assert owner.may_close("whoever/7")


@pytest.mark.parametrize("url", ["journal:{}/study.log", "sqlite:///{}/study.db"])
def test_another_checkout_sees_the_owner_of_a_file(url, tmp_path, monkeypatch):
    url = url.format(tmp_path)
    with Owner(url, "mine"):
        monkeypatch.setattr(storage, "studies", lambda: tmp_path / "another" / "mlruns" / "studies")
        with pytest.raises(UserError, match="is being searched by another process"):
            Owner(url, "mine")


def test_another_checkout_sees_who_shares_a_database(tmp_path, monkeypatch):
    with Owner(MYSQL, "mine") as first:
        monkeypatch.setattr(storage, "studies", lambda: tmp_path / "another" / "mlruns" / "studies")
        with Owner(MYSQL, "mine") as second:
            assert first.name != second.name
            assert not first.may_close(second.name)
            assert first.sees_alive(second.name)
        assert first.may_close(second.name)
        assert not first.sees_alive(second.name)


def test_a_shared_study_has_many_owners_of_names_of_their_own():
    with Owner(MYSQL, "mine") as first, Owner(MYSQL, "mine") as second:
        assert first.name != second.name
        assert first.may_close(first.name)
        assert not first.sees_alive(first.name)
        assert not first.may_close(second.name)  # at work
        assert not first.may_close("another-machine:/0")
        assert not first.may_close(f"{socket.gethostname()}:/no/such/folder/0")
        assert not first.may_close("")
        assert not first.sees_alive("another-machine:/0")
    with Owner(MYSQL, "mine") as third:
        assert third.name == first.name  # which is free again
        assert third.may_close(second.name)
        with Owner(MYSQL, "mine") as fourth:  # to ask has taken nothing
            assert fourth.name == second.name


def test_the_name_of_an_owner_names_its_machine():
    with Owner(MYSQL, "mine") as owner:
        assert owner.name.startswith(f"{socket.gethostname()}:{storage.studies()}")


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", "", " ", "it's", "new\nline", "x" * 201, "ü" * 101])
def test_the_name_of_a_study_stays_in_its_folder(name):
    with pytest.raises(SettingError, match=r"^hydra\.sweeper\.study_name="):
        check_name("hydra.sweeper.study_name", name)
    assert check_name("hydra.sweeper.study_name", "my study-1.5=ü") == "my study-1.5=ü"


def test_what_is_no_regular_file_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    places = ["/dev/null", *(f"{tmp_path}/{name}" for name in ("folder", "dangling", "loop", "pipe", "x" * 300))]
    for place in places:
        for begins in ("journal:", "sqlite:///"):
            with pytest.raises(SettingError, match=r"^hydra\.sweeper\.storage="):
                storage_of(f"{begins}{place}", "mine")
    assert not (tmp_path / "nothing").exists()


def test_a_file_of_somebody_elses_is_no_journal(tmp_path):
    (file := tmp_path / "notes.txt").write_text("not a journal\nat all\n")
    with pytest.raises(SettingError, match="is not a journal of Optuna"):
        storage_of(f"journal:{file}", "mine")
    assert file.read_text() == "not a journal\nat all\n"
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1/",
        "postgres://me:secret@host/db",
        "SQLITE:///x",
        "databricks",
        "postgresql:x",
        "sqlite:x",
        "://",
        ":",
    ],
)
def test_a_malformed_url_is_refused(url):
    with pytest.raises(SettingError, match="must begin with journal:") as caught:
        storage_of(url, "mine")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://[::1/", "postgresql://127.0.0.1:99999/x", "postgresql://127.0.0.1:1/x"])
def test_a_server_that_cannot_be_there_is_one_line(url):
    pytest.importorskip("psycopg")
    with pytest.raises(UserError, match=r"^hydra\.sweeper\.storage=.*: cannot be opened \(.*\)$"):
        open_storage(storage_of(url, "mine"))
