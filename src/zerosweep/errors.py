"""Errors that only the user can put right. Each is shown as one line, without a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from zerosweep.masking import masked

LONGEST_SHOWN = 300
"""Maximal number of characters that an error message repeats of a value."""


class UserError(Exception):
    """A mistake on the command line or in a file. `str(error)` is the line to show, with secrets masked."""

    def __init__(self, line: str):
        super().__init__(masked(line))


class StoreAway(UserError):
    """A store that stayed locked or unreachable for minutes. No mistake, but shown in one line like one."""


class RunsFailed(Exception):
    """Some runs of a sweep failed. Each failure has been reported by the time this is raised."""


class DataError(UserError):
    """A data file that is missing, truncated, corrupted or of another format than expected."""


class SettingError(UserError):
    """A setting whose value is not allowed.

    Args:
        setting: The setting's dotted name.
        value: The value that was given.
        allowed: The values that are allowed, in words, such as "must be > 0".
        choices: Valid spellings; the message suggests the one nearest to `value`.
    """

    def __init__(self, setting: str, value: object, allowed: str, choices: Iterable[str] = ()):
        self.setting, self.value, self.allowed, self.choices = setting, value, allowed, tuple(choices)
        shown = str(value) if len(str(value)) <= LONGEST_SHOWN else f"{str(value)[:LONGEST_SHOWN]}…"
        super().__init__(f"{setting}={shown}: {allowed}{suggestion(str(value), self.choices)}")

    def within(self, group: str) -> SettingError:
        """Return the same error, the setting prefixed by its group: `lr` within `optimizer` is `optimizer.lr`."""
        return SettingError(f"{group}.{self.setting}", self.value, self.allowed, self.choices)


def unusable_folder(setting: str, folder: object, error: OSError) -> SettingError:
    """Return the error for a setting whose folder cannot be created or written to."""
    return SettingError(setting, folder, f"cannot be made or written to: {error.strerror}")


def no_such_setting(name: str, group: str, names: Iterable[str]) -> str:
    """Return the words of an error about an unknown setting.

    Args:
        name: The unknown setting, without its group.
        group: The group's name, "" for the top level.
        names: The settings that the group has.
    """
    names = sorted(names)
    has = f"{group or 'the top level'} has {', '.join(names) or 'no settings'}"
    return f"no such setting; {has}{suggestion(name, names)}"


def refuse_unknown(group: str, given: Mapping[str, object], names: Iterable[str]) -> None:
    """Raise a `SettingError` for the first `given` setting of a group that is not among the group's `names`."""
    known = sorted(names)
    for name, value in given.items():
        if name not in known:
            raise SettingError(f"{group}.{name}", value, no_such_setting(name, group, known))


def suggestion(given: str, choices: Iterable[str]) -> str:
    """Return "; did you mean adam?" with the choice nearest to the `given` word, or "" if none is similar."""
    near = get_close_matches(given, list(choices), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def last_line(error: BaseException) -> str:
    """Return an error's type and message in one line, like the last line of a traceback, with secrets masked."""
    return masked(traceback.format_exception_only(error)[-1].strip().splitlines()[0])
