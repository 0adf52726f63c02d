"""Findings that are judged twice: by the rules of the article's code, and by ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from zerosweep.report.finding import Check, Finding, finding

SUFFIXES = {"published": "_as_published", "ours": ""}
"""What the name of a finding has behind that of its check, by way."""


def in_both_ways(expected: str, claim: str) -> Callable[[Callable[..., Check]], dict[str, Finding]]:
    """Register a check as two findings of an article: `NAME_as_published` for its own rules, and `NAME` for ours.

    Args:
        expected: The claim, with the thresholds that the check applies.
        claim: The claim in short.

    Returns:
        A decorator of a check, which takes the evidence and the way. It returns the findings by way.
    """

    def register(check: Callable[..., Check]) -> dict[str, Finding]:
        found = {}
        for way, suffix in SUFFIXES.items():
            judged: Any = partial(check, way=way)
            judged.__name__ = check.__name__ + suffix
            found[way] = finding(expected, claim=claim, way=way)(judged)
        return found

    return register
