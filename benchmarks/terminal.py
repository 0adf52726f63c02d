"""What the benchmarks' command lines share."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from sweeps.store import Spoilt

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist"
"""Where MNIST is looked for unless --mnist says."""


def check_places(parser: ArgumentParser, chosen: Namespace) -> None:
    """Refuse a --mnist that is no folder and a --json that cannot be written; make --mnist absolute, or None without one."""
    if chosen.mnist and not chosen.mnist.is_dir():
        parser.error(f"--mnist: there is no folder {chosen.mnist}")
    if chosen.json and not chosen.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {chosen.json.parent}")
    folder = chosen.mnist or (MNIST if MNIST.is_dir() else None)
    chosen.mnist = folder and folder.absolute()


def watch(name: str, line: str) -> None:
    """Say on a terminal what is being measured; with no line, take away what was said."""
    if sys.stderr.isatty():
        print(f"\r\033[K{f'{name}, {line}' if line else ''}", end="", file=sys.stderr, flush=True)


def attempt(name: str, measure: Callable[[], dict[str, float]]) -> dict[str, float] | None:
    """The figures of a part; None, and why, where a command of it did not do what was to be measured."""
    try:
        figures = measure()
    except Spoilt as why:
        watch(name, "")
        print(f"{name}: not measured; {why}", flush=True)
        return None
    watch(name, "")
    return figures
