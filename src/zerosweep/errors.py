"""What only the person at the keyboard can put right: told in one line, without a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from zerosweep.masking import masked

LONGEST_SHOWN = 300
"""Characters of a value that an error repeats."""


class UserError(Exception):
    """A mistake on the command line or in a file. `str(error)` is the one line to show, with secrets masked."""

    def __init__(self, line: str):
        super().__init__(masked(line))


class StoreAway(UserError):
    """A store that was locked or away for minutes: nobody's mistake, though it ends a command with one line too."""


class RunsFailed(Exception):
    """Some runs of a sweep failed; each was told of already."""


class DataError(UserError):
    """A data file that is absent, truncated, corrupted or not what it is said to be."""


class SettingError(UserError):
    """A setting whose value is not allowed.

    setting: its dotted name; value: what was given; allowed: what would do, as in "must be > 0";
    choices: the right spellings, of which the nearest to `value` is offered.
    """

    def __init__(self, setting: str, value: object, allowed: str, choices: Iterable[str] = ()):
        self.setting, self.value, self.allowed, self.choices = setting, value, allowed, tuple(choices)
        shown = str(value) if len(str(value)) <= LONGEST_SHOWN else f"{str(value)[:LONGEST_SHOWN]}…"
        super().__init__(f"{setting}={shown}: {allowed}{suggestion(str(value), self.choices)}")

    def within(self, group: str) -> SettingError:
        """The same mistake, named from one level further up: `lr` within `optimizer` is `optimizer.lr`."""
        return SettingError(f"{group}.{self.setting}", self.value, self.allowed, self.choices)


def unusable_folder(setting: str, folder: object, error: OSError) -> SettingError:
    """That the folder which a setting names cannot be made, or written to."""
    return SettingError(setting, folder, f"cannot be made or written to: {error.strerror}")


def no_such_setting(name: str, group: str, names: Iterable[str]) -> str:
    """What is wrong with the setting `name` of a group ("" for the top level) that has these `names` instead."""
    names = sorted(names)
    has = f"{group or 'the top level'} has {', '.join(names) or 'no settings'}"
    return f"no such setting; {has}{suggestion(name, names)}"


def refuse_unknown(group: str, given: Mapping[str, object], names: Iterable[str]) -> None:
    """Raise a `SettingError` for the first setting that is `given` to a group and none of its `names`."""
    for name, value in given.items():
        if name not in (known := sorted(names)):
            raise SettingError(f"{group}.{name}", value, no_such_setting(name, group, known))


def suggestion(typed: str, right: Iterable[str]) -> str:
    """'; did you mean adam?' for the spelling nearest to `typed`, or '' where none is near."""
    near = get_close_matches(typed, list(right), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def last_line(error: BaseException) -> str:
    """Return the type and the message of an error in one line, as a traceback ends, with secrets masked."""
    return masked(traceback.format_exception_only(error)[-1].strip().splitlines()[0])
