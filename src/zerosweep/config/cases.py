"""Cases of a sweep: settings that go together, and the effect of overrides given beside them.

An override of the key of the cases, the first setting that all of them set but not all alike (such as `optimizer`),
selects the cases with its values; a value that no case has adds a case with the settings that all cases share.
An override of a setting of the key's option (`optimizer.lr`), or of a setting that every case sets, replaces the value
in each case that sets it.
Any other override is combined with every case that leaves its setting open, and is refused if it could mean more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zerosweep.errors import SettingError

Case = Mapping[str, str]
"""The value of each setting of a case, as Hydra writes it."""


def with_overrides(cases: Sequence[Case], overrides: Mapping[str, Sequence[str]]) -> list[Case]:
    """Return the cases of a sweep after overrides, without repetitions.

    Args:
        cases: The cases of the sweep's file.
        overrides: The values of each override, by setting. A setting that no selected case sets is ignored.

    Raises:
        SettingError: An override could mean more than one thing beside these cases.
    """
    key = _key(cases)
    selected = _select(cases, key, overrides[key]) if key in overrides else list(cases)
    for name, values in overrides.items():
        setting_it = [case for case in selected if name in case]
        if name == key or not setting_it:
            continue
        of_all = all(name in case for case in cases)  # then an added case has it too
        if of_all or setting_it == selected or (key and name.startswith(f"{key}.")):
            _refuse_orphaned_settings(setting_it, name, values)
            changed = [of_all or name in case for case in selected]
        else:
            _refuse_ambiguous(setting_it, name, values)
            changed = [name not in case for case in selected]
        selected = [
            new
            for case, change in zip(selected, changed, strict=True)
            for new in ([_replaced(case, name, value) for value in values] if change else [case])
        ]
    return [dict(case) for case in dict.fromkeys(tuple(case.items()) for case in selected)]


def distinguishing(cases: Sequence[Case]) -> list[str]:
    """Return the settings that tell the cases apart.

    A setting that follows from an earlier one is left out: each optimizer has its own rate, so the optimizer is enough.
    """
    found: list[str] = []
    for name in dict.fromkeys(name for case in cases for name in case):
        levels = {case.get(name) for case in cases}
        follows = any(
            len({(case.get(earlier), case.get(name)) for case in cases}) == len({case.get(earlier) for case in cases})
            for earlier in found
        )
        if len(levels) > 1 and not follows:
            found.append(name)
    return found


def _key(cases: Sequence[Case]) -> str:
    """Return the first setting that all cases set and that differs between them; "" without such a setting."""
    names = (name for name in cases[0] if all(name in case for case in cases))
    return next((name for name in names if len({case[name] for case in cases}) > 1), "")


def _select(cases: Sequence[Case], key: str, values: Sequence[str]) -> list[Case]:
    """Return the cases with these values of the key, then an added case for each value that no case has."""
    shared = {name: value for name, value in cases[0].items() if all(case.get(name) == value for case in cases)}
    known = [case for case in cases if any(_equal(case[key], value) for value in values)]
    unknown = [value for value in values if not any(_equal(case[key], value) for case in cases)]
    return [*known, *(_replaced(shared, key, value) for value in unknown)]


def _replaced(case: Case, name: str, value: str) -> Case:
    return {other: kept for other, kept in case.items() if other != name} | {name: value}


def _refuse_orphaned_settings(cases: Sequence[Case], name: str, values: Sequence[str]) -> None:
    """Refuse another option of a group whose own settings a case sets too."""
    for case in cases:
        own = [other for other in case if other.startswith(f"{name}.")]
        if own and any(not _equal(case[name], value) for value in values):
            allowed = f"the sweep's cases set {own[0]} for {name}={case[name]}; change them in a copy of its file"
            raise SettingError(name, ",".join(values), allowed)


def _refuse_ambiguous(cases: Sequence[Case], name: str, values: Sequence[str]) -> None:
    """Refuse a value that one case has while others leave the setting open: it could select or be added."""
    if any(_equal(case[name], value) for case in cases for value in values):
        allowed = (
            "one case of the sweep has this value and others leave it open; change the cases in a copy of its file"
        )
        raise SettingError(name, ",".join(values), allowed)


def _equal(value: str, other: str) -> bool:
    """Return whether two values are the same text or the same number."""
    try:
        return value == other or float(value) == float(other)
    except ValueError:
        return False
