"""Strikes at the surroundings of a command: its streams, variables, limits, programs and clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import time

import numpy as np
from tests.chaos import mounts
from tests.chaos.strike import Strike, Target

Draw = Callable[[np.random.Generator], str]

STREAMS = {
    "stdin closed": "exec <&-",
    "stdout closed": "exec >&-",
    "stderr closed": "exec 2>&-",
    "stdin and stdout closed": "exec <&- >&-",
    "all streams closed": "exec <&- >&- 2>&-",
    "stdout full": "exec >/dev/full",
    "stdout and stderr full": "exec >/dev/full 2>&1",
    "| head -1": "exec > >(head -1 >/dev/null)",
    "| true": "exec > >(true)",
    "2>&1 | head -1": "exec > >(head -1 >/dev/null) 2>&1",
    "stdout that nobody reads for long": "exec > >(sleep 6)",
    "stdin that ends": "exec </dev/null",
}

VARIABLES: dict[str, dict[str, str | None]] = {
    "no HOME": {"HOME": None},
    "HOME that is not there": {"HOME": "/nonexistent/home"},
    "no git": {"PATH": "/nonexistent"},
    "LC_ALL=C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a locale that is not there": {"LC_ALL": "xx_YY.UTF-8", "LANG": "xx_YY"},
    "streams in ASCII": {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"},
    "streams in UTF-16": {"PYTHONIOENCODING": "utf-16"},
    "Turkish locale": {"LANG": "tr_TR.ISO-8859-9", "LC_ALL": "tr_TR.ISO-8859-9", "PYTHONUTF8": "0"},
    "MPLBACKEND that is not there": {"MPLBACKEND": "module://nowhere.backend"},
    "python -O": {"PYTHONOPTIMIZE": "1"},
    "a terminal one column wide": {"COLUMNS": "1", "LINES": "1", "TERM": "dumb"},
    "TMPDIR that is not there": {"TMPDIR": "/nonexistent/tmp"},
    "a strange time zone": {"TZ": "Pacific/Kiritimati"},
    "warnings are errors": {"PYTHONWARNINGS": "default"},
    "an empty environment": dict.fromkeys(("HOME", "PATH", "USER", "LOGNAME", "LANG", "SHELL", "TERM")),
}

LIMITS: dict[str, Draw] = {
    "few file descriptors": lambda rng: f"ulimit -n {rng.choice([16, 24, 32, 40, 48, 64, 96, 128])}",
    "little memory": lambda rng: f"ulimit -v {rng.integers(400, 2500) * 1024}",
    "small files only": lambda rng: f"ulimit -f {rng.choice([0, 16, 256, 1100, 1300, 2000])}",
    "a small stack": lambda rng: f"ulimit -s {rng.choice([256, 1024])}",
    "umask 077": lambda rng: "umask 077",
}

GITS = {
    "git that hangs": "#!/bin/sh\nexec sleep 1000\n",
    "git that prints bytes": "#!/bin/sh\nprintf '\\377\\376\\000strange\\n\\n'\n",
    "git that prints lines and fails": "#!/bin/sh\nseq 2000\necho fatal: strange >&2\nexit 3\n",
}


def strikes() -> list[Strike]:
    """Return a strike for each surrounding, which comes before the command starts."""
    found = [_around(name, _bash(line), 0.5) for name, line in STREAMS.items()]
    found += [_around(name, _variables(values), 0.4) for name, values in VARIABLES.items()]
    found += [_around(name, _limit(draw), 0.8) for name, draw in LIMITS.items()]
    found += [_around(name, _git(script), 0.4) for name, script in GITS.items()]
    found += [
        _around("a clock that jumps", _clock, 1.5),
        _around("a TMPDIR with a long name", _long_temporary, 0.4),
        _around("a working directory that is gone", _no_working_directory, 0.4),
        Strike("TMPDIR nearly full", _small_temporary, during=False, needs=frozenset({"disk"}), weight=0.8),
    ]
    return found


def _around(name: str, hit: Callable[[Target, np.random.Generator], None], weight: float) -> Strike:
    return Strike(name, hit, during=False, weight=weight)


def _bash(line: str) -> Callable[[Target, np.random.Generator], None]:
    def hit(target: Target, rng: np.random.Generator) -> None:
        target.launch.before.append(line)
        if "2>" in line:
            target.launch.environment.pop("PYTHONFAULTHANDLER")  # faulthandler cannot start without stderr

    return hit


def _limit(draw: Draw) -> Callable[[Target, np.random.Generator], None]:
    return lambda target, rng: target.launch.before.append(draw(rng))


def _variables(values: dict[str, str | None]) -> Callable[[Target, np.random.Generator], None]:
    def hit(target: Target, rng: np.random.Generator) -> None:
        for name, value in values.items():
            if value is None:
                target.launch.environment.pop(name, None)
            else:
                target.launch.environment[name] = value

    return hit


def _git(script: str) -> Callable[[Target, np.random.Generator], None]:
    def hit(target: Target, rng: np.random.Generator) -> None:
        program = target.place.folder / "bin" / "git"
        program.parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)
        target.launch.environment["PATH"] = f"{program.parent}:{target.launch.environment['PATH']}"

    return hit


def _clock(target: Target, rng: np.random.Generator) -> None:
    """Let the clock jump by minutes, days or years, forwards or back, some seconds after the start."""
    by = float(rng.choice([-1, 1]) * 10 ** rng.uniform(0, 8))
    target.launch.environment["CHAOS_CLOCK"] = f"{time() + rng.uniform(0, 6)}:{by}"
    target.launch.environment["PYTHONPATH"] = str(Path(__file__).parent / "clock")


def _long_temporary(target: Target, rng: np.random.Generator) -> None:
    """Set TMPDIR to a folder whose path is too long for a socket in it. An empty one is removed after the command."""
    long = target.place.temporary / ("long" * 20)
    long.mkdir(exist_ok=True)
    target.launch.environment["TMPDIR"] = str(long)
    target.afterwards.callback(lambda: None if any(long.iterdir()) else long.rmdir())


def _small_temporary(target: Target, rng: np.random.Generator) -> None:
    """Set TMPDIR to a file system of some kilobytes for this command."""
    small = target.place.folder / "small"
    small.mkdir(exist_ok=True)
    mounts.small_disk(small, int(rng.choice([4, 16, 64, 256])))
    target.launch.environment["TMPDIR"] = str(small)
    target.afterwards.callback(mounts.unmount, small)


def _no_working_directory(target: Target, rng: np.random.Generator) -> None:
    target.launch.before.append("mkdir -p ../gone && cd ../gone && rmdir ../gone")
