"""Strict booleans: only true and false, where OmegaConf also accepts 2, 1e4, on and y for true."""

from __future__ import annotations

from typing import Any

from omegaconf import BooleanNode
from omegaconf.errors import ValidationError

from zerosweep.recipe import Recipe

_lenient = BooleanNode._validate_and_convert_impl

WRITTEN = {"true": True, "false": False}


def be_strict() -> None:
    """Have OmegaConf accept only true and false for a boolean setting of a recipe, in files and overrides. Safe to
    repeat.

    OmegaConf chooses the class of a node itself, so only the conversion can be replaced. Configurations with other
    schemas than recipes are converted as before.
    """
    BooleanNode._validate_and_convert_impl = _convert  # type: ignore[method-assign, assignment]


def _convert(node: BooleanNode, value: Any) -> bool:
    """Return the boolean for a value of a node, strictly if the node belongs to a recipe."""
    parent = node._get_parent()
    schema = parent._metadata.object_type if parent is not None else None
    if not (isinstance(schema, type) and issubclass(schema, Recipe)):
        return _lenient(node, value)
    written = WRITTEN.get(str(value).lower()) if isinstance(value, bool | str) else None
    if written is None:
        raise ValidationError("Value '$VALUE' is not a valid bool (type $VALUE_TYPE)")
    return written
