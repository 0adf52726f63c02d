"""Errors in one line: the setting, its value, and what is allowed."""

from __future__ import annotations

import errno
import re
import shlex
import sys
import traceback
from collections.abc import Sequence

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException
from yaml import YAMLError

from zerosweep.config.files import unreadable_file
from zerosweep.config.nearest import unknown_setting
from zerosweep.errors import StoreAway, UserError, suggestion, unusable_folder

EXPECTED = (
    (r"could not be converted to Integer", "must be an integer"),
    (r"could not be converted to Float", "must be a number"),
    (r"is not a valid bool", "must be true or false"),
    (r"is not a ListConfig, list or tuple", "must be a list, as in [100,100] or [output]"),
    (r"field '.*' is not Optional", "must not be null"),
)
"""Patterns of OmegaConf's messages about a value of the wrong type, and what is allowed."""

NO_TEMPORARY = "no folder for temporary files is writable; set TMPDIR to a writable folder"

FULL_DISK = "no space left on the disk; free some, then the same command resumes"

SURROUNDINGS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), FULL_DISK),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "too many open files; allow more, as in ulimit -n 1024"),
}
"""What to do about an error of the system, by its number."""

WITHOUT_SETTING = (
    ("does not support sweep type", "interval(", "a grid needs values, as in 0.1,0.01; an interval needs a search"),
    ("Config group override must be", "=null", "must be one of the group's options"),
)
"""Messages of Hydra that do not name the setting: part of the message, part of the argument, and what is allowed."""


def unwritable(error: BaseException) -> str | None:
    """Return one line about a failure of the disk, the system or the store; None for any other error."""
    cause = error.__cause__ or error
    if isinstance(error, StoreAway):
        return str(error)
    if isinstance(cause, OSError) and cause.errno in SURROUNDINGS:
        return SURROUNDINGS[cause.errno]
    if short := _shortage(cause):
        return f"{short}; with more of it, the same command resumes"
    if "No usable temporary directory" in str(cause):
        return NO_TEMPORARY
    if "(sqlite3." in str(error) and type(error).__module__.startswith("mlflow"):
        return f"the store cannot be used: {_first_line(error)}; once it can, the same command resumes"
    if type(error).__module__.startswith("optuna") and error.__cause__ is not None:
        why = _first_line(error.__cause__)
        return f"the study's storage cannot be used: {why}; once it can, the same command resumes"
    return None


def _shortage(error: BaseException) -> str | None:
    """Return the system's message for a lack of memory, files or processes; None for any other error."""
    if isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN):
        return str(error.strerror)
    # An array that is too large, NumPy's own error, belongs to the run that wants it.
    if type(error) is MemoryError or (isinstance(error, ImportError) and "failed to map segment" in str(error)):
        return f"Cannot allocate memory ({str(error) or 'ulimit -v'})"
    return None


def explain(error: BaseException, arguments: Sequence[str] | None = None) -> str | None:
    """Return one line about a mistake of the user and what to do; None for any other error.

    Args:
        error: The error.
        arguments: The overrides that may hold the mistake; None for those of the command line.
    """
    if isinstance(error, YAMLError | UnicodeDecodeError | OSError) and (unreadable := unreadable_file(error)):
        return unreadable
    match error:
        case UserError():
            return str(error)
        case OmegaConfBaseException() if mistake := _in_resolver(error):
            return str(mistake)
        case MissingConfigException(missing_cfg_file=str(missing), options=options) if options:
            group, _, option = missing.rpartition("/")
            return f"{group}={option}: must be one of {', '.join(options)}{suggestion(option, options)}"
        case OverrideParseException():
            return f"{error.override}: {_called(str(error)) or _as_written(str(error.override))}"
        case ConfigCompositionException():
            return _composition(error)
        case OmegaConfBaseException(full_key=str(key)) if key:
            return f"{key}: {_first_line(error)}"
        case OSError() | ValueError() if folder := _folder(error):
            return folder
    if isinstance(error, HydraException | OmegaConfBaseException) or _raised_in_hydra(error):
        return _hydras_own(_first_line(error), sys.argv[1:] if arguments is None else arguments)
    return None


