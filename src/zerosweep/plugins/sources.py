"""Source files of plugins, and the local modules that they import."""

from __future__ import annotations

import ast
import importlib.util
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from zerosweep.errors import UserError


@dataclass(frozen=True)
class Source:
    """A Python file as it was when it was read.

    Attributes:
        module: The name under which it is imported.
        path: The file.
        text: Its content.
        is_package: Whether it is the `__init__.py` of a package.
    """

    module: str
    path: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        """The parsed content."""
        return ast.parse(self.text)


def closure(module: str, file: Path) -> tuple[Source, ...]:
    """Return the source of a module, and of every module that it imports from beside it, at any depth.

    A module `lion` may import `helpers` from the file `helpers.py` in its folder, and `parts.adam` from a package there.
    A module of a package, such as `mine.lion`, imports from its package. Imports inside functions count too.

    Args:
        module: The name of the module.
        file: Its file.

    Raises:
        UserError: A file cannot be read or is not valid Python.
    """
    root = file.parents[module.count(".") + (file.name == "__init__.py")]
    package = module.partition(".")[0] if "." in module or file.name == "__init__.py" else None
    found: dict[str, Source] = {}
    to_visit = [(module, file)]
    while to_visit:
        name, path = to_visit.pop()
        if name in found:
            continue
        found[name] = _read(name, path)
        for imported in imports(found[name]):
            top = imported.partition(".")[0]
            if top == "zerosweep" or top in sys.stdlib_module_names or package not in (None, top):
                continue
            if (inner := _located(root, imported)) is not None:
                to_visit.append((imported, inner))
    return found.pop(module), *(found[name] for name in sorted(found))


def packages_of(sources: tuple[Source, ...]) -> dict[str, str]:
    """Return the versions of third-party packages that these sources import, also inside functions, by name.

    They are those of the installed distributions, so nothing is imported. A package of no distribution is left out.
    """
    local = {source.module.partition(".")[0] for source in sources} | {"zerosweep"}
    tops = {name.partition(".")[0] for source in sources for name in imports(source)}
    versions = {name: _version(name) for name in sorted(tops - local - sys.stdlib_module_names)}
    return {name: version for name, version in versions.items() if version}


def _version(package: str) -> str:
    """Return the version of the distribution that has a package, such as scikit-learn's of sklearn; "" without one."""
    for name in (package, *_distributions().get(package, ())):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return ""


@cache
def _distributions() -> Mapping[str, Sequence[str]]:
    return metadata.packages_distributions()


def _read(module: str, path: Path) -> Source:
    try:
        with tokenize.open(path) as file:  # honours the coding that a file declares
            text = file.read()
        ast.parse(text)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    except SyntaxError as error:
        raise UserError(f"{path}:{error.lineno or 1}: {error.msg}") from None
    except (UnicodeDecodeError, ValueError):
        raise UserError(f"{path}: is not Python source text") from None
    return Source(module, str(path), text, path.name == "__init__.py")


def imports(source: Source) -> Iterator[str]:
    """Yield the full name of every module that a source may import, and of the packages around it."""
    package = source.module if source.is_package else source.module.rpartition(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            if dots and len(dots) > package.count(".") + bool(package):
                continue  # Python refuses it with an error of its own
            base = importlib.util.resolve_name(f"{dots}{node.module or ''}", package) if dots else str(node.module)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _located(root: Path, module: str) -> Path | None:
    """Return the file of a module below `root`; None if there is none."""
    place = root.joinpath(*module.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
