"""The queries of a finding, and what they raise where evidence is missing."""

import numpy as np
import pytest

import zerosweep.experiments.findings  # noqa: F401  registers them
from zerosweep.errors import SettingError
from zerosweep.report.evidence import MissingEvidence
from zerosweep.report.finding import FINDINGS, Check, finding, findings_named, judge


def test_runs_are_found_by_settings_as_numbers_words_and_switches(recorded, evidence):
    a = recorded({"init.scale": "0.01", "bn": "true", "optimizer": "sgd"})
    b = recorded({"init.scale": "1e-2", "bn": "false", "optimizer": "adam"})
    failed = recorded({"init.scale": "0.01", "bn": "true", "optimizer": "sgd"}, status="FAILED")
    seen = evidence([a, b, failed])
    assert seen.runs_with(init__scale=0.01) == [a, b]
    assert seen.run_with(init__scale=0.01, bn=True) == a
    assert seen.run_with(optimizer="adam") == b
    assert seen.levels("bn") == ["true", "false"]


def test_what_was_not_run_is_named(recorded, evidence):
    seen = evidence([recorded({"bn": "true", "init.scale": "1"}), recorded({"bn": "true", "init.scale": "2"})])
    with pytest.raises(MissingEvidence, match=r"no run with bn=false init\.scale=0\.5"):
        seen.run_with(bn=False, init__scale=0.5)
    with pytest.raises(MissingEvidence, match="2 runs with bn=true, where the finding is about one"):
        seen.run_with(bn=True)
    with pytest.raises(MissingEvidence, match="no run with model=cnn"):
        seen.runs_with(model="cnn")
    with pytest.raises(MissingEvidence, match="no run with model"):
        seen.levels("model")


def test_what_was_not_recorded_is_named(recorded, evidence):
    run = recorded(metrics={"train/accuracy": 0.5})
    seen = evidence([run], {(run.run_id, "train/accuracy"): [0.1, 0.5]}, {(run.run_id, "traces"): {"a": np.zeros(2)}})
    assert seen.final(run, "train/accuracy") == 0.5
    assert [column.tolist() for column in seen.curve(run, "train/accuracy")] == [[0, 1], [0.1, 0.5]]
    assert list(seen.arrays(run, "traces")) == ["a"]
    for ask in (seen.final, seen.curve):
        with pytest.raises(MissingEvidence, match=f"no val/loss in run {run.run_id}"):
            ask(run, "val/loss")
    with pytest.raises(MissingEvidence, match=r"no arrays/activations\.npz"):
        seen.arrays(run, "activations")


def all_of_it(evidence):
    runs = evidence.runs_with(bn=True)
    return Check(f"{len(runs)} runs", len(runs) == 2)


def test_two_findings_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two findings are named bn_is_ahead"):
        finding("again")(FINDINGS["bn_is_ahead"].check)


def test_a_finding_is_yes_no_or_not_measured(recorded, evidence, monkeypatch):
    monkeypatch.setattr("zerosweep.report.finding.FINDINGS", {})  # other tests see only the published ones
    registered = finding("all of it")(all_of_it)
    runs = [recorded({"bn": "true"}), recorded({"bn": "true"})]
    said = [judge([registered], evidence(some))[0] for some in (runs, runs[:1], [])]
    assert [(one.reproduced, one.seen) for one in said] == [
        ("yes", "2 runs"),
        ("no", "1 runs"),
        ("not measured", "no run with bn=true"),
    ]
    assert {(one.name, one.expected) for one in said} == {("all_of_it", "all of it")}


def test_findings_are_asked_for_by_name():
    names = list(FINDINGS)[::-1]
    assert [one.name for one in findings_named(names)] == names
    with pytest.raises(
        SettingError, match=r"report\.findings=bn_is_ahed: no such finding.* did you mean bn_is_ahead\?"
    ):
        findings_named(["bn_is_ahed"])
