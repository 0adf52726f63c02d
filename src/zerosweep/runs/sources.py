"""The source files that determine a run's numbers, found by following imports, and their hash, the `code_id`."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from zerosweep.places import PACKAGE
from zerosweep.plugins.loading import Plugin
from zerosweep.plugins.sources import imports, packages_of

ROOTS = ("runs.assemble", "training.loop", "training.traces", "training.verdict")
"""The modules that turn settings into numbers and a verdict. The modules that they import, at any depth, count too."""

WITHOUT_NUMBERS = {
    "config.schemas": "declares settings and knows every component; the values that a run has are in its config_id",
    "errors": "words errors",
    "figures.names": "names figures, so that a setting can be checked",
    "masking": "hides secrets in what is written",
    "plugins.parts": "knows the parts of plugins; the sources of those that a run uses count on their own",
    "metrics": "describes metrics; what is measured is computed elsewhere",
}
"""Modules that the roots import but that change no number, each with the reason. Their own imports still count."""


def code_id(plugins: Iterable[Plugin] = (), ours: bool = True) -> str:
    """Return a hash of the code behind a run's numbers and of NumPy's version: 16 hexadecimal digits.

    Comments, docstrings and layout are left out, so that changing them invalidates no recorded run.

    Args:
        plugins: The plugins that the run uses. Their sources, with those of their local modules, and the versions of
            the packages that they import count too.
        ours: Whether the project's own sources count. A trainable that imports none of them does not depend on them.
    """
    return _code_id(tuple(sorted(set(plugins), key=lambda plugin: plugin.module)), ours)


@cache
def _code_id(plugins: tuple[Plugin, ...], ours: bool) -> str:
    hasher, sources = hashlib.sha256(np.__version__.encode()), numeric_sources()
    imported = {name for plugin in plugins for source in plugin.sources for name in imports(source)}
    if not ours and imported.isdisjoint(f"zerosweep.{name}" for name in sources):
        sources = {}
    for name, tree in sorted(sources.items()):
        hasher.update(f"\0{name}\0{ast.unparse(without_docstrings(tree))}".encode())
    for plugin in plugins:
        for source in plugin.sources:
            hasher.update(f"\0plugin {source.module}\0{ast.unparse(without_docstrings(source.tree))}".encode())
        hasher.update(f"\0{packages_of(plugin.sources)}".encode())
    return hasher.hexdigest()[:16]


def numeric_sources() -> dict[str, ast.Module]:
    """Return the parsed source files that determine numbers, by module name below `zerosweep`."""
    found: dict[str, ast.Module] = {}
    to_visit = list(ROOTS)
    while to_visit:
        name = to_visit.pop()
        if name not in found:
            found[name] = ast.parse(_file(name).read_bytes())
            to_visit.extend(_imports(found[name]))
    return {name: tree for name, tree in found.items() if name not in WITHOUT_NUMBERS}


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Remove every docstring and every other bare string from `tree` in place, and return it."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [line for line in body if not _is_string(line)] or [ast.Pass()]
    return tree


def _is_string(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield the modules of the package that a source file imports, also those imported inside functions."""
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
