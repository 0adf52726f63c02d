"""The base class of every task, which is an option of the group `task`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from zerosweep.recipe import Recipe

NETWORK_GROUPS = ("dataset", "model", "regularizer", "init", "loss")
"""Config groups that only a task with a network uses."""


class Task(Recipe):
    """Base class of every task: what the runs of a command do, and which other settings shape them."""

    unused: ClassVar[tuple[str, ...]] = ()
    """Groups, sections and settings of the top level that shape no run of this task. They are null in its runs."""

    presets: ClassVar[Mapping[str, Mapping[str, str]]] = MappingProxyType({})
    """Values of settings of other sections while this task is chosen from a plugin, by section."""
