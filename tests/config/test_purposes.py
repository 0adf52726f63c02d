"""What each setting is for."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from zerosweep.config.purposes import purpose, purposes, without_command
from zerosweep.config.schemas import Settings
from zerosweep.recipe import Purpose

EXPECTED = {
    Purpose.NUMBERS: ["seed", "optimizer", "optimizer.lr", "dataset", "dataset.train_size", "trainer.dtype", "bn"],
    Purpose.JUDGES: ["objective.metric", "objective.direction"],
    Purpose.KEEPS: ["tracking.figures", "tracking.model", "trainer.trace"],
    Purpose.COMMAND: ["plan", "reuse", "rerun", "diagnose.verify", "tracking.sweep", "tracking.run_name"],
    Purpose.REPORTS: ["report.y", "report.findings"],
    Purpose.PLACE: ["tracking.uri", "tracking.experiment", "dataset.dir", "dataset.path"],
}


@pytest.mark.parametrize("expected", EXPECTED)
def test_a_setting_has_the_purpose_of_its_field_or_of_its_recipe(expected):
    assert {purpose(name) for name in EXPECTED[expected]} == {expected}


def test_every_setting_has_a_purpose():
    values = asdict(Settings())
    dotted = {f"{section}.{name}" for section, inner in values.items() if isinstance(inner, dict) for name in inner}
    assert dotted | values.keys() <= purposes().keys()


def test_a_setting_of_another_version_has_the_purpose_of_its_section():
    assert purpose("report.colour") is Purpose.REPORTS
    assert purpose("objective.weight") is Purpose.JUDGES
    assert purpose("optimizer.gamma") is purpose("unheard_of") is Purpose.NUMBERS


def test_a_run_by_itself_has_nothing_of_a_command():
    resolved = asdict(Settings()) | {"plan": True, "reuse": False, "rerun": "abc", "seed": 3}
    resolved["tracking"] |= {"sweep": "a", "run_name": "b", "uri": "sqlite:///c", "figures": False}
    resolved["report"] |= {"y": "val/loss"}
    resolved["diagnose"]["verify"] = True
    before = repr(resolved)
    expected = asdict(Settings()) | {"seed": 3}
    expected["tracking"] |= {"uri": "sqlite:///c", "figures": False}
    expected["report"] |= {"y": "val/loss"}

    assert without_command(resolved) == expected
    assert repr(resolved) == before
