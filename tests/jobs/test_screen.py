"""Tables on a terminal, and in a file or a pipe."""

import os
import pty
import re
import subprocess
import sys

import pytest
from tests.conftest import PROJECT

from zerosweep.report.description import findings_table
from zerosweep.report.finding import JudgedFinding

RUN_ID = "0123456789abcdef" * 2

SHOW = f"""
import sys
sys.path.insert(0, {str(PROJECT / "src")!r})
from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.job import Job, Outcome
display = Display(Tally("val/accuracy", True), 1)
class Named:
    name = "{"optimizer.lr=0.001 " * 9}"
display.tally.add(Job(0, Named(), None, 1), Outcome("failed", {RUN_ID!r}, line="{"why " * 40}"))
display.end(0)
"""


@pytest.fixture
def command():
    return [sys.executable, "-c", SHOW]


def test_in_a_file_a_failure_is_one_line_and_nothing_of_it_is_cut(command):
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    (line,) = (line for line in shown.splitlines() if RUN_ID in line)
    assert "optimizer.lr=0.001 " * 9 in line
    assert "why " * 40 in line
    assert len(shown.splitlines()) == 6


def test_a_terminal_shows_the_whole_id_and_wraps_the_rest(command):
    ours, its = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=its, env=os.environ | {"COLUMNS": "80"}) as process:
        os.close(its)
        process.communicate()
    shown = re.sub("\x1b\\[[0-9;]*m", "", os.read(ours, 100_000).decode())  # without colours
    os.close(ours)
    assert RUN_ID in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert len(shown.splitlines()) > 6


def test_a_finding_takes_one_line_in_a_file():
    table = findings_table_of("long " * 60)
    assert len([line for line in table.splitlines() if "long" in line]) == 1


def findings_table_of(words):
    class Results:
        findings = (JudgedFinding("a_finding", words, words, "yes"),)

    return findings_table(Results())
