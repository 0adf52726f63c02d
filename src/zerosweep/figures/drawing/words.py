"""Settings, levels and metrics in words, as titles, axes and keys say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zerosweep.figures.drawing.levels import level_labels
from zerosweep.figures.names import METRIC
from zerosweep.metrics import in_words
from zerosweep.naming import SELF_EVIDENT, level_title, words

JOINT = ", "
"""What joins the settings, and the levels, of a factor that is several in one."""


def setting_words(settings: Sequence[str]) -> dict[str, str]:
    """Return the name of each setting in words. Where two would be alike both have their own names."""
    found = {name: JOINT.join(words(part) for part in name.split(JOINT)) for name in settings}
    names = [*found.values()]
    return {name: text if names.count(text) == 1 else name for name, text in found.items()}


def level_titles(setting: str, levels: Sequence[str], name: str | None = None) -> dict[str, str]:
    """Return each level of a setting as a title, all different: "weight scale 0.01", "with batch normalization".

    Args:
        setting: The setting.
        levels: Its levels; "" where a run does not have the setting.
        name: The setting's name, where it is not that of `words`.
    """
    labels = level_labels(levels)
    if setting == METRIC:
        return {level: in_words(level) for level in levels}
    if JOINT in setting:
        return labels
    if name is not None and name != words(setting):
        return {level: f"{name} {labels[level]}" for level in levels}
    titles = {level: level_title(setting, level) for level in levels}
    if len({*titles.values()}) == len(titles) and max(map(len, levels), default=0) <= max(
        map(len, labels.values()), default=0
    ):
        return titles
    return {level: level_title(setting, labels[level] if level else "") for level in levels}


def level_names(setting: str, levels: Sequence[str]) -> dict[str, str]:
    """Return each level of a setting as a short text, all different, beside which the setting is named: "0.01"."""
    return level_titles(setting, levels) if setting in SELF_EVIDENT and all(levels) else level_labels(levels)


Titles = Mapping[str, Mapping[str, str]]
"""The title of each level of each factor: titles[factor][level]."""


def titles_of(levels: Mapping[str, Sequence[str]]) -> Titles:
    """Return the titles of the levels of each factor."""
    names = setting_words([*levels])
    return {factor: level_titles(factor, these, names[factor]) for factor, these in levels.items()}
