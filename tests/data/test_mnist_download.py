"""Downloading MNIST, from a real server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.data.conftest import small_mnist

from zerosweep.data import mnist
from zerosweep.data.mnist import MIRRORS, SHA256, Mnist
from zerosweep.errors import DataError

FILES = small_mnist()
PUBLISHED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}


class Mirror(ThreadingHTTPServer):
    """Serves `files` by name and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = dict(PUBLISHED)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/mnist/"


class Answer(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        name = self.path.removeprefix("/mnist/")
        self.server.asked.append(name)
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Not to standard error."""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_url() -> Iterator[str]:
    """An address at which nobody answers: the port is taken, but no one listens on it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/mnist/"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A user's cache of the test's own, checksums of the made-up files, and no proxy on the way to this machine."""
    folder = tmp_path / "cache"
    monkeypatch.setattr("pooch.os_cache", lambda project: folder / project)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    checksums = {name: hashlib.sha256(PUBLISHED[f"{name}.gz"]).hexdigest() for name in FILES}
    monkeypatch.setattr(mnist, "SHA256", checksums)
    return folder


def use(monkeypatch, *mirrors: str) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors)


def test_downloads_the_four_files_once_into_the_cache(mirror, monkeypatch, cache):
    use(monkeypatch, mirror.url)
    first = Mnist().source()
    again = Mnist().source()

    assert sorted(mirror.asked) == sorted(PUBLISHED)
    assert first.x.tobytes() == FILES["train-images-idx3-ubyte"][16:] + FILES["t10k-images-idx3-ubyte"][16:]
    assert again.identity == first.identity
    assert {file.name for file in cache.rglob("*") if file.is_file()} == set(PUBLISHED)


def test_downloaded_files_are_the_same_data_as_a_folder(mirror, monkeypatch, write_mnist):
    use(monkeypatch, mirror.url)

    assert Mnist().source().identity == Mnist(dir=str(write_mnist(FILES))).source().identity


def test_the_second_mirror_is_used_where_the_first_is_dead(mirror, dead_url, monkeypatch):
    use(monkeypatch, dead_url, mirror.url)

    assert mnist.download("train-labels-idx1-ubyte").read_bytes() == PUBLISHED["train-labels-idx1-ubyte.gz"]


def test_the_second_mirror_is_used_where_the_first_has_no_such_file(mirror, monkeypatch):
    use(monkeypatch, f"{mirror.url}moved/", mirror.url)

    assert mnist.download("train-labels-idx1-ubyte").read_bytes() == PUBLISHED["train-labels-idx1-ubyte.gz"]
    assert mirror.asked == ["moved/train-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte.gz"]


def test_the_second_mirror_is_used_where_the_first_gives_another_file(mirror, monkeypatch):
    mirror.files["bad/train-labels-idx1-ubyte.gz"] = gzip.compress(b"a captive portal's login page")
    use(monkeypatch, f"{mirror.url}bad/", mirror.url)

    assert mnist.download("train-labels-idx1-ubyte").read_bytes() == PUBLISHED["train-labels-idx1-ubyte.gz"]


def test_two_wrong_checksums_cost_one_line_that_says_what_to_do(mirror, monkeypatch, cache):
    mirror.files = {name: content[:-1] + b"\xff" for name, content in PUBLISHED.items()}
    use(monkeypatch, mirror.url, mirror.url)

    with pytest.raises(DataError) as caught:
        Mnist().source()

    message = str(caught.value)
    assert "\n" not in message
    assert "train-images-idx3-ubyte.gz" in message
    assert mirror.url in message
    assert "dataset.dir=" in message
    assert "dataset=digits" in message
    assert not [file for file in cache.rglob("*") if file.is_file()]  # nothing wrong is kept


def test_no_network_costs_one_line_that_says_what_to_do(dead_url, monkeypatch):
    use(monkeypatch, dead_url)

    with pytest.raises(DataError, match="dataset=digits") as caught:
        Mnist().source()

    assert "\n" not in str(caught.value)


def test_a_spoilt_cache_is_downloaded_again(mirror, monkeypatch):
    use(monkeypatch, mirror.url)
    file = mnist.download("t10k-labels-idx1-ubyte")
    file.write_bytes(file.read_bytes()[:-1])

    assert mnist.download("t10k-labels-idx1-ubyte").read_bytes() == PUBLISHED["t10k-labels-idx1-ubyte.gz"]
    assert len(mirror.asked) == 2


def test_progress_is_shown_on_standard_error_only(mirror, monkeypatch, capsys):
    use(monkeypatch, mirror.url)
    mnist.download("train-images-idx3-ubyte")

    shown = capsys.readouterr()
    assert "100%" in shown.err
    assert shown.out == ""


def test_the_real_mirrors_are_asked_over_tls_for_every_file():
    assert len(MIRRORS) >= 2
    assert all(url.startswith("https://") and url.endswith("/") for url in MIRRORS)
    assert set(SHA256) == set(FILES)
