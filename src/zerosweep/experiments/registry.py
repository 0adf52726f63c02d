"""All findings, by name. Adding one is a function in the module of its experiment and its name in a sweep file."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from zerosweep.errors import SettingError
from zerosweep.experiments.findings import (
    activations,
    convolution,
    failures,
    gradients,
    optimizers,
    overfitting,
    searches,
    weight_scale,
)  # fmt: skip
from zerosweep.report.finding import Finding

EXPERIMENTS: tuple[ModuleType, ...] = (
    weight_scale, activations, convolution, gradients, optimizers, overfitting, failures, searches,
)  # fmt: skip


def _collected() -> dict[str, Finding]:
    found = [value for module in EXPERIMENTS for value in vars(module).values() if isinstance(value, Finding)]
    assert len({one.name for one in found}) == len(found), "two findings of one name"
    return {one.name: one for one in found}


FINDINGS = _collected()


def named(names: Sequence[str]) -> list[Finding]:
    """The findings of these names, as `report.findings` has them; one that there is not is a `SettingError`."""
    for name in names:
        if name not in FINDINGS:
            allowed = f"no such finding; must be of {', '.join(FINDINGS)}"
            raise SettingError("report.findings", name, allowed, list(FINDINGS))
    return [FINDINGS[name] for name in names]
