"""Claims on a tracking server and in PostgreSQL, between processes of one machine and of two.

Processes with different folders of locks see each other as processes of two machines do: only through the store.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from itertools import pairwise

import pytest
from tests.conftest import PROJECT
from tests.sweeps import wait_for
from tests.tracking.test_claims import EXPERIMENT, held_elsewhere, ids

from zerosweep.tracking.claims import claim, claimed_elsewhere, locks_of, still_ours
from zerosweep.tracking.store import experiment_id, open_store

pytestmark = pytest.mark.slow

LEASE = 4.0

FOUND_SECONDS = LEASE * 1.5 + 20
"""Seconds in which the death of a process must be found: the lease and two readings, on a busy machine."""


@pytest.fixture(params=["tracking server", "PostgreSQL"])
def shared(request):
    """The URI of a store that several machines can share."""
    if request.param == "PostgreSQL":
        return request.getfixturevalue("postgresql")
    return request.getfixturevalue("tracking_server").uri


@pytest.fixture(autouse=True)
def machines(tmp_path, monkeypatch):
    """Short leases, a machine of this test's own, and the environment of processes on another one."""
    other = tmp_path / "another-machine"
    other.mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("ZEROSWEEP_LEASE", str(LEASE))
    monkeypatch.setenv("ZEROSWEEP_LOCKS", str(tmp_path / "here"))
    return {"here": {}, "elsewhere": {"ZEROSWEEP_LOCKS": str(other)}}


def free(uri, config_id="one"):
    return not claimed_elsewhere(uri, EXPERIMENT, ids(config_id))


@pytest.mark.parametrize("machine", ["here", "elsewhere"])
def test_a_claim_is_seen_and_becomes_free_with_its_process(machine, shared, machines):
    with held_elsewhere(shared, **machines[machine]) as process:
        assert not free(shared)
        assert free(shared, "two")
        with claim(shared, EXPERIMENT, ids()) as mine:
            assert not mine
        time.sleep(2 * LEASE)
        assert not free(shared), "a living process was taken for dead"
        process.kill()
        process.wait()
        wait_for(lambda: free(shared), FOUND_SECONDS)
        with claim(shared, EXPERIMENT, ids()) as mine:
            assert mine
            assert still_ours(shared, EXPERIMENT, ids())


TAKE = """
import sys, time
from zerosweep.tracking.claims import claim
ids = {"role": "run", "code_id": "code", "data_id": "data"}
uri, experiment, name, rounds = sys.argv[1:]
with claim(uri, experiment, ids | {"config_id": "first"}):
    pass
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(rounds)):
    with claim(uri, experiment, ids | {"config_id": str(number)}) as mine:
        print(number, mine, time.monotonic(), flush=True)
        time.sleep(0.05 if mine else 0)
        print(number, mine, time.monotonic(), flush=True)
"""

ROUNDS = 25


def test_of_many_that_ask_at_once_one_at_a_time_has_it(shared, tmp_path):
    with ExitStack() as begun:
        processes = []
        for name in ("one", "two", "three"):
            (tmp_path / name).mkdir()
            process = subprocess.Popen(
                [sys.executable, "-c", TAKE, shared, EXPERIMENT, name, str(ROUNDS)],
                env=environment_of(tmp_path / name), cwd=PROJECT / "src", text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            begun.enter_context(process)
            begun.callback(process.kill)
            processes.append(process)
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=300)[0] for process in processes]
    had: dict[str, list[tuple[float, float]]] = {}
    for answer in answers:
        lines = [line.split() for line in answer.splitlines()]
        for (number, mine, begin), (_, _, end) in zip(lines[::2], lines[1::2], strict=True):
            if mine == "True":
                had.setdefault(number, []).append((float(begin), float(end)))
    assert len(had) == ROUNDS, "nobody got a claim that all asked for"
    for times in had.values():
        times.sort()
        assert all(before[1] < after[0] for before, after in pairwise(times))


def environment_of(machine):
    return os.environ | {"ZEROSWEEP_LOCKS": str(machine)}


CONFIRM = """
import sys
from zerosweep.tracking.claims import claim, still_ours
ids = {"role": "run", "config_id": "one", "code_id": "code", "data_id": "data"}
with claim(sys.argv[1], sys.argv[2], ids) as mine:
    print(mine, flush=True)
    sys.stdin.readline()
    print(still_ours(sys.argv[1], sys.argv[2], ids), flush=True)
"""


@pytest.mark.parametrize("taken", [True, False])
def test_who_was_stopped_for_longer_than_its_lease_knows_it(taken, tracking_server, machines):
    uri = tracking_server.uri
    process = subprocess.Popen(
        [sys.executable, "-c", CONFIRM, uri, EXPERIMENT], env=environment_of(machines["elsewhere"]["ZEROSWEEP_LOCKS"]),
        cwd=PROJECT / "src", text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            assert process.stdout.readline() == "True\n"
            process.send_signal(signal.SIGSTOP)
            wait_for(lambda: free(uri), FOUND_SECONDS)
            with claim(uri, EXPERIMENT, ids() if taken else ids("another")) as mine:
                assert mine
                process.send_signal(signal.SIGCONT)
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline() == f"{not taken}\n"
                assert still_ours(uri, EXPERIMENT, ids() if taken else ids("another"))
        finally:
            process.kill()


def test_a_server_that_is_away_for_longer_than_a_lease_costs_nobody_a_claim(tracking_server, machines):
    uri = tracking_server.uri
    with held_elsewhere(uri, **machines["elsewhere"]), claim(uri, EXPERIMENT, ids("ours")):
        assert not free(uri)
        tracking_server.kill()
        time.sleep(2 * LEASE)
        tracking_server.start()
        end = time.monotonic() + 2 * LEASE
        while time.monotonic() < end:
            assert not free(uri)
            time.sleep(0.2)
        assert still_ours(uri, EXPERIMENT, ids("ours"))


def test_a_session_that_was_ended_takes_its_locks_again(postgresql):
    psycopg = pytest.importorskip("psycopg")
    with claim(postgresql, EXPERIMENT, ids()), psycopg.connect(postgresql, autocommit=True) as admin:
        held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
        (before,) = admin.execute(held).fetchone()
        admin.execute(f"SELECT pg_terminate_backend({before})")
        wait_for(lambda: (pids := admin.execute(held).fetchone()) and pids[0] != before)
        assert still_ours(postgresql, EXPERIMENT, ids())


def test_nothing_is_left_behind(tracking_server):
    uri = tracking_server.uri
    client = open_store(uri)
    for number in range(3):
        with claim(uri, EXPERIMENT, ids(str(number))) as mine:
            assert mine
    assert not locks_of(uri, EXPERIMENT)._held
    tags = client.get_experiment(experiment_id(client, uri, EXPERIMENT)).tags
    assert [name for name in tags if "claim" in name] == []
