"""The text of docs/experiments.md: a table of all claims, and a section for every experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zerosweep.experiments.margins import Margin
from zerosweep.experiments.sources import BOOK, SOURCES, attribution

MARGINS_COMMAND = "python src/experiments.py margins=20"
"""The command that judges each finding for each of twenty seeds."""

OPENING = f"""# The published experiments

Five articles on how training succeeds and fails, and the book that four of them work through, run here on MNIST, or
the dataset that its command names, each experiment by the one command above its figure. What was published stands
beside what was seen, and what does not come out says so. `make experiments` runs all of it and writes this page; runs
that are in the record already are not done again. On another processor numbers differ in their last digits, and where a
finding is on an edge that may decide it.

The thresholds stand in `src/zerosweep/experiments/findings/`. Where the articles give numbers they are the thresholds;
the others were chosen by us, some of them after a first look at results, as their modules say. How much hangs on such a
choice is told by the last column: there a finding is judged for each of twenty seeds alone, and the margin, where there
is one, is how far the judged number lies on the right side of its threshold, the median over the seeds and its range.
Where the column is empty that has not been run yet, or the finding is itself about many seeds.
These numbers are in [experiments/margins.csv](experiments/margins.csv), written by `{MARGINS_COMMAND}`.

The book is {BOOK}.
"""

REGIMES_OPENING = """# The regime of E6

The article of E6 gives the settings of its networks in pictures that are lost. These maps are the search for them. They
take about eight minutes on one core, and are no part of `make experiments`: `make regimes` runs them and writes this
page. The first map decides by what ReLUs do, the others show what follows from that choice. What comes out of it over
many seeds, tested, is in [the published experiments](experiments.md).
"""

TABLE = """## Every claim of the articles

"As published" follows the rules of the article's own code where they differ from ours, "our way" is what we would do
today. One of the two is empty where there is only one way. The last column counts seeds, each judged alone.
"""


@dataclass(frozen=True)
class Section:
    """The section of one sweep on the page.

    Attributes:
        name: The name of the sweep.
        command: The command that ran it.
        title: The title in the comment that heads the sweep's file, which begins with the experiment's number.
        about: The text below that title.
        pictures: The PNG of each figure, by name.
        findings: The rows of the table of findings, each a mapping of columns to cells.
    """

    name: str
    command: str
    title: str
    about: str
    pictures: dict[str, bytes]
    findings: list[dict[str, str]]

    @property
    def experiment(self) -> str:
        """The number of the experiment, such as E1."""
        return self.title.split(" ", 1)[0]


def markdown(sections: Sequence[Section], margins: Mapping[str, Margin]) -> str:
    """Return the whole page.

    Args:
        sections: The sections, in order.
        margins: What is known of each finding over many seeds, by its name.
    """
    parts = [OPENING, f"{TABLE}\n{claims_table(sections, margins)}\n"]
    seen = set[str]()
    for section in sections:
        parts.append(_section(section, margins, first=section.experiment not in seen))
        seen.add(section.experiment)
    return "\n".join(parts)


def regimes_markdown(sections: Sequence[Section]) -> str:
    """Return the page of the search for a regime."""
    return "\n".join([REGIMES_OPENING, *(_section(section, {}, folder="regimes") for section in sections)])


def claims_table(sections: Sequence[Section], margins: Mapping[str, Margin]) -> str:
    """Return the table of the articles' claims: a row for each claim, with a cell for each way of running it."""
    claims: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = {}
    counts = {name: margin.count for name, margin in margins.items()}
    for section in sections:
        for row in section.findings:
            if row.get("source") == "article" and row.get("claim"):
                ways = claims.setdefault((section.experiment, row["claim"]), {})
                ways.setdefault(row["way"], []).append(row)
    rows = []
    for (experiment, claim), ways in claims.items():
        published, ours = ways.get("published", []), ways.get("ours", [])
        judged = _by_way(published, ours, lambda row: row["reproduced"])
        over_seeds = _by_way(published, ours, lambda row: counts.get(row["finding"], ""))
        cells = [SOURCES[experiment].short, claim, _seen(published), _seen(ours), judged, over_seeds]
        rows.append(_row(cells))
    heads = ("article", "claim", "as published, seen", "our way, seen", "reproduced?", "over seeds")
    return "\n".join([_row(heads), "|---" * len(heads) + "|", *rows])


def _seen(rows: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(row["seen"] for row in rows)


def _by_way(
    published: Sequence[dict[str, str]], ours: Sequence[dict[str, str]], cell: Callable[[dict[str, str]], str]
) -> str:
    """Return one cell for both ways: their common text, or each after its name."""
    ways = {"as published": published, "ours": ours}
    texts = {way: text for way, rows in ways.items() if (text := ", ".join(filter(None, map(cell, rows))))}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return "; ".join(f"{way} {text}" for way, text in texts.items())


def _section(
    section: Section, margins: Mapping[str, Margin], *, first: bool = False, folder: str = "experiments"
) -> str:
    pictures = [f"![{section.title}]({folder}/{section.name}_{stem}.png)" for stem in section.pictures]
    source = attribution(section.experiment) if first and section.experiment in SOURCES else ""
    parts = [f"## {section.title}", source, section.about, f"    {section.command}", *pictures]
    if section.findings:
        heads = ("whose claim", "expected", "seen", "reproduced?", "over seeds")
        rows = [_row(_cells(row, margins)) for row in section.findings]
        parts.append("\n".join([_row(heads), "|---" * len(heads) + "|", *rows]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _cells(row: Mapping[str, str], margins: Mapping[str, Margin]) -> list[str]:
    source = row.get("source", "")
    whose = f"{source}, as published" if row.get("way") == "published" else source
    over_seeds = str(margins[row["finding"]]) if row["finding"] in margins else ""
    return [whose, row["expected"], row["seen"], row["reproduced"], over_seeds]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
