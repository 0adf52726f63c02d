"""A finding: what somebody published, and the check that tells whether it came out here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zerosweep.report.evidence import Evidence, Lacking


@dataclass(frozen=True)
class Seen:
    """What the runs show, in words with the numbers seen, and whether that is what was expected."""

    text: str
    reproduced: bool


@dataclass(frozen=True)
class Finding:
    """name: as in `report.findings`. expected: the published claim, with the thresholds that its check takes it by."""

    name: str
    expected: str
    check: Callable[[Evidence], Seen]


@dataclass(frozen=True)
class Judged:
    """A finding held against runs. reproduced: yes, no, or "not measured" where the runs lack what it is about."""

    name: str
    expected: str
    seen: str
    reproduced: str


def finding(expected: str) -> Callable[[Callable[[Evidence], Seen]], Finding]:
    """Make a finding of a check, which gives it its name."""
    return lambda check: Finding(check.__name__, expected, check)


def judge(findings: Sequence[Finding], evidence: Evidence) -> list[Judged]:
    """Every finding, in this order."""
    return [_judge(one, evidence) for one in findings]


def _judge(one: Finding, evidence: Evidence) -> Judged:
    try:
        seen = one.check(evidence)
    except Lacking as why:
        return Judged(one.name, one.expected, str(why), "not measured")
    return Judged(one.name, one.expected, seen.text, "yes" if seen.reproduced else "no")
