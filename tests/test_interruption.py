"""A signal acts once, in order, and is not lost."""

import os
import signal

import pytest

from zerosweep import interruption


@pytest.fixture(autouse=True)
def _handlers(monkeypatch):
    monkeypatch.setattr(interruption, "_asked", None)
    before = {number: signal.getsignal(number) for number in interruption.SIGNALS}
    interruption.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_sigterm_is_an_exit():
    with pytest.raises(SystemExit) as exit_:
        os.kill(os.getpid(), signal.SIGTERM)
    assert exit_.value.code == 143


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ctrl_c_that_a_destructor_swallows_is_raised_at_the_next_check():
    class Careless:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    Careless()  # Python drops the KeyboardInterrupt here
    with pytest.raises(KeyboardInterrupt):
        interruption.check()


def test_a_signal_is_held_back_until_the_block_is_done():
    done = []
    with pytest.raises(KeyboardInterrupt), interruption.held_back():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]


def test_nothing_is_raised_where_nothing_came():
    with interruption.held_back():
        pass
    interruption.check()
