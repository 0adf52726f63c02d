"""What the runs of a sweep show, in sentences: differences that are significant, ties, and what cannot be claimed."""

from __future__ import annotations

from collections.abc import Iterator

from zerosweep.naming import value_text
from zerosweep.report.repeats import PairedDifference
from zerosweep.report.results import Results
from zerosweep.report.table import format_cell

SIGNIFICANT = 0.05
"""The largest corrected p-value of a difference that is claimed."""

MOST_CLAIMED = 5
"""The largest number of differences in a conclusion; the table of differences has all."""


def conclusion(results: Results) -> list[str]:
    """Return what the runs show, a sentence or clause a line; empty where nothing varied."""
    lines = []
    if results.differences:
        lines += [*_claims(results)]
    elif len(results.ranking) > 1:
        lines.append("one seed: differences may be chance; repeat with seed=range(5) to get intervals and tests")
    if note := _untuned(results):
        lines.append(note)
    return lines


def _claims(results: Results) -> Iterator[str]:
    complete = [each for each in results.differences if not each.lost and each.corrected is not None]
    sure = [each for each in complete if each.corrected is not None and each.corrected <= SIGNIFICANT]
    for each in sorted(sure, key=lambda each: -abs(each.mean or 0))[:MOST_CLAIMED]:
        yield _claim(results, each)
    if len(sure) > MOST_CLAIMED:
        yield f"… {len(sure) - MOST_CLAIMED} more significant differences in the report"
    if ties := [f"{_pair(each)} ({each.factor})" for each in complete if each not in sure]:
        yield f"no significant difference: {', '.join(ties[:MOST_CLAIMED])}" + (
            f", and {len(ties) - MOST_CLAIMED} more" if len(ties) > MOST_CLAIMED else ""
        )
    if cut := sorted({f"{each.factor}: {_pair(each)}" for each in results.differences if each.lost}):
        yield f"not compared, as runs without a value are missing on one side: {'; '.join(cut[:MOST_CLAIMED])}"


def _claim(results: Results, difference: PairedDifference) -> str:
    """Return a significant difference as text, the better level first."""
    assert difference.mean is not None
    larger, smaller = (difference.b, difference.a) if difference.mean > 0 else (difference.a, difference.b)
    ends = sorted(map(abs, difference.interval)) if difference.interval else []
    interval = f" [{format_cell(ends[0])}, {format_cell(ends[1])}]" if ends else ""
    p = f", p = {difference.corrected:.2g}"
    levels = f"{value_text(larger)} > {value_text(smaller)}"
    return f"{difference.factor}: {levels} by {format_cell(abs(difference.mean))}{interval}{p} in {results.objective.metric}"


def _pair(difference: PairedDifference) -> str:
    return f"{value_text(difference.a)} and {value_text(difference.b)}"


def _untuned(results: Results) -> str:
    """Return a note on a comparison of optimizers at rates that nobody searched for; "" for any other sweep."""
    names = results.factors.names
    if "optimizer" not in names or "optimizer.lr" in names:
        return ""
    return "each optimizer has one learning rate here; at its best rate the order may be another"
