"""What a round leaves behind is found: processes, held locks, temporary files.

So are tracebacks in a command's output.
"""

import os
import subprocess
import sys
import time

import pytest
from tests.chaos.attempt import tracebacks
from tests.chaos.leftovers import end_all, left_over
from tests.chaos.place import MARK, Place

LOCKS = "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); time.sleep(60)"


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path / "round", disk=False)
    for folder in (made.mlruns, made.temporary, made.said):
        folder.mkdir(parents=True)
    yield made
    end_all(made.mark)


def test_nothing_is_left_of_an_empty_place(place):
    assert left_over(place, seconds=0) == []


def test_a_process_that_is_left_is_found_whoever_its_parent_is(place):
    script = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)"
    subprocess.run([sys.executable, "-c", script], env=os.environ | {MARK: place.mark}, check=True)
    found = left_over(place, seconds=0)
    assert [line.endswith("(sleep 60)") for line in found] == [True], found
    end_all(place.mark)
    assert left_over(place, seconds=10) == []


def test_a_lock_that_is_held_is_found(place):
    command = [sys.executable, "-c", LOCKS, str(place.mlruns / "a.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {MARK: "another"}) as holder:
        holder.stdout.readline()
        found = left_over(place, seconds=0)
        holder.kill()
    assert found == [f"lock on a.lock (held by process {holder.pid})"]
    assert left_over(place, seconds=10) == []


def test_temporary_files_and_drafts_are_found(place):
    (place.temporary / "pymp-x").mkdir()
    (place.mlruns / "mlflow.db.new").touch()
    assert left_over(place, seconds=0) == ["temporary pymp-x", "draft mlflow.db.new"]


def test_what_ends_in_time_is_not_left_over(place):
    with subprocess.Popen(["sleep", "0.5"], env=os.environ | {MARK: place.mark}):
        began = time.monotonic()
        assert left_over(place, seconds=30) == []
        assert time.monotonic() - began < 30


def test_tracebacks_and_leaks_are_found_in_what_a_command_says(place):
    said = place.said / "0"
    said.with_suffix(".out").write_text("1/6 bn=true: learned\n")
    said.with_suffix(".err").write_text(
        "Traceback (most recent call last):\n  File x\nValueError: no\nw.py: There appear to be 2 leaked semaphore objects\n"
    )
    found = tracebacks(said)
    assert len(found) == 2
    assert found[0].endswith("… ValueError: no")


def test_a_chain_of_tracebacks_counts_once(place):
    said = place.said / "0"
    said.with_suffix(".out").touch()
    one = "Traceback (most recent call last):\n  File x\nValueError: no\n"
    between = "\nDuring handling of the above exception, another exception occurred:\n\n"
    said.with_suffix(".err").write_text(one + between + one)
    assert len(tracebacks(said)) == 1
