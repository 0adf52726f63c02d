"""Calls that are interrupted: their runs are closed as KILLED, and the same call goes on."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from tests.sweeps import descendants, end, gone, statuses, wait_for

from zerosweep import interruption


def test_handlers_are_there_for_the_block_and_pythons_come_back():
    before = {number: signal.getsignal(number) for number in interruption.SIGNALS}
    with interruption.handled():
        assert signal.getsignal(signal.SIGTERM) is interruption._handle
    assert {number: signal.getsignal(number) for number in interruption.SIGNALS} == before


def test_a_block_that_was_interrupted_does_not_stop_the_next_one():
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), interruption.handled():
            os.kill(os.getpid(), signal.SIGINT)
        assert not interruption.asked()
        interruption.check()


def test_a_hosts_own_handler_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with interruption.handled():
            os.kill(os.getpid(), signal.SIGINT)
            interruption.check()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]


def test_a_thread_leaves_handlers_alone():
    seen = []

    def in_thread():
        with interruption.handled():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


CELLS = """
import os, sys, zerosweep as zs
def cell():
    if sys.argv[1] == "run":
        return zs.run({"trainer.iterations": int(sys.argv[3])}, tracking={"experiment": sys.argv[2], "figures": False})
    return zs.sweep({"trainer.iterations": int(sys.argv[3])}, tracking={"experiment": sys.argv[2], "figures": False},
                    seed=range(3), hydra={"launcher": {"workers": 2}}, progress=False)
print("begins", flush=True)
try:
    cell()
except KeyboardInterrupt:
    print("interrupted", flush=True)
else:
    print("finished", flush=True)
sys.argv[3] = "5"
print(cell() is not None, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("call", ["run", "sweep"])
def test_an_interrupted_cell_closes_its_runs_and_the_next_one_works(call, environment, experiment, runs, tmp_path):
    command = [sys.executable, "-c", CELLS, call, experiment, "2000000"]
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: statuses(runs()).count("RUNNING") == (1 if call == "run" else 2), 120)
        time.sleep(0.5)
        started = descendants(process)
        os.kill(process.pid, signal.SIGINT)
        said, errors = process.communicate(timeout=120)
        assert said.split() == ["begins", "interrupted", "True"], errors
        assert gone(started)
    finally:
        end(process)
    assert "RUNNING" not in statuses(runs())
    assert statuses(runs()).count("KILLED") == (1 if call == "run" else 2)
    assert statuses(runs()).count("FINISHED") == (1 if call == "run" else 3)
