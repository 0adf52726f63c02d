"""The words about an unknown setting: where a setting of this name exists, or the nearest spelling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from difflib import get_close_matches

from hydra.core.config_store import ConfigStore

from zerosweep.config.purposes import sections
from zerosweep.config.schemas import GROUPS
from zerosweep.errors import no_such_setting

SYNONYMS = {"learning_rate": "lr", "n_jobs": "workers", "num_workers": "workers", "layers": "hidden", "sd": "scale"}
"""Names that other programs use for a setting, and the project's own name."""

HYDRAS_GROUPS = ("hydra/sweeper", "hydra/launcher")
"""Hydra's config groups of which the project has options."""

OURS = "zerosweep"
"""Provider of the project's options in Hydra's store."""

CUTOFF = 0.5
"""Least similarity of a name that is suggested, between 0 and 1."""


def unknown_setting(name: str, group: str, names: Iterable[str]) -> str:
    """Return the words of an error about an unknown setting.

    >>> unknown_setting("epochs", "", ["seed", "trainer"])
    'no such setting; did you mean trainer.epochs?'
    >>> unknown_setting("n_trials", "", ["seed", "trainer"])
    'no such setting; did you mean hydra.sweeper.n_trials with hydra/sweeper=optuna?'

    Args:
        name: The unknown setting, without its group.
        group: The group's name, "" for the top level.
        names: The settings that the group has.
    """
    names = [*names]
    known = known_settings()
    meant = SYNONYMS.get(name, name)
    if meant not in known and not group:  # a name of the top level wins over an equally similar one of a group
        meant = next(iter(get_close_matches(name, [*sorted(names), *known], n=1, cutoff=CUTOFF)), name)
    if meant in names or meant not in known:
        return no_such_setting(meant if meant in names and group else name, group, names)
    where = ", or ".join(known[meant])
    listed = f"; {group} has {', '.join(sorted(names)) or 'no settings'}" if group else ""
    return f"no such setting{listed}; did you mean {where}?"


def known_settings() -> dict[str, list[str]]:
    """Return where settings exist, by their name without the group.

    A place is the dotted name. If only some options of the group have the setting, these options follow.
    """
    options = {f"{group}={name}": recipe for group, recipes in GROUPS.items() for name, recipe in recipes.items()}
    having: dict[str, dict[str, list[str]]] = {}
    for section, kinds in sections().items():
        for kind in kinds:
            for setting in fields(kind):
                having.setdefault(setting.name, {}).setdefault(section, [])
    for option, recipe in options.items():
        for setting in fields(recipe):
            having[setting.name][option.partition("=")[0]].append(option)
    total = {group: len(recipes) for group, recipes in GROUPS.items()}
    store = ConfigStore.instance()
    for group in HYDRAS_GROUPS:
        ours = [file.removesuffix(".yaml") for file in store.list(group)]
        ours = [name for name in ours if store.load(f"{group}/{name}.yaml").provider == OURS]
        total[group] = len(ours)
        for name in ours:
            for key in map(str, store.load(f"{group}/{name}.yaml").node):
                if not key.startswith("_"):
                    having.setdefault(key, {}).setdefault(group, []).append(f"{group}={name}")
    return {
        name: [_place(group, name, found, total.get(group, 0)) for group, found in groups.items()]
        for name, groups in having.items()
    }


def _place(group: str, name: str, options: list[str], total: int) -> str:
    chosen = " or ".join(option.partition("=")[2] for option in options)
    only = f" with {group}={chosen}" if len(options) < total else ""
    return f"{group.replace('/', '.')}.{name}{only}"
