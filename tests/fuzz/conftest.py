"""Fixtures of the fuzz tests: the programs in one process with their own store, and a table of the tried inputs."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from tests.conftest import PROJECT
from tests.fuzz.harness import Program


@pytest.fixture(scope="session")
def places(store):
    """Return the environment of processes: the tests' store, and no variable that points to another."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "HYDRA"))}
    return ours | {"MLFLOW_TRACKING_URI": store, "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="session")
def program(places, tmp_path_factory):
    pressed = Program(PROJECT, tmp_path_factory.mktemp("fuzz"), places)
    yield pressed
    pressed.stop()


@pytest.fixture
def counted(record_property):
    """Record the counts for the table at the end, and fail if there are findings, with the inputs that show them."""

    def note(findings):
        record_property("tried", dict(findings.tried))
        record_property("known", dict(findings.known))
        record_property("findings", len(findings.found))
        shown = [f"{finding}\n  input: {given!r}\n  {came}" for finding, (given, came) in findings.found.items()]
        assert not shown, "\n\n".join(shown)

    return note


def pytest_terminal_summary(terminalreporter):
    """Write a line for each fuzz test: the number of inputs by result, and of findings."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            properties = dict(getattr(report, "user_properties", ()))
            if "tried" in properties and report.when == "call":
                tried, known = Counter(properties["tried"]), properties["known"]
                came = ", ".join(f"{number} {what}" for what, number in tried.most_common())
                held = f", known: {known}" if known else ""
                name = report.nodeid.rpartition("::")[2]
                terminalreporter.write_line(
                    f"{tried.total():6} tried ({came}), {properties['findings']} findings{held}  {name}"
                )
