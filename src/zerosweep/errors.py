"""What only the person at the keyboard can put right: told in one line, without a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class UserError(Exception):
    """A mistake on the command line or in a file. `str(error)` is the one line to show."""


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
        super().__init__(f"{setting}={value}: {allowed}{suggestion(str(value), self.choices)}")

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


def without_password(text: str) -> str:
    """The text, without the password in the address of a store: what is shown may be passed on."""
    return re.sub(r"(://[^\s/:@]+:)[^\s/@]+@", r"\1***@", text)
