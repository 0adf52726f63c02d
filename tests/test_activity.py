"""What a command is doing is shown on a terminal when it takes long, and nowhere else."""

import io
import sys
import threading

import pytest

from zerosweep import activity


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and tells when it is written to."""

    def __init__(self):
        super().__init__()
        self.written = threading.Event()

    def isatty(self):
        return True

    def write(self, text):
        super().write(text)
        self.written.set()
        return len(text)


@pytest.fixture
def on_terminal(monkeypatch):
    """Return a function that makes stderr a terminal. It is called in the test, as pytest sets stderr before that."""

    def begin():
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stderr

    yield begin
    activity.end()


def test_a_long_activity_is_shown_and_erased(on_terminal, monkeypatch):
    terminal = on_terminal()
    monkeypatch.setattr(activity, "PATIENCE", 0.0)
    with activity.doing("reading data"):
        assert terminal.written.wait(60)
        assert terminal.getvalue() == f"{activity.ERASE}reading data …"
    assert terminal.getvalue().endswith(f"…{activity.ERASE}")


def test_the_next_activity_takes_the_place_of_the_last(on_terminal, monkeypatch):
    terminal = on_terminal()
    monkeypatch.setattr(activity, "PATIENCE", 0.0)
    activity.begin("importing")
    assert terminal.written.wait(60)
    terminal.written.clear()
    with activity.doing("drawing"):
        while "drawing" not in terminal.getvalue():
            assert terminal.written.wait(60)
    assert terminal.getvalue().index("importing") < terminal.getvalue().index("drawing")


def test_a_short_one_is_not_shown(on_terminal, monkeypatch):
    terminal = on_terminal()
    monkeypatch.setattr(activity, "PATIENCE", 3600.0)
    with activity.doing("drawing"):
        pass
    assert terminal.getvalue() == ""


def test_without_a_terminal_nothing_is_written(monkeypatch, capsys):
    monkeypatch.setattr(activity, "PATIENCE", 0.0)
    before = threading.active_count()
    with activity.doing("drawing"):
        assert threading.active_count() == before
    assert capsys.readouterr().err == ""
