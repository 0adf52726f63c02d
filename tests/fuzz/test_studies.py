"""Journals that are damaged in random ways are resumed, set aside, or refused in a few lines."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from tests.fuzz.harness import confirmed, judged, noted, pressed

WORDS = ["-m", "hydra/sweeper=optuna", "optimizer.lr=interval(0.1,1)", "trainer.iterations=1", "tracking.figures=false", "hydra.sweeper.n_trials=2",
         "hydra.sweeper.study_name=one", "hydra.launcher.workers=1", "report.figure=none", "hydra.sweep.dir=logs/sweep"]  # fmt: skip


@pytest.fixture(scope="module")
def journal(program):
    """Return the journal of a study with two trials, and its content."""
    file = program.folder / "study.log"
    done = program.alone("train", [*WORDS, f"hydra.sweeper.storage=journal:{file}"], seconds=500)
    assert done["code"] == 0, done["stderr"]
    return file, file.read_bytes()


@st.composite
def broken(draw, content):
    for _ in range(draw(st.integers(1, 3))):
        lines = content.split(b"\n")
        at, place = draw(st.integers(0, len(content))), draw(st.integers(0, len(lines) - 1))
        byte = draw(st.binary(min_size=1, max_size=3))
        how = draw(st.sampled_from(["cut", "byte", "line", "twice", "swap", "put", "empty", "number"]))
        if how == "cut":
            content = content[:at]
        elif how == "byte":
            content = content[:at] + byte + content[at + len(byte) :]
        elif how == "put":
            content = content[:at] + byte + content[at:]
        elif how == "number":
            content = (
                content[:at] + draw(st.sampled_from([b"9", b"-1", b"null", b"{}", b"[]", b'"x"'])) + content[at + 1 :]
            )
        else:
            line = lines[place]
            lines[place : place + 1] = {
                "line": [],
                "twice": [line, line],
                "swap": [*lines[place + 1 : place + 2], line],
                "empty": [b"", line],
            }[how]
            content = b"\n".join(lines)
    return content


@pytest.mark.long
@pytest.mark.slow
def test_a_broken_journal_is_resumed_set_aside_or_refused(program, counted, journal):
    file, right = journal
    arguments = [*WORDS, f"hydra.sweeper.storage=journal:{file}", "plan=true"]

    def given(content, run):
        file.write_bytes(content)
        return run("train", arguments)

    def check(content, findings):
        came = noted(findings, given(content, program))
        findings.add(judged(came), content, came)

    counted(confirmed(pressed(broken(right), check, 40), program, "train", lambda one: given(one, program.alone)))
