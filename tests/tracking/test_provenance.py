"""Who made a run, which is never worth a run: git may be absent, hang or print anything."""

import os
import subprocess

import pytest
from tests.conftest import PROJECT

SHORT = ("trainer.iterations=5", "tracking.figures=false")

GITS = {
    "prints bytes that are not UTF-8": r"printf '\377\376 M src/\351.py\n'",
    "prints something strange": "echo 'hint: git has been updated'; exit 0",
    "answers the first question and hangs at the second": f"case $* in *rev-parse*) echo {'a' * 40};; *) sleep 300 & wait;; esac",
    "hangs": "sleep 300 & wait",
}


@pytest.fixture
def with_git(train, tmp_path):
    """Train with a `git` of the test's own first on the PATH."""

    def run(script):
        (folder := tmp_path / "bin").mkdir()
        git = folder / "git"
        git.write_text(f"#!/bin/sh\n{script}\n")
        git.chmod(0o755)
        return train(*SHORT, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")

    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    "does", [name if "hangs" not in name else pytest.param(name, marks=pytest.mark.slow) for name in GITS]
)
def test_a_strange_git_costs_no_run_and_leaves_out_what_is_unknown(does, with_git, runs):
    result = with_git(GITS[does])
    assert result.returncode == 0, result.stderr
    (run,) = runs()
    assert run.info.status == "FINISHED"
    known = {name: value for name, value in run.data.tags.items() if name.startswith("git_")}
    assert known == ({"git_commit": "a" * 40} if "first" in does else {})
    assert run.data.tags["host"]


@pytest.mark.slow
def test_the_commit_and_whether_files_differ_from_it(train, runs):
    head = subprocess.run(["git", "-C", PROJECT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode:
        pytest.skip("needs a git checkout")
    assert train(*SHORT).returncode == 0
    (run,) = runs()
    assert run.data.tags["git_commit"] == run.data.tags["mlflow.source.git.commit"] == head.stdout.strip()
    assert run.data.tags["git_dirty"] in ("true", "false")
