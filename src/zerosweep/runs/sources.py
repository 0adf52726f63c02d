"""The sources that a run's numbers come from, found by following imports, and their `code_id`."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

PACKAGE = Path(__file__).parents[1]

ROOTS = ("runs.assemble", "training.loop", "training.traces", "training.verdict")
"""The modules that turn settings into numbers and a verdict. All that they import, directly or not, counts too."""

WITHOUT_NUMBERS = {
    "config.schemas": "declares settings and knows every component; the values that a run has are in its config_id",
    "errors": "words errors",
    "figures.names": "names figures, so that a setting can be checked",
    "masking": "hides secrets in what is written",
    "metrics": "describes metrics; what is measured is computed elsewhere",
}
"""Modules that the roots import and that change no number, each with the reason. Their own imports are followed all the same."""


@cache
def code_id() -> str:
    """Return 16 hexadecimal digits that identify the code behind a run's numbers, and NumPy's version.

    Comments, docstrings and layout do not count, so that better prose invalidates no record.
    """
    hasher = hashlib.sha256(np.__version__.encode())
    for name, tree in sorted(numeric_sources().items()):
        hasher.update(f"\0{name}\0{ast.unparse(without_docstrings(tree))}".encode())
    return hasher.hexdigest()[:16]


def numeric_sources() -> dict[str, ast.Module]:
    """Return the parsed sources that numbers come from, by module name below `zerosweep`."""
    found: dict[str, ast.Module] = {}
    open_ends = list(ROOTS)
    while open_ends:
        name = open_ends.pop()
        if name not in found:
            found[name] = ast.parse(_file(name).read_bytes())
            open_ends.extend(_imports(found[name]))
    return {name: tree for name, tree in found.items() if name not in WITHOUT_NUMBERS}


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Strip every docstring, and every other expression that is a bare string, from `tree` in place."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [line for line in body if not _is_string(line)] or [ast.Pass()]
    return tree


def _is_string(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _imports(tree: ast.Module) -> Iterator[str]:
    """The modules of the package that a source imports anywhere, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("zerosweep"):
            parent = node.module.removeprefix("zerosweep").lstrip(".")
            for alias in node.names:
                inner = f"{parent}.{alias.name}".lstrip(".")
                if _file(inner).exists():
                    yield inner
                elif parent and _file(parent).exists():
                    yield parent


def _file(name: str) -> Path:
    return PACKAGE.joinpath(*name.split(".")).with_suffix(".py")
