"""What the benchmarks' command lines share."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

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


def attempt(
    name: str, measure: Callable[[], dict[str, float]], table: Callable[[dict[str, float]], str]
) -> dict[str, float] | None:
    """The figures of a part, shown as its table; None, and why, where a command of it did not do what was to be measured."""
    try:
        figures = measure()
    except Spoilt as why:
        watch(name, "")
        print(f"{name}: not measured; {why}", flush=True)
        return None
    watch(name, "")
    print(table(figures), flush=True)
    return figures


def keep(found: Mapping[str, dict[str, float] | None], file: Path | None) -> NoReturn:
    """Write the figures that there are into the file, if one is wanted, and end the program: 1 where a part was spoilt."""
    if file:
        measured = {name: figures for name, figures in found.items() if figures is not None}
        file.write_text(json.dumps(measured, indent=2) + "\n")
    sys.exit(None in found.values())
