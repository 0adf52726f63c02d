"""Files of conf/ and sweeps/ that are damaged in random ways either have their effect or are refused in a few lines."""

from __future__ import annotations

import re
import shutil

import pytest
from hypothesis import strategies as st
from tests.conftest import PROJECT
from tests.fuzz.harness import Program, confirmed, judged, noted, pressed

FILES = sorted(
    path.relative_to(PROJECT) for folder in ("conf", "sweeps") for path in (PROJECT / folder).rglob("*.yaml")
)

VALUES = ["", "null", "1", "-1", "1e400", ".nan", "[]", "[1, [2]]", "{}", "{a: 1}", "true", "'", '"', "!!python/object/apply:os.getcwd []", "!!binary x", "&a [*a]", "*a",
          "${seed}", "${nope}", "${", "???", "|", ">", "- a", "a: b: c", "0x", "2026-01-01", "99999999999999999999", "<<: 1", "é", "%", "@", "`", "_target_: os.getcwd",
          "/schema_optimizer_adam@_here_", "override /hydra/launcher: nope", "range(3)", "1,2", "interval(0,1)"]  # fmt: skip


@st.composite
def broken(draw):
    """Draw (file, its content with some lines or bytes changed)."""
    file = draw(st.sampled_from(FILES))
    content = (PROJECT / file).read_bytes()
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.integers(0, 2)):
            lines = content.decode(errors="surrogateescape").split("\n")
            at = draw(st.integers(0, len(lines) - 1))
            line, value = lines[at], draw(st.sampled_from(VALUES))
            key, colon, rest = line.partition(":")
            lines[at : at + 1] = draw(
                st.sampled_from(
                    [[], [line, line], [f"  {line}"], [line.lstrip()], [f"{key}: {value}"], [f"{key}x:{rest}"], [line, f"{key}{colon} {value}"],
                     [value], [line, f"extra: {value}"], [line.replace(":", "", 1)], [line.replace("/", "")], [f"\t{line}"], [line.replace(",", "")],
                     [f"- {line}"], [line.replace("]", "")]]
                )
            )  # fmt: skip
            content = "\n".join(lines).encode(errors="surrogateescape")
        else:
            at = draw(st.integers(0, len(content)))
            byte = draw(st.binary(min_size=1, max_size=3))
            content = draw(st.sampled_from([content[:at] + byte + content[at + 1 :], content[:at] + byte + content[at:], content[:at], b"\xff\xfe" + content, b""]))  # fmt: skip
    return str(file), content


@pytest.fixture(scope="module")
def copied(places, tmp_path_factory):
    """Return the programs on a copy of the project, whose files may be damaged."""
    project = tmp_path_factory.mktemp("project")
    for folder in ("src", "conf", "sweeps"):
        shutil.copytree(PROJECT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    program = Program(project, tmp_path_factory.mktemp("files"), places)
    yield program
    program.stop()


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(8, id="some", marks=pytest.mark.slow),
        pytest.param(80, id="many", marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def test_a_broken_file_is_taken_as_written_or_refused(examples, copied, counted):
    def words(file):
        folder, name = re.fullmatch(r"(?:conf/)?([\w.]+)(?:/(\w+)\.yaml)?", file).groups()
        chosen = [f"{folder}={name}"] if name else []
        of_sweeps = ["-m"] if folder == "sweeps" else ["trainer.iterations=1"]
        digits = ["dataset=digits"] if folder not in ("dataset", "task") else []
        return [*of_sweeps, "hydra.run.dir=logs", "hydra.sweep.dir=logs/sweep", *chosen, *digits, "plan=true"]

    def given(one, run):
        """Return what `run` returns while the file is damaged."""
        file, content = one
        path = copied.project / file
        try:
            path.write_bytes(content)
            return run("train", words(file))
        finally:
            shutil.copy(PROJECT / file, path)

    def check(one, findings):
        if "config.yaml" in one[0] and b"${project:}" not in one[1]:
            return  # the logs would go to other places
        came = noted(findings, given(one, copied))
        findings.add(judged(came), one, came)

    counted(confirmed(pressed(broken(), check, examples), copied, "train", lambda one: given(one, copied.alone)))