def _in_resolver(error: BaseException | None) -> UserError | None:
    """Return the mistake that a resolver of the project has raised, which OmegaConf wraps; None for another error."""
    while error is not None and not isinstance(error, UserError):
        error = error.__cause__ or error.__context__
    return error


def _called(said: str) -> str | None:
    """Return what is wrong with a function of Hydra's grammar, such as interval; None if there is none.

    Args:
        said: The message of Hydra's exception.
    """
    found = re.search(r"while evaluating '.*': (.*)(?:\nAvailable: (.*))?", said)
    return found and found[1] + (f"; there are {found[2].replace(',', ', ')}" if found[2] else "")


def _as_written(override: str) -> str:
    """Return what is wrong with an override that Hydra cannot parse, and how to write it."""
    name, equals, value = override.partition("=")
    if not equals:
        return "cannot be read; write setting=value"
    opened, closed = (sum(map(value.count, brackets)) for brackets in ("([{", ")]}"))
    wrong = "a bracket is not closed" if opened > closed else "it contains special characters of Hydra's grammar"
    quoted = shlex.quote('{}="{}"'.format(name, value.replace('"', r"\"")))
    return f"cannot be read: {wrong}; write text in quotes, as in {quoted}"


def _folder(error: BaseException) -> str | None:
    """Return one line if Hydra could not make the folder of a run or write to it; None for any other error."""
    cause = error.__cause__ or error  # logging raises an error of its own for a file that it cannot open
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    running = next((frame.f_locals for frame in frames if frame.f_code.co_name == "run_job"), None)
    names = [frame.f_globals["__name__"].partition(".")[0] for frame in frames]
    raised_in = [name for name in names if name in ("hydra", "zerosweep")]
    if not isinstance(cause, OSError) or running is None or raised_in[-1] != "hydra":
        return None
    return str(unusable_folder(running["job_dir_key"], running["output_dir"], cause))


def _hydras_own(said: str, arguments: Sequence[str]) -> str:
    """Return a message of Hydra, with the setting among the `arguments` named if the message leaves it out."""
    for words, value, right in WITHOUT_SETTING:
        if words in said:
            override = next((argument for argument in arguments if value in argument), "")
            return f"{override}: {right}"
    return said


def _composition(error: ConfigCompositionException) -> str:
    """Return one line about a configuration that Hydra could not compose."""
    first, cause = _first_line(error), error.__cause__
    if ambiguous := re.match(r"Ambiguous value for argument '(.*)'", first):
        return f"{ambiguous[1]}: several values need -m; for a list write [a,b]"
    found = re.search(r"(?:use \+|override )(\S+=.*)$", str(error), re.MULTILINE)
    override = found[1] if found else ""
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        return _unknown(override or first, cause)
    if isinstance(cause, OmegaConfBaseException):
        said = _first_line(cause)
        right = next((right for pattern, right in EXPECTED if re.search(pattern, said)), said)
        return f"{override}: {right}" if override else f"{cause.full_key}: {right}"
    if in_file := re.match(r"In '(.*)': \w+ raised while composing config:\n(.*)\n\s+full_key: (.*)", str(error)):
        return f"{in_file[1]}.yaml: {in_file[3]}: {in_file[2]}"
    if match := re.search(r"An item is already at '(.*)'\.", first):
        return f"+{match[1]}: is a setting already; write it without +"
    return first


def _unknown(override: str, cause: ConfigAttributeError | ConfigKeyError) -> str:
    """Return one line about an unknown setting, with the settings that its group has."""
    group, _, name = str(cause.full_key).rpartition(".")
    names = [] if cause.parent_node is None else [str(sibling) for sibling in cause.parent_node]
    return f"{override}: {unknown_setting(name, group, names)}"


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _raised_in_hydra(error: BaseException) -> bool:
    """Return whether Hydra or OmegaConf raised the error themselves, whatever its type."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and bool(re.search(r"[/\\](hydra|omegaconf)[/\\]", frames[-1].filename))
