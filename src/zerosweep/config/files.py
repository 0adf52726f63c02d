"""Description of mistakes in a configuration file, with the name of the file and the line."""

from __future__ import annotations

import traceback
from pathlib import Path

from yaml import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from zerosweep.places import FILES

READERS = {"load_config": "full_path", "_main_file": "file", "option": "file"}
"""Functions that read a configuration file, by name, and their variable that holds its path."""


def unreadable_file(error: BaseException) -> str | None:
    """Return one line about a file that could not be read as YAML; None if no such file was being read."""
    file = _being_read(error)
    if file is None:
        return None
    line, wrong = 0, ""
    match error:
        case UnicodeDecodeError():
            line, wrong = _undecodable(file), "not UTF-8 text"
        case MarkedYAMLError():
            mark = error.problem_mark or error.context_mark
            line, wrong = mark.line + 1 if mark else 0, error.problem or error.context or ""
        case ReaderError():
            line = file.read_text(errors="replace").count("\n", 0, error.position) + 1
            wrong = f"a control character, {error.character!r}"
        case YAMLError():
            wrong = str(error)
        case OSError():  # OmegaConf raises it too, for a file that holds only a number or a word
            wrong = error.strerror or "must hold settings, as in lr: 0.1"
    where = file.relative_to(FILES) if file.is_relative_to(FILES) else file
    return f"{where}{f':{line}' if line else ''}: {' '.join(wrong.split())}"


def _being_read(error: BaseException) -> Path | None:
    """Return the configuration file that was being read when an error was raised, if any."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        variable = READERS.get(frame.f_code.co_name)
        if variable and variable in frame.f_locals:
            return Path(frame.f_locals[variable])
    return None


def _undecodable(file: Path) -> int:
    """Return the number, from 1, of the first line that is not UTF-8; 0 without such a line."""
    content = file.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 0
