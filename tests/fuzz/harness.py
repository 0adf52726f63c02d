"""The harness that tries hundreds of inputs, and decides what counts as a finding.

An input is either accepted, and has its effect, or refused with exit code 2 and at most three lines. Anything else
is a finding: a traceback, a hang, more memory than `program.MEMORY`, more lines, an override without effect. A
finding counts if a new process confirms it.
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
"""An input that takes longer counts as hung. The limit is high, as the machine may be busy."""

REFUSED = 2

MOST_LINES = 3

WANTED = os.environ.get("EXAMPLES")
"""The number of inputs that each test tries, if it is not the test's own."""


@dataclass
class Program:
    """The process of `tests.fuzz.program`, which is started when needed, and again after a hang or a crash.

    Attributes:
        project: The folder whose src/, conf/ and sweeps/ are used.
        folder: The working directory.
        environment: The environment variables.
        process: The running process; None if there is none.
    """

    project: Path
    folder: Path
    environment: dict[str, str]
    process: Any = None

    def __call__(self, program: str, arguments: list[str], trained: bool = False) -> dict[str, Any]:
        """Return the result of a command line, as `tests.fuzz.program.answer` describes it.

        Its item `wrong` is a traceback, "hang", "crash" or None.
        """
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
        """Return the result of the command line in a new process, as a person would start it."""
        command = [sys.executable, str(self.project / "src" / f"{program}.py"), *arguments]
        try:
            done = subprocess.run(
                command, env=self.everywhere, cwd=self.folder, capture_output=True, text=True, timeout=seconds,
                check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"code": None, "stdout": "", "stderr": "", "wrong": "hang", "jobs": [], "count": 0}
        except ValueError as error:  # a command line cannot have a null character
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
    """Return what is wrong with a result, in a line that is the same for equal findings; None if nothing is."""
    if came["wrong"] is not None:
        return where(came["wrong"])
    lines = came["stderr"].strip().splitlines()
    if came["code"] == REFUSED and (not lines or len(lines) > MOST_LINES):
        return f"{len(lines)} lines: {lines[0][:60] if lines else ''}"
    if came["code"] not in (0, REFUSED):
        return f"exit code {came['code']}: {lines[-1][:80] if lines else ''}"
    return None


def where(text: str) -> str:
    """Return the error of a traceback, with the innermost line of the project in it."""
    lines = text.strip().splitlines()
    ours = [line for line in lines if re.search(r'File ".*/(zerosweep|src)/', line) and "site-packages" not in line]
    place = re.sub(r'.*/(src/.*)", (line \d+).*', r"\1 \2", ours[-1]) if ours else ""
    raised = next(
        (line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|Interrupt|Exit)?(:|$)", line)), lines[-1]
    )
    return f"{raised[:100]} @ {place}"


@dataclass
class Findings:
    """The findings of one test.

    Attributes:
        tried: Number of inputs, by result.
        found: The shortest input that shows each finding, and its result.
        known: Number of known findings, by their item in `known.KNOWN`.
    """

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
    """Return the findings that `check` adds for inputs of the strategy.

    Args:
        examples: The number of inputs, unless the variable EXAMPLES gives another.
    """
    findings = Findings()

    @settings(
        max_examples=int(WANTED) if WANTED else examples, database=None, suppress_health_check=list(HealthCheck)
    )  # `Findings` saves the shortest input, so none needs to be shrunk
    @given(strategy)
    def each(one: Any) -> None:
        check(one, findings)

    each()
    return findings


def noted(findings: Findings, came: dict[str, Any]) -> dict[str, Any]:
    """Count the result of an input, and return it."""
    kind = {0: "taken", REFUSED: "refused"}.get(came["code"], "other")
    findings.tried["other" if came["wrong"] else kind] += 1
    return came


def confirmed(
    findings: Findings, program: Program, name: str, again: Callable[[Any], dict[str, Any]] | None = None
) -> Findings:
    """Return the findings without those that a new process does not show.

    An override without effect needs no confirmation.

    Args:
        name: The program.
        again: Returns the result of an input in a new process; by default the input is a command line of the program.
    """
    for finding, (one, came) in list(findings.found.items()):
        if not finding.startswith("no effect"):
            alone = again(one) if again else program.alone(name, one)
            if judged(alone) is None:
                del findings.found[finding]
                findings.tried["not confirmed"] += 1
            else:
                findings.found[finding] = one, alone | {"in one process": came["wrong"]}
    return findings
