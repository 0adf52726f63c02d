"""Addresses of stores: what is refused, and the one name of each."""

import os

import pytest

from zerosweep.errors import SettingError, UserError
from zerosweep.tracking.location import place
from zerosweep.tracking.opening import prepared
from zerosweep.tracking.store import artifact_location, open_store, store_uri

NO_STORES = {
    "http://[::1/": "is not an address",
    "http://127.0.0.1:99999/": "is not an address",
    "http://": "must name a host",
    "databricks": "must begin with",
    "databricks://profile": "must begin with",
    "~nosuchuser": "must begin with",
    "file:///tmp/mlruns": "must begin with",
    "sqlite://": "must name a file",
    "sqlite:///": "must name a file",
    "sqlite:///:memory:": "must name a file",
    f"sqlite:////tmp/{'x' * 300}/{'x' * 300}.db": "cannot be a file",
}


@pytest.mark.parametrize("uri", NO_STORES)
def test_what_is_no_store_is_refused_in_one_line(uri):
    with pytest.raises(SettingError, match=NO_STORES[uri]) as caught:
        store_uri(uri)
    assert str(caught.value).startswith("tracking.uri=")
    assert "\n" not in str(caught.value)


def test_a_scheme_may_be_in_capitals_and_have_a_driver(tmp_path):
    assert store_uri(f"SQLITE:///{tmp_path}/a.db") == f"sqlite:///{tmp_path}/a.db"
    assert store_uri(f"sqlite+pysqlite:///{tmp_path}/a.db") == f"sqlite:///{tmp_path}/a.db"


def test_a_file_has_one_name(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path)
    for path in ("folder/a.db", "./linked/a.db", "linked/../folder/a.db", f"{tmp_path}/linked/a.db"):
        assert store_uri(f"sqlite:///{path}") == f"sqlite:///{tmp_path}/folder/a.db"


def device(path):
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices are made by root")


def dangling(path):
    path.symlink_to(path.with_name("absent.db"))


def loop(path):
    path.symlink_to(path)


def hard_link(path):
    path.with_name("other.db").touch()
    path.hardlink_to(path.with_name("other.db"))


@pytest.mark.parametrize("make", [device, os.mkfifo, os.mkdir, dangling, loop, hard_link])
def test_what_sqlite_cannot_share_is_refused_and_left_as_it_is(make, tmp_path):
    make(file := tmp_path / "a.db")
    before = file.lstat()
    with pytest.raises(SettingError, match=r"^tracking\.uri="):
        store_uri(f"sqlite:///{file}")
    assert (file.lstat().st_ino, file.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert not (tmp_path / "absent.db").exists()


def test_no_device_is_ever_replaced(tmp_path):
    device(file := tmp_path / "a.db")
    with prepared(f"sqlite:///{file}", "artifacts"):  # as if it had come there after the address was checked
        pass
    assert file.is_char_device()


@pytest.mark.slow
def test_a_file_whose_name_begins_like_a_draft_is_left_alone(tmp_path):
    (mine := tmp_path / "mlflow.db.new-and-mine").write_text("mine")
    open_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert mine.read_text() == "mine"


def test_a_file_in_place_of_the_artifacts_is_refused(tmp_path):
    (tmp_path / "artifacts").touch()
    with pytest.raises(UserError, match=r"cannot save its artifacts, .*/artifacts is not a folder$"):
        store_uri(f"sqlite:///{tmp_path}/mlflow.db")


def test_random_bytes_are_no_database(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"SQLite format 3\0" + bytes(range(255, -1, -1)) * 80)
    with pytest.raises(UserError, match="cannot be opened") as caught:
        open_store(f"sqlite:///{tmp_path}/mlflow.db")
    assert "\n" not in str(caught.value)


def test_a_missing_driver_is_named(tmp_path):
    with pytest.raises(UserError, match=r"its driver is missing: .*psycopg2.*postgresql") as caught:
        open_store("postgresql+psycopg2://me:secret@127.0.0.1:1/db")
    assert "secret" not in str(caught.value)


def test_a_server_has_one_place_whoever_asks():
    assert place("postgresql+psycopg://a:b@LocalHost/db?x=1") == place("postgresql://127.0.0.1:5432/db/")
    assert place("http://127.0.0.1") != place("http://127.0.0.1:5000")


def test_artifacts_of_a_database_server_lie_where_all_commands_reach_them(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    database = "postgresql://somebody@127.0.0.1/db"
    monkeypatch.delenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", raising=False)
    assert artifact_location(database).endswith("/mlruns/artifacts")
    assert str(tmp_path) not in artifact_location(database)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", "s3://bucket/runs")
    assert artifact_location(database) == "s3://bucket/runs"
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", "kept")
    assert artifact_location(database) == (tmp_path / "kept").as_uri()
    assert artifact_location("http://127.0.0.1:5000") is None
