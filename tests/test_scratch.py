"""Temporary files: each command has one folder, which the next command removes at the latest."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conftest import PROJECT

PROGRAM = """
import multiprocessing.util, subprocess, sys, tempfile
from zerosweep import scratch

scratch.begin()
multiprocessing.util.get_temp_dir()
print(tempfile.mkdtemp(), flush=True)
child = "import tempfile; print(tempfile.mkdtemp())"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout, end="", flush=True)
sys.stdin.read()
"""


@contextmanager
def command(root):
    """Start a command with temporary files in `root`. Give its process and the folders that it and its child create."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"TMPDIR": str(root), "PYTHONPATH": str(PROJECT / "src")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process, [Path(process.stdout.readline().strip()) for _ in range(2)]
        finally:
            process.kill()


def test_the_files_of_a_command_lie_in_one_folder_that_goes_with_it(tmp_path):
    with command(tmp_path) as (process, folders):
        (folder,) = tmp_path.iterdir()
        assert [made.parent for made in folders] == [folder, folder]
        assert process.communicate("", timeout=60) == ("", "")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_command_left_is_removed_by_the_next_and_what_a_live_one_has_is_not(tmp_path):
    with command(tmp_path) as (killed, left), command(tmp_path) as (live, kept):
        killed.kill()
        killed.wait()
        assert left[0].exists()
        with command(tmp_path):
            assert not left[0].parent.exists()
            assert kept[0].exists()
            assert live.poll() is None


def test_folders_of_others_are_left_alone(tmp_path):
    (tmp_path / "zerosweep-bench").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "zerosweep-tmp-link").symlink_to(tmp_path / "theirs")
    with command(tmp_path):
        assert (tmp_path / "zerosweep-bench").exists()
        assert not list((tmp_path / "theirs").iterdir())


@pytest.mark.slow
def test_many_commands_that_start_at_once_do_not_remove_each_others_files(tmp_path):
    begin = (
        "from zerosweep import scratch; import os, tempfile; scratch.begin(); assert os.path.exists(tempfile.mkdtemp())"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(PROJECT / "src")}
    started = [subprocess.Popen([sys.executable, "-c", begin], env=environment) for _ in range(12)]
    assert [process.wait(120) for process in started] == [0] * 12
    assert not list(tmp_path.iterdir())
