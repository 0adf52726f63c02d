"""Loading of plugins: each is a value, its source text, which can be loaded in any process.

What is imported is the text that was read, never the file itself. So the text that is executed is the one that is
hashed into the `code_id`, recorded with the run, and sent to workers, which need not have the file.
"""

from __future__ import annotations

import importlib
import socket
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.abc import ExecutionLoader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from zerosweep.errors import UserError, last_line, suggestion
from zerosweep.plugins import parts
from zerosweep.plugins.sources import Source, closure

ENTRY_POINTS = "zerosweep.plugins"
"""The group of entry points by which installed packages name their plugins."""


@dataclass(frozen=True)
class Plugin:
    """A module that registers parts, with its local modules.

    Attributes:
        sources: The module's own source, then those of the modules that it imports from beside it.
        installed: Whether it is part of an installed package, which other machines must have installed too.
    """

    sources: tuple[Source, ...]
    installed: bool = False

    @property
    def module(self) -> str:
        """The name of the module."""
        return self.sources[0].module

    @property
    def path(self) -> str:
        """The file of the module."""
        return self.sources[0].path


class _Served(MetaPathFinder, ExecutionLoader):
    """Importer of modules from the texts in `sources`, by name."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        source = self.sources.get(fullname)
        if source is None:
            return None
        inner: list[str] | None = [] if source.is_package else None
        return spec_from_file_location(fullname, source.path, loader=self, submodule_search_locations=inner)

    def get_source(self, fullname: str) -> str:
        return self.sources[fullname].text

    def get_filename(self, fullname: str) -> str:
        return self.sources[fullname].path


_served = _Served()

_loaded: dict[str, Plugin] = {}
"""Plugins that were loaded here, by the name of their module."""


def read(name: str) -> Plugin:
    """Return the plugin in a file.

    Args:
        name: The path of the file, relative to the working directory, or with ~ for the home folder.

    Raises:
        UserError: The file is missing or is not valid Python.
    """
    try:
        file = Path(name).expanduser().absolute()
    except RuntimeError:
        raise UserError(f"plugins={name}: no such user") from None
    if file.suffix != ".py" or not file.stem.isidentifier():
        raise UserError(f"plugins={name}: must be a Python file named with letters, digits and _, as in lion.py")
    if not file.is_file():
        raise UserError(f"plugins={name}: no such file{suggestion(file.name, _python_files(file.parent))}")
    return Plugin(closure(file.stem, file.resolve()))


def _python_files(folder: Path) -> list[str]:
    return [file.name for file in folder.glob("*.py")] if folder.is_dir() else []


def load(plugin: Plugin) -> None:
    """Load a plugin, which registers its parts. One that is loaded already is loaded anew only if its text changed.

    Raises:
        UserError: The plugin cannot be loaded. None of its parts is registered then.
    """
    if _is_loaded(plugin):
        return
    before = _loaded.get(plugin.module)
    if before is not None and before.path == plugin.path:
        _forget(_loaded.pop(plugin.module))
    names = [source.module for source in plugin.sources]
    if not plugin.installed:
        _serve(plugin.sources)
    parts.LOADING[:] = names
    try:
        importlib.import_module(plugin.module)
        if not parts.parts_of(names):
            raise UserError('registers no part; decorate one, as in @zs.optimizer("lion")')
    except (Exception, SystemExit) as error:
        _forget(plugin)
        raise UserError(f"{_place(plugin, error)}: {_reason(error)}") from error
    finally:
        parts.LOADING.clear()
    _loaded[plugin.module] = plugin_of(plugin.module) if plugin.installed else plugin


def load_installed() -> None:
    """Load the plugins of installed packages: the modules that their entry points `zerosweep.plugins` name.

    Raises:
        UserError: One of them cannot be loaded.
    """
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        try:
            module = importlib.import_module(entry.module)
        except (Exception, SystemExit) as error:
            owner = f" of the package {entry.dist.name}" if entry.dist else ""
            raise UserError(f"the plugin {entry.module}{owner} cannot be imported: {_reason(error)}") from error
        _loaded.setdefault(entry.module, plugin_of(module.__name__))


def plugin_of(module: str) -> Plugin:
    """Return the plugin that a module is, whether it was loaded by `load` or imported like any other module.

    Raises:
        UserError: The module has no file.
    """
    if module in _loaded:
        return _loaded[module]
    file = getattr(sys.modules[module], "__file__", None)
    if file is None or module == "__main__":
        names = ", ".join(f"{part.kind}={part.name}" for part in parts.parts_of([module]))
        where = "a notebook" if file is None else "the main program"
        raise UserError(
            f"{names}: is defined in {where}, where workers and the record cannot find it; "
            "move it into a file of its own, and import that or name it in plugins=[file.py]"
        )
    if module in _served.sources:
        return Plugin(closure(module, Path(file)))
    return Plugin(closure(module, Path(file).resolve()), "." in module or _is_installed(Path(file)))


def loaded() -> tuple[Plugin, ...]:
    """Return every plugin that has registered a part in this process."""
    return tuple(plugin_of(module) for module in dict.fromkeys(part.module for part in parts.PARTS.values()))


class Shipment:
    """The plugins of this process, as a value that loads them in the process that unpickles it."""

    def __init__(self, plugins: Iterable[Plugin] | None = None):
        self.plugins = loaded() if plugins is None else tuple(plugins)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpack, (self.plugins,)


def _unpack(plugins: tuple[Plugin, ...]) -> Shipment:
    for plugin in plugins:
        load(plugin)
    return Shipment(plugins)


def _is_installed(file: Path) -> bool:
    folders = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return any(file.resolve().is_relative_to(folder) for folder in folders)


def _is_loaded(plugin: Plugin) -> bool:
    """Return whether a plugin is loaded with this text, or was imported like any other module and has its parts."""
    name = plugin.module
    if name in _loaded and not plugin.installed:
        return _loaded[name] == plugin
    imported = sys.modules.get(name)
    return imported is not None and _is_from(imported, plugin.path) and bool(parts.parts_of([name]))


def _is_from(module: ModuleType, path: str) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve() == Path(path).resolve()


def _serve(sources: Iterable[Source]) -> None:
    """Let the import system find these sources.

    Raises:
        UserError: The name of one is that of another module.
    """
    if _served not in sys.meta_path:
        sys.meta_path.insert(0, _served)
    for source in sources:
        other = _other_module(source)
        if other is not None:
            raise UserError(f"{source.path}: another module has the name {source.module} ({other}); rename the file")
    for source in sources:
        if _served.sources.get(source.module, source) != source:
            sys.modules.pop(source.module, None)  # its text has changed
        _served.sources[source.module] = source


def _other_module(source: Source) -> str | None:
    """Return where another module of the same name is; None if there is none."""
    name = source.module
    if name in _served.sources:
        known = _served.sources[name].path
        return known if known != source.path else None
    if name in sys.modules:
        module = sys.modules[name]
        return None if _is_from(module, source.path) else getattr(module, "__file__", None) or "part of Python"
    spec = PathFinder.find_spec(name) if "." not in name else None
    if spec is None or spec.origin is None or Path(spec.origin).resolve() == Path(source.path).resolve():
        return None
    return spec.origin


def _forget(plugin: Plugin) -> None:
    """Take back the parts of a plugin, and its modules, except those that another loaded plugin uses too."""
    others = {source for other in _loaded.values() for source in other.sources}
    names = {source.module for source in plugin.sources if source not in others}
    for part in parts.parts_of(names):
        parts.remove(part)
    for name in names & _served.sources.keys():
        del _served.sources[name]
        sys.modules.pop(name, None)


def _place(plugin: Plugin, error: BaseException) -> str:
    """Return the file of the plugin, and the line in it where the error came from."""
    if plugin.installed and isinstance(error, ModuleNotFoundError):
        return f"the plugin {plugin.module} is not installed on {socket.gethostname()}"
    files = {source.path for source in plugin.sources}
    lines = [f"{file}:{line}" for file, line in _frames(error) if file in files]
    return lines[-1] if lines else plugin.path


def _frames(error: BaseException) -> list[tuple[str, int]]:
    return [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]


def _reason(error: BaseException) -> str:
    if isinstance(error, UserError):
        return str(error)
    return "it ends the program" if isinstance(error, SystemExit) else last_line(error)
