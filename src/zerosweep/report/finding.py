"""A finding: what somebody published, and the check that tells whether it came out here. Findings register themselves by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zerosweep.errors import SettingError
from zerosweep.report.evidence import Evidence, Lacking


@dataclass(frozen=True)
class Check:
    """What the runs show, in words with the numbers seen, and whether that is what was expected."""

    text: str
    reproduced: bool


@dataclass(frozen=True)
class Finding:
    """name: as in `report.findings`. expected: the published claim, with the thresholds that its check takes it by."""

    name: str
    expected: str
    check: Callable[[Evidence], Check]


@dataclass(frozen=True)
class JudgedFinding:
    """A finding held against runs. reproduced: yes, no, or "not measured" where the runs lack what it is about."""

    name: str
    expected: str
    seen: str
    reproduced: str


FINDINGS: dict[str, Finding] = {}
"""All findings whose modules have been imported, by name."""


def finding(expected: str) -> Callable[[Callable[[Evidence], Check]], Finding]:
    """Turn a check into a registered finding, named after the check.

    Args:
        expected: The published claim, with the thresholds that the check applies.

    Raises:
        ValueError: Another finding has this name.
    """

    def register(check: Callable[[Evidence], Check]) -> Finding:
        if check.__name__ in FINDINGS:
            raise ValueError(f"two findings are named {check.__name__}")
        FINDINGS[check.__name__] = Finding(check.__name__, expected, check)
        return FINDINGS[check.__name__]

    return register


def named(names: Sequence[str]) -> list[Finding]:
    """Return the findings of these names, as `report.findings` lists them.

    Raises:
        SettingError: A name is no registered finding.
    """
    for name in names:
        if name not in FINDINGS:
            allowed = f"no such finding; must be of {', '.join(FINDINGS)}"
            raise SettingError("report.findings", name, allowed, list(FINDINGS))
    return [FINDINGS[name] for name in names]


def judge(findings: Sequence[Finding], evidence: Evidence) -> list[JudgedFinding]:
    """Every finding, in this order."""
    return [_judge(one, evidence) for one in findings]


def _judge(one: Finding, evidence: Evidence) -> JudgedFinding:
    try:
        seen = one.check(evidence)
    except Lacking as why:
        return JudgedFinding(one.name, one.expected, str(why), "not measured")
    return JudgedFinding(one.name, one.expected, seen.text, "yes" if seen.reproduced else "no")
