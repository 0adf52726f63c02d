"""Settings that go together, the cases of a sweep, and what becomes of them where some of these settings are typed too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

Case = Mapping[str, str]
"""The value of each setting of a case, as Hydra writes it."""

Typed = Mapping[str, Sequence[str]]
"""The values of each setting that is typed, one or several."""


def beside(cases: Sequence[Case], typed: Typed) -> list[Case]:
    """The cases that there are beside typed settings, each once. What is typed of a setting of no case is passed over.

    A setting that tells cases apart chooses among them, before any other takes the place of what cases say of it.
    """
    told = [name for name in telling(cases) if name in typed]
    left = [case for values in product(*(typed[name] for name in told)) for case in _chosen(cases, told, values, typed)]
    left.sort(key=lambda case: cases.index(case) if case in cases else len(cases))
    for name in typed:
        if name not in told and any(name in case for case in left):
            everywhere = all(name in case for case in cases)  # then also in a case that was made for a typed value
            sets = [(case, everywhere or name in case) for case in left]
            left = [one for case, it in sets for one in (_replaced(case, name, typed[name]) if it else [case])]
    return [dict(case) for case in dict.fromkeys(tuple(case.items()) for case in left)]


def telling(cases: Sequence[Case]) -> list[str]:
    """The settings that tell one case from another, without those that follow from an earlier one: of an optimizer and its
    learning rate, the optimizer."""
    found: list[str] = []
    for name in dict.fromkeys(name for case in cases for name in case):
        levels = {case.get(name) for case in cases}
        follows = any(
            len({(case.get(one), case.get(name)) for case in cases}) == len({case.get(one) for case in cases})
            for one in found
        )
        if len(levels) > 1 and not follows:
            found.append(name)
    return found


def _chosen(cases: Sequence[Case], names: Sequence[str], values: Sequence[str], typed: Typed) -> Sequence[Case]:
    """The cases where each of these telling settings has this one of its typed values: those that say so; else those that leave
    it open, beside which the others stay unless some typed value chooses among them; else new ones."""
    for name, value in zip(names, values, strict=True):
        same = [case for case in cases if _equal(case.get(name), value)]
        if not same and any(name not in case for case in cases):
            others_stay = not any(_equal(case.get(name), one) for case in cases for one in typed[name])
            same = [
                case if name in case else {**case, name: value} for case in cases if others_stay or name not in case
            ]
        cases = same or _made(cases, name, value)
    return cases


def _made(cases: Sequence[Case], name: str, value: str) -> list[Case]:
    """For a value that no case has: the value, and what all cases say alike; or where other settings tell cases apart too,
    what those say alike that have the same of these. An option's own settings, as optimizer.lr of an optimizer, do not count."""
    others = [one for one in telling(cases) if one != name and not one.startswith(f"{name}.")]
    groups: dict[tuple[str | None, ...], list[Case]] = {}
    for case in cases:
        groups.setdefault(tuple(case.get(one) for one in others), []).append(case)
    return [
        {one: said for one, said in group[0].items() if all(case.get(one) == said for case in group)} | {name: value}
        for group in groups.values()
    ]


def _replaced(case: Case, name: str, values: Sequence[str]) -> list[Case]:
    """The case with each of these values of a setting. Another option of a group comes without what was set in the former."""

    def kept(one: str, value: str) -> bool:
        return one != name and (_equal(case.get(name), value) or not one.startswith(f"{name}."))

    return [{one: said for one, said in case.items() if kept(one, value)} | {name: value} for value in values]


def _equal(one: str | None, other: str) -> bool:
    """Whether two values are the same, or the same number."""
    try:
        return one == other or (one is not None and float(one) == float(other))
    except ValueError:
        return False
