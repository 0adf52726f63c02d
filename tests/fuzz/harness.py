"""Trying inputs by the hundred, and what counts as a finding.

An input may be taken, and then has the effect that it says, or be refused: exit code 2 and at most three lines. Anything else is
a finding: a traceback, a hang, more memory than `program.MEMORY`, more lines, a word without effect. It counts once a process
of its own confirms it.
"""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from tests.fuzz.known import KNOWN

SECONDS = 100
"""An input that takes longer hangs; machines may be busy."""

REFUSED = 2

MOST_LINES = 3

WANTED = os.environ.get("EXAMPLES")
"""How many inputs each test tries, in place of its own number."""


@dataclass
class Program:
    """The process of `tests.fuzz.program`, started when needed and again after a hang or a crash.

    project: the folder whose src/, conf/ and sweeps/ are used; folder: the working directory.
    """

    project: Path
    folder: Path
    environment: dict[str, str]
    process: Any = None

    def __call__(self, program: str, arguments: list[str], trained: bool = False) -> dict[str, Any]:
        """What came of the command line; `wrong` is a traceback, "hang" or "crash", or None."""
        process = self.process or self.start()
        process.stdin.write(json.dumps([program, arguments, trained]) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        line = process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        self.stop()
        said = self.log.read_text()[-2000:]
        return {
            "code": None,
            "stdout": "",
            "stderr": said,
            "wrong": "crash" if ready else "hang",
            "jobs": [],
            "count": 0,
        }

    @property
    def log(self) -> Path:
        return self.folder / "program.log"

    @property
    def everywhere(self) -> dict[str, str]:
        paths = [str(self.project / "src"), str(Path(__file__).resolve().parents[2])]
        return self.environment | {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200"}

    def start(self) -> Any:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.program"], env=self.everywhere, cwd=self.folder,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        return self.process

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            with process:
                pass

    def alone(self, program: str, arguments: list[str], seconds: int = SECONDS) -> dict[str, Any]:
        """The same in a process of its own, as a person has it."""
        command = [sys.executable, str(self.project / "src" / f"{program}.py"), *arguments]
        try:
            done = subprocess.run(
                command, env=self.everywhere, cwd=self.folder, capture_output=True, text=True, timeout=seconds,
                check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"code": None, "stdout": "", "stderr": "", "wrong": "hang", "jobs": [], "count": 0}
        except ValueError as error:  # a null character is no part of any command line
            return {"code": REFUSED, "stdout": "", "stderr": str(error), "wrong": None, "jobs": [], "count": 0}
        wrong = done.stderr if "Traceback (most recent call last)" in done.stderr else None
        return {
            "code": done.returncode,
            "stdout": done.stdout,
            "stderr": done.stderr,
            "wrong": wrong,
            "jobs": [],
            "count": 0,
        }


def judged(came: dict[str, Any]) -> str | None:
    """What is wrong with what came of an input, in a line by which equal findings are known; None where nothing is."""
    if came["wrong"] is not None:
        return where(came["wrong"])
    lines = came["stderr"].strip().splitlines()
    if came["code"] == REFUSED and (not lines or len(lines) > MOST_LINES):
        return f"{len(lines)} lines: {lines[0][:60] if lines else ''}"
    if came["code"] not in (0, REFUSED):
        return f"exit code {came['code']}: {lines[-1][:80] if lines else ''}"
    return None


def where(text: str) -> str:
    """The error of a traceback, and the innermost line of the project that it passed."""
    lines = text.strip().splitlines()
    ours = [line for line in lines if re.search(r'File ".*/(zerosweep|src)/', line) and "site-packages" not in line]
    place = re.sub(r'.*/(src/.*)", (line \d+).*', r"\1 \2", ours[-1]) if ours else ""
    raised = next(
        (line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|Interrupt|Exit)?(:|$)", line)), lines[-1]
    )
    return f"{raised[:100]} @ {place}"


@dataclass
class Findings:
    """tried: inputs by what came of them. found: by finding, the shortest input that shows it, and what it shows."""

    tried: Counter[str] = field(default_factory=Counter)
    found: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    known: Counter[str] = field(default_factory=Counter)

    def add(self, finding: str | None, given: Any, came: Any = None) -> None:
        if finding is None:
            return
        text = f"{finding}\n{given}\n{came}"
        for number, pattern in KNOWN:
            if re.search(pattern, text, re.DOTALL):
                self.known[number] += 1
                return
        if finding not in self.found or len(str(given)) < len(str(self.found[finding][0])):
            self.found[finding] = given, came


def pressed(strategy: SearchStrategy[Any], check: Callable[[Any, Findings], None], examples: int) -> Findings:
    """What `check` adds to the findings, over so many inputs."""
    findings = Findings()

    @settings(
        max_examples=int(WANTED) if WANTED else examples, database=None, suppress_health_check=list(HealthCheck)
    )  # an input that shows something is kept by `Findings`, so no time goes into shrinking
    @given(strategy)
    def each(one: Any) -> None:
        check(one, findings)

    each()
    return findings


def noted(findings: Findings, came: dict[str, Any]) -> dict[str, Any]:
    """Count what came of an input."""
    kind = {0: "taken", REFUSED: "refused"}.get(came["code"], "other")
    findings.tried["other" if came["wrong"] else kind] += 1
    return came


def confirmed(
    findings: Findings, program: Program, name: str, again: Callable[[Any], dict[str, Any]] | None = None
) -> Findings:
    """The findings that a process of its own shows too; a word without effect needs none. again: what comes of an input there."""
    for finding, (one, came) in list(findings.found.items()):
        if not finding.startswith("no effect"):
            alone = again(one) if again else program.alone(name, one)
            if judged(alone) is None:
                del findings.found[finding]
                findings.tried["not confirmed"] += 1
            else:
                findings.found[finding] = one, alone | {"in one process": came["wrong"]}
    return findings
