"""Values of settings as text, for params in MLflow and for overrides."""

from __future__ import annotations

from typing import Any


def as_typed(value: Any) -> str:
    """Return a setting's value as an override has it: true, null, 0.01, [100,100]."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(map(as_typed, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{name}:{as_typed(inner)}' for name, inner in value.items())}}}"
    return str(value)
