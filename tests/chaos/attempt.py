"""One start of a command: strike it at the planned moments, wait for its end, and read what it printed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import psutil
from tests.chaos import roles
from tests.chaos.place import Place
from tests.chaos.plan import STRIKES, Attempt, Blow
from tests.chaos.strike import Launch, Target

HANGS_AFTER = 150.0
"""Seconds since the start or the last strike after which a command that has not ended counts as hung."""

TIMES = 8.0
"""A command may take this many times its undisturbed duration, if that is longer than `HANGS_AFTER`."""

ALONE_SECONDS = 30.0
"""The most seconds to wait for the last process of a command to end."""

SPOKEN_OF = ("Traceback (most recent call last)", "Fatal Python error", "Exception ignored in", "leaked semaphore",
             "leaked shared_memory")  # fmt: skip
"""Texts that a command must never print, whatever is done to it."""


CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
"""Lines between the tracebacks of one chain of exceptions. A chain counts once."""


@dataclass
class Ended:
    """The result of an attempt.

    Attributes:
        said: Path of the files with the command's output, without the extension .out or .err.
        code: The exit code; None if the command hung.
        seconds: Duration of the command.
        struck: Names of the strikes that hit something.
        missed: Names of the strikes that found nothing to hit.
        spoilt: Whether a strike has spoilt the store, which was put back afterwards.
        tracebacks: The first line and the last line of each traceback.
    """

    said: Path
    code: int | None = None
    seconds: float = 0.0
    struck: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    spoilt: bool = False
    tracebacks: list[str] = field(default_factory=list)

    @property
    def last_line(self) -> str:
        """The last line that the command printed, to stderr if it has printed there."""
        texts = [self.said.with_suffix(kind).read_text(errors="replace").strip() for kind in (".out", ".err")]
        return next((text.splitlines()[-1] for text in reversed(texts) if text), "")


def attempt(
    place: Place,
    arguments: Sequence[str],
    variables: dict[str, str],
    what: Attempt,
    name: str,
    typical: float,
    rng: np.random.Generator,
) -> Ended:
    """Start the command with these arguments, and strike it.

    Args:
        variables: Variables that are added to the command's environment.
        what: The strikes, with their moments.
        name: Name of the files for the command's output, without an extension.
        typical: Seconds that the command takes undisturbed.
    """
    ended = Ended(place.said / name)
    launch = Launch(place.environment | variables)
    with ExitStack() as afterwards:
        with ExitStack() as at_end:
            before = Target(place, launch, None, at_end, afterwards)
            for blow in what.blows:
                if blow.moment is None:
                    _hit(blow, before, ended, rng)
            began = monotonic()
            process = _start(place, launch, arguments, ended.said)
            try:
                running = Target(place, launch, process.pid, at_end, afterwards)
                ended.code = _strike(process, running, what, ended, typical, rng)
            finally:
                if process.poll() is None:
                    _end(process, place)
            ended.seconds = monotonic() - began
        if any(STRIKES[blow].name not in SIGNALS for blow in ended.struck):
            alone(place)  # spoilt files are put back when no process uses them any more
    ended.tracebacks = tracebacks(ended.said)
    return ended


SIGNALS = frozenset(name for name, strike in STRIKES.items() if strike.hit.__module__.endswith("signals"))
"""Names of the strikes that are signals."""


def _start(place: Place, launch: Launch, arguments: Sequence[str], said: Path) -> subprocess.Popen[bytes]:
    """Start the command from Bash, which it replaces, in a session of its own as in a terminal."""
    command = shlex.join([sys.executable, "src/train.py", *arguments])
    if any("../gone" in line for line in launch.before):
        command = command.replace("src/train.py", str(place.project / "src" / "train.py"))
    lines = "\n".join([*launch.before, f"exec {command}"])
    with said.with_suffix(".out").open("wb") as out, said.with_suffix(".err").open("wb") as err:
        return subprocess.Popen(
            ["/bin/bash", "-c", lines], env=launch.environment, cwd=place.project, stdout=out, stderr=err,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def _strike(
    process: subprocess.Popen[bytes],
    target: Target,
    what: Attempt,
    ended: Ended,
    typical: float,
    rng: np.random.Generator,
) -> int | None:
    """Strike at each moment until the command ends, and return its exit code; None if it hangs."""
    began = last = monotonic()
    waiting = sorted((blow for blow in what.blows if blow.moment is not None), key=lambda blow: blow.moment or 0)
    while (code := process.poll()) is None:
        now = monotonic() - began
        due = next((blow for blow in waiting if _due(blow, now, typical, ended.said)), None)
        if due is not None:
            waiting.remove(due)
            _hit(due, target, ended, rng)
            last = monotonic()
        elif monotonic() - last > max(HANGS_AFTER, TIMES * typical):
            return None
        else:
            sleep(0.02)
    ended.missed += [blow.strike for blow in waiting]
    return code


def _due(blow: Blow, now: float, typical: float, said: Path) -> bool:
    """Return whether it is time for the blow.

    Args:
        now: Seconds since the start of the command.
        typical: Seconds that the command takes undisturbed.
        said: Path of the files with the command's output, without the extension.
    """
    assert blow.moment is not None
    if now < max(blow.moment * typical, STRIKES[blow.strike].earliest):
        return False
    if not blow.line or now > 1.5 * typical:
        return True
    return said.with_suffix(".out").read_bytes().count(b"\n") >= blow.line


def _hit(blow: Blow, target: Target, ended: Ended, rng: np.random.Generator) -> None:
    """Do the strike of a blow, and note in `ended` whether it hit."""
    strike = STRIKES[blow.strike]
    if strike.alone:
        alone(target.place)
    hit = strike.hit(target, rng)
    (ended.missed if hit is False else ended.struck).append(strike.name)
    ended.spoilt |= strike.spoils and hit is not False


def alone(place: Place) -> None:
    """Wait until no process of a command is left. Idle workers of a Dask cluster may stay."""
    end = monotonic() + ALONE_SECONDS
    while monotonic() < end:
        found = [*map(_role, roles.marked(place.mark))]
        if not any(role in ("parent", "worker", "fork server", "resource tracker") for role in found):
            return
        if any(role.startswith("Dask") for role in found) and "parent" not in found:
            sleep(3)
            return
        sleep(0.05)


def _role(process: psutil.Process) -> str:
    """Return the role of a process; "" if it has ended."""
    with suppress(psutil.Error):
        return roles.of(process)
    return ""


def _end(process: subprocess.Popen[bytes], place: Place) -> None:
    """End a command that hangs. Its Python processes print their tracebacks first."""
    for each in roles.marked(place.mark):
        with suppress(psutil.Error):
            if roles.of(each) in ("parent", "worker", "fork server"):
                each.send_signal(signal.SIGCONT)
                each.send_signal(signal.SIGABRT)
    sleep(1)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def tracebacks(said: Path) -> list[str]:
    """Return a line for each traceback, and each warning about a leak, that the command printed.

    Args:
        said: Path of the files with the command's output, without the extension.
    """
    lines = [
        line
        for kind in (".out", ".err")
        for line in said.with_suffix(kind).read_text(errors="replace").splitlines()
    ]  # fmt: skip
    lines = [line for line in lines if line.strip()]
    starts = [i for i, line in enumerate(lines) if any(words in line for words in SPOKEN_OF)]
    starts = [i for i in starts if i == 0 or not any(words in lines[i - 1] for words in CHAINED)]
    return [f"{lines[i].strip()[:70]} … {_ending(lines[i + 1 :])}" for i in starts]


def _ending(lines: Sequence[str]) -> str:
    """Return the last line of a traceback: the first one that is not indented."""
    return next((line.strip()[:150] for line in lines if line and not line[0].isspace()), "")
