"""The table of all claims, and what the sections say of sources and margins."""

from __future__ import annotations

import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.margins import Margin, margins, read_margins, write_margins
from zerosweep.experiments.page import Section, claims_table, markdown
from zerosweep.experiments.sources import SOURCES
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import Check, Finding


def row(finding, claim="", source="article", way="ours", seen="1", reproduced="yes"):
    return {"finding": finding, "expected": f"{finding}?", "claim": claim, "source": source, "way": way,
            "seen": seen, "reproduced": reproduced}  # fmt: skip


def section(title, *findings):
    return Section(title.split()[0], "python src/train.py", title, "about", {}, [*findings])


def test_both_ways_of_one_claim_share_a_row():
    made = section(
        "E4 · Optimizers",
        row("late_as_published", "it is later", way="published", seen="610"),
        row("late", "it is later", seen="475", reproduced="no"),
        row("ours_alone", source="ours"),
        row("smooth", "it is smooth", way="published", seen="0.1"),
    )
    known = {"late": Margin("late", "optimizers", 20, 20, 9), "late_as_published": Margin("", "", 20, 20, 13)}
    _, _, *rows = claims_table([made], known).splitlines()
    assert rows == [
        "| E4 · tibet 2021 | it is later | 610 | 475 | as published yes; ours no | as published 13 of 20; ours 9 of 20 |",
        "| E4 · tibet 2021 | it is smooth | 0.1 |  | yes |  |",
    ]


def test_a_section_says_whose_claim_it_is_and_the_source_stands_once():
    known = {"a": Margin("a", "one", 20, 20, 19, -0.01, 0.12, 0.2)}
    page = markdown([section("E1 · One", row("a", "c", way="published")), section("E1 · Two", row("b"))], known)
    assert page.count("筋肉めがね, ") == 1
    assert "| article, as published | a? | 1 | yes | 19 of 20; margin 0.12 (-0.01 to 0.2) |" in page
    assert "| article | b? | 1 | yes |  |" in page


@pytest.mark.parametrize("number", SOURCES)
def test_every_source_is_named_and_says_what_is_done_otherwise(number):
    source = SOURCES[number]
    assert source.article or source.book
    assert source.otherwise or not source.article


def test_each_seed_is_judged_alone():
    def check(evidence: Evidence) -> Check:
        value = sum(evidence.final(run, "x") for run in evidence.runs_with(model="mlp")) / len(evidence.runs)
        return Check(str(value), value > 2, value - 2)

    runs = Runs()
    for seed, value in enumerate((1.0, 3.0, 5.0)):
        runs.add({"x": [value]}, model="mlp", seed=seed)
    runs.add({"x": [9.0]}, model="cnn", seed=3)
    evidence = Evidence(runs.runs, lambda run, metric: ([], []), lambda run, name: {})
    (found,) = margins("one", [Finding("above_two", "x > 2", check)], evidence)
    assert (found.seeds, found.measured, found.reproduced) == (4, 3, 2)
    assert (found.least, found.median, found.most) == (-1, 1, 3)


def test_margins_survive_their_file(tmp_path):
    file = tmp_path / "experiments" / "margins.csv"
    assert read_margins(file) == {}
    kept = [Margin("a", "one", 20, 20, 19, -0.5, 0.25, 1.0), Margin("b", "two", 20, 18, 18)]
    write_margins(kept, file)
    found = read_margins(file)
    assert found["a"] == kept[0]
    assert (found["b"].count, str(found["b"])) == ("18 of 18", "18 of 18")
