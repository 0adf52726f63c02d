"""A finding says who claims it and by whose rules it is judged, and the table of findings says so too."""

import csv
import io

import pytest

from zerosweep.report.evidence import Evidence, MissingEvidence
from zerosweep.report.finding import FINDINGS, Check, finding, judge
from zerosweep.report.table import finding_table


def test_the_claim_its_source_and_the_way_reach_the_table(monkeypatch):
    monkeypatch.setattr("zerosweep.report.finding.FINDINGS", {})

    @finding("it falls below 1", claim="it falls", source="book", way="published")
    def it_falls(evidence: Evidence) -> Check:
        return Check("0.5", True)

    @finding("it rises above 2", claim="it rises", source="book", way="published")
    def it_rises(evidence: Evidence) -> Check:
        raise MissingEvidence("no run")

    judged = judge([it_falls, it_rises], Evidence([], lambda *_: ([], []), lambda *_: {}))
    rows = list(csv.DictReader(io.StringIO(finding_table(judged).csv())))
    assert [row["claim"] for row in rows] == ["it falls", "it rises"]
    assert [row["reproduced"] for row in rows] == ["yes", "not measured"]
    assert {(row["source"], row["way"]) for row in rows} == {("book", "published")}


@pytest.mark.parametrize("wrong", [{"source": "paper"}, {"way": "theirs"}])
def test_an_unknown_source_or_way_is_refused(wrong):
    with pytest.raises(ValueError, match="must be one of"):
        finding("it falls", **wrong)
    assert "it_falls" not in FINDINGS
