"""Claims between processes: held, seen, freed."""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from tests.conftest import PROJECT

from zerosweep.tracking.claims import claim, claimed_elsewhere

EXPERIMENT = "an experiment"

HOLD = """
import sys
from zerosweep.tracking.claims import claim
with claim(sys.argv[1], sys.argv[3], {"role": "run", "config_id": sys.argv[2], "code_id": "code", "data_id": "data"}) as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""

ASK = """
import sys
from zerosweep.tracking.claims import claimed_elsewhere
ids = {"role": "run", "config_id": sys.argv[2], "code_id": "code", "data_id": "data"}
print(claimed_elsewhere(sys.argv[1], sys.argv[3], ids), flush=True)
if "again" in sys.argv:
    while True:
        claimed_elsewhere(sys.argv[1], sys.argv[3], ids)
"""


@pytest.fixture
def uri(tmp_path):
    """Of a store that need not be there."""
    return f"sqlite:///{tmp_path}/mlflow.db"


def ids(config_id="one"):
    return {"role": "run", "config_id": config_id, "code_id": "code", "data_id": "data"}


@contextmanager
def other(program, *arguments, **environment):
    """Another process that goes on with the program, and its first word."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=os.environ | environment,
        cwd=PROJECT / "src", text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def held_elsewhere(uri, config_id="one", experiment=EXPERIMENT, **environment):
    with other(HOLD, uri, config_id, experiment, **environment) as (process, mine):
        assert mine == "True"
        yield process


def seen_elsewhere(uri, config_id="one"):
    """Whether another process finds it claimed."""
    with other(ASK, uri, config_id, EXPERIMENT) as (_, claimed):
        return claimed == "True"


def test_a_claim_keeps_other_processes_out(uri):
    with held_elsewhere(uri):
        assert claimed_elsewhere(uri, EXPERIMENT, ids())
        with claim(uri, EXPERIMENT, ids()) as mine:
            assert not mine


def test_a_refused_claim_leaves_the_holders_alone(uri):
    with held_elsewhere(uri):
        with claim(uri, EXPERIMENT, ids()):
            pass
        assert seen_elsewhere(uri)


def test_another_configuration_is_free(uri):
    with held_elsewhere(uri):
        assert not claimed_elsewhere(uri, EXPERIMENT, ids("two"))
        with claim(uri, EXPERIMENT, ids("two")) as mine:
            assert mine


def test_another_store_is_free(uri, tmp_path):
    with held_elsewhere(uri):
        assert not claimed_elsewhere(f"sqlite:///{tmp_path}/other.db", EXPERIMENT, ids())


def test_a_claim_is_free_when_its_block_ends(uri):
    with claim(uri, EXPERIMENT, ids()):
        assert seen_elsewhere(uri)
    assert not seen_elsewhere(uri)


def test_a_claim_is_free_when_an_exception_ends_its_block(uri):
    with pytest.raises(ZeroDivisionError), claim(uri, EXPERIMENT, ids()):
        1 / 0  # noqa: B018
    assert not seen_elsewhere(uri)


def test_a_claim_is_free_when_its_process_is_killed(uri):
    with held_elsewhere(uri) as process:
        process.kill()
        process.wait()
        assert not claimed_elsewhere(uri, EXPERIMENT, ids())


def test_a_process_may_claim_again_what_it_holds(uri):
    with claim(uri, EXPERIMENT, ids()):
        with claim(uri, EXPERIMENT, ids()) as mine:
            assert mine
        assert seen_elsewhere(uri)
    assert not seen_elsewhere(uri)


def test_ones_own_claim_is_not_elsewhere_and_asking_keeps_it(uri):
    with claim(uri, EXPERIMENT, ids()):
        assert not claimed_elsewhere(uri, EXPERIMENT, ids())
        assert seen_elsewhere(uri)


def test_asking_does_not_get_in_the_way_of_a_claim(uri):
    with other(ASK, uri, "one", EXPERIMENT, "again") as (_, claimed):
        assert claimed == "False"
        for i in range(5000):
            with claim(uri, EXPERIMENT, ids()) as mine:
                assert mine, f"refused at attempt {i}, though nobody holds it"


def test_a_child_that_ends_takes_no_claim_with_it(uri):
    with claim(uri, EXPERIMENT, ids()):
        subprocess.run(["true"], close_fds=False, check=True)
        assert seen_elsewhere(uri)


def test_many_claims_at_once(uri):
    with held_elsewhere(uri, "77"):
        refused = []
        for number in range(500):
            with claim(uri, EXPERIMENT, ids(str(number))) as mine:
                if not mine:
                    refused.append(number)
        assert refused == [77]


def test_every_id_counts(uri):
    with held_elsewhere(uri):
        for name in ("config_id", "code_id", "data_id"):
            assert not claimed_elsewhere(uri, EXPERIMENT, ids() | {name: "another"})


def test_equal_runs_of_two_experiments_do_not_wait_for_each_other(uri):
    with held_elsewhere(uri, experiment="another"):
        assert not claimed_elsewhere(uri, EXPERIMENT, ids())
        with claim(uri, EXPERIMENT, ids()) as mine:
            assert mine


def test_one_file_by_two_names_has_one_claim(uri, tmp_path):
    (tmp_path / "mlflow.db").touch()
    (tmp_path / "linked").symlink_to(tmp_path)
    (tmp_path / "link.db").symlink_to(tmp_path / "mlflow.db")
    (tmp_path / "folder").mkdir()
    with held_elsewhere(uri):
        for path in ("linked/mlflow.db", "link.db", "folder/../mlflow.db"):
            assert claimed_elsewhere(f"sqlite:///{tmp_path}/{path}", EXPERIMENT, ids())


def test_one_that_waits_for_a_claim_keeps_no_other_thread_waiting(uri):
    waiting = threading.Event()

    def wait():
        waiting.set()
        with claim(uri, EXPERIMENT, ids(), wait=True) as mine:
            assert mine

    with held_elsewhere(uri):
        thread = threading.Thread(target=wait)
        thread.start()
        waiting.wait(60)
        for number in range(20):
            with claim(uri, EXPERIMENT, ids(f"other {number}")) as mine:
                assert mine
        assert thread.is_alive()
    thread.join(60)
    assert not thread.is_alive()
    assert not seen_elsewhere(uri)
