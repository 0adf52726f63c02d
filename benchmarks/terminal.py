"""The functions that the command lines of several benchmarks share."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from sweeps.store import MeasurementFailed

MNIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist"
"""The default of --mnist."""


def check_places(parser: ArgumentParser, chosen: Namespace) -> None:
    """Check --mnist and --json, and make --mnist an absolute path, or None if there is no MNIST.

    Args:
        parser: The parser, which ends the program if --mnist is not a folder or the folder of --json does not exist.
        chosen: The parsed arguments; `mnist` is changed in place.
    """
    if chosen.mnist and not chosen.mnist.is_dir():
        parser.error(f"--mnist: no such folder: {chosen.mnist}")
    if chosen.json and not chosen.json.absolute().parent.is_dir():
        parser.error(f"--json: no such folder: {chosen.json.parent}")
    folder = chosen.mnist or (MNIST if MNIST.is_dir() else None)
    chosen.mnist = folder and folder.absolute()


def watch(name: str, line: str) -> None:
    """Show on a terminal what is being measured, in place of the last such line; "" removes that line."""
    if sys.stderr.isatty():
        print(f"\r\033[K{f'{name}, {line}' if line else ''}", end="", file=sys.stderr, flush=True)


def attempt(
    name: str, measure: Callable[[], dict[str, float]], table: Callable[[dict[str, float]], str]
) -> dict[str, float] | None:
    """Measure a part, print its table and return its figures.

    Args:
        name: The name of the part.
        measure: Measures the part.
        table: Turns the figures into text.

    Returns:
        The figures by name, or None, with the reason printed, if a measured command failed.
    """
    try:
        figures = measure()
    except MeasurementFailed as reason:
        watch(name, "")
        print(f"{name}: not measured; {reason}", flush=True)
        return None
    watch(name, "")
    print(table(figures), flush=True)
    return figures


def finish(found: Mapping[str, dict[str, float] | None], file: Path | None) -> NoReturn:
    """Write the figures to a file and end the program, with the exit code 1 if a part failed.

    Args:
        found: The figures by part; None for a part that failed, which is not written.
        file: The file, or None to write nothing.
    """
    if file:
        measured = {name: figures for name, figures in found.items() if figures is not None}
        file.write_text(json.dumps(measured, indent=2) + "\n")
    sys.exit(None in found.values())
