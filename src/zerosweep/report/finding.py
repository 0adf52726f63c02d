"""Findings: published claims, each with a check whether recorded runs reproduce it, registered by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zerosweep.errors import SettingError
from zerosweep.report.evidence import Evidence, MissingEvidence

SOURCES = ("article", "book", "ours")
"""Who claims something: a published article, the book that the articles work through, or this project."""

WAYS = ("published", "ours")
"""The rules that runs follow: those of the article's code, or this project's."""


@dataclass(frozen=True)
class Check:
    """The result of checking a finding on runs.

    Attributes:
        text: What the runs show, with its numbers.
        reproduced: Whether the runs show what was published.
        margin: How far the judged number is from the threshold at which `reproduced` changes, negative where it is on
            the wrong side; None where the check gives no such number.
    """

    text: str
    reproduced: bool
    margin: float | None = None


@dataclass(frozen=True)
class Finding:
    """A published claim and its check.

    Attributes:
        name: The name in `report.findings`, which is that of the check.
        expected: The claim, with the thresholds that the check applies.
        check: Judges the claim on runs; raises `MissingEvidence` where they cannot show it.
        claim: The claim in the words of its source, in short; "" where `expected` says it.
        source: Who claims it, one of `SOURCES`.
        way: Which rules the runs follow, one of `WAYS`. Findings with one claim and two ways are shown side by side.
    """

    name: str
    expected: str
    check: Callable[[Evidence], Check]
    claim: str = ""
    source: str = "article"
    way: str = "ours"


@dataclass(frozen=True)
class JudgedFinding:
    """A finding and how it was judged.

    Attributes:
        name: The name of the finding.
        expected: The claim, with its thresholds.
        seen: What the runs show, or what is missing from them.
        reproduced: `yes`, `no`, or `not measured` where evidence is missing.
        claim: As of the finding; so are `source` and `way`.
        margin: As of the check; None where evidence is missing.
    """

    name: str
    expected: str
    seen: str
    reproduced: str
    claim: str = ""
    source: str = "article"
    way: str = "ours"
    margin: float | None = None


FINDINGS: dict[str, Finding] = {}
"""All findings whose modules have been imported, by name."""


def finding(
    expected: str, *, claim: str = "", source: str = "article", way: str = "ours"
) -> Callable[[Callable[[Evidence], Check]], Finding]:
    """Turn a check into a registered finding, named after the check.

    Args:
        expected: The published claim, with the thresholds that the check applies.
        claim: The claim in short, in the words of its source. Findings that judge one claim in two ways share it.
        source: One of `SOURCES`.
        way: One of `WAYS`.

    Raises:
        ValueError: Another finding has this name, or the source or the way is unknown.
    """
    if source not in SOURCES or way not in WAYS:
        raise ValueError(f"source={source!r} and way={way!r} must be one of {SOURCES} and one of {WAYS}")

    def register(check: Callable[[Evidence], Check]) -> Finding:
        if check.__name__ in FINDINGS:
            raise ValueError(f"two findings are named {check.__name__}")
        FINDINGS[check.__name__] = Finding(check.__name__, expected, check, claim, source, way)
        return FINDINGS[check.__name__]

    return register


def findings_named(names: Sequence[str]) -> list[Finding]:
    """Return the registered findings with these names, in this order.

    Raises:
        SettingError: No finding has one of the names.
    """
    for name in names:
        if name not in FINDINGS:
            allowed = f"no such finding; must be one of {', '.join(FINDINGS)}"
            raise SettingError("report.findings", name, allowed, list(FINDINGS))
    return [FINDINGS[name] for name in names]


def judge(findings: Sequence[Finding], evidence: Evidence) -> list[JudgedFinding]:
    """Judge each finding on the evidence, in the order given."""
    return [_judge(finding, evidence) for finding in findings]


def reproduced(judged: Sequence[JudgedFinding]) -> str:
    """Return how many findings were reproduced, as text: "4 of 5 reproduced", or "4 of 5 reproduced, 1 not measured"."""
    answers = [finding.reproduced for finding in judged]
    missing = answers.count("not measured")
    return f"{answers.count('yes')} of {len(answers)} reproduced" + (f", {missing} not measured" if missing else "")


def _judge(finding: Finding, evidence: Evidence) -> JudgedFinding:
    told = finding.claim, finding.source, finding.way
    try:
        check = finding.check(evidence)
    except MissingEvidence as missing:
        return JudgedFinding(finding.name, finding.expected, str(missing), "not measured", *told)
    answer = "yes" if check.reproduced else "no"
    return JudgedFinding(finding.name, finding.expected, check.text, answer, *told, check.margin)
