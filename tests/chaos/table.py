"""The results of all rounds, as tables and as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tests.chaos.judge import COLUMNS
from tests.chaos.rounds import Round


def table(rounds: Sequence[Round]) -> str:
    """Return a table with the number of findings in each scenario's rounds, and their sum."""
    by: dict[str, list[Round]] = defaultdict(list)
    for each in rounds:
        by[each.scenario].append(each)
    head = ["scenario", "rounds", "struck", *(column.replace("_", " ") for column in COLUMNS)]
    rows = [[name, *map(str, _counts(same))] for name, same in sorted(by.items())]
    return aligned([head, *rows, ["all", *map(str, _counts(rounds))]])


def strikes(rounds: Sequence[Round]) -> str:
    """Return a table of the strikes.

    A row has how often the strike hit, how often it found nothing to hit, and how many of the rounds in which it
    hit have findings.
    """
    struck: Counter[str] = Counter(name for each in rounds for name in each.struck)
    missed: Counter[str] = Counter(name for each in rounds for name in each.missed)
    found: Counter[str] = Counter(name for each in rounds if each.findings for name in set(each.struck))
    names = sorted({*struck, *missed}, key=lambda name: (-found[name], -struck[name], name))
    rows = [[name, str(struck[name]), str(missed[name]), str(found[name])] for name in names]
    return aligned([["strike", "struck", "missed", "rounds with findings"], *rows])


def _counts(rounds: Iterable[Round]) -> list[int]:
    several = [*rounds]
    found = [sum(len(getattr(each.findings, column)) for each in several) for column in COLUMNS]
    return [len(several), sum(len(each.struck) for each in several), *found]


def findings(each: Round, again: str) -> str:
    """Return the story and the findings of one round as text, with its saved folder.

    Args:
        again: The command that repeats the round.
    """
    lines = [f"round {each.number}, {each.scenario} (kept in {each.folder}; again: {again})"]
    lines += [f"    {line}" for line in each.story]
    for column in COLUMNS:
        lines += [f"  {column.replace('_', ' ')}: {sentence}" for sentence in getattr(each.findings, column)]
    lines += [f"  the harness broke: {each.broken.strip()}"] if each.broken else []
    return "\n".join(lines)


def as_json(rounds: Sequence[Round], seed: int, seconds: float, skipped: Sequence[str]) -> dict[str, Any]:
    """Return the results of all rounds as a JSON object.

    Args:
        seconds: Duration of all rounds.
        skipped: A line for each ability that the machine lacks.
    """
    names = ["rounds", "struck", *COLUMNS]
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "skipped": list(skipped),
        "sum": dict(zip(names, _counts(rounds), strict=True)),
        "rounds": [each.as_dict() for each in rounds],
    }


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as text, with the first column aligned to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
