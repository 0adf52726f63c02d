"""Signals: each acts once, in order, and none is lost."""

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.conftest import PROJECT

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


@pytest.mark.parametrize("program", ["train", "compare", "experiments"])
def test_ctrl_c_during_the_imports_says_nothing(program, tmp_path):
    began = tmp_path / "began"
    (tmp_path / "hydra.py").write_text(f"import time; open({str(began)!r}, 'w').close(); time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, PROJECT / "src" / f"{program}.py"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    while not began.exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", None)
    assert process.returncode == -signal.SIGINT
