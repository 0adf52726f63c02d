"""What every metric means."""

import copy
import re

import pytest
from tests.conftest import PROJECT
from tests.runs.test_assemble import RUNS

from zerosweep.errors import SettingError
from zerosweep.metrics import (
    DIRECTIONS,
    METRICS,
    as_markdown,
    check_measured,
    described,
    direction,
    is_clock,
    is_fraction,
    label,
    objectives,
    refuse_test,
    to_compare,
)
from zerosweep.runs.assemble import recordable
from zerosweep.tasks.surface import Surface


def names(kind):
    """All metrics that a run of this kind records; that these are all is held by tests.runs.test_assemble.py."""
    settings = copy.deepcopy(RUNS[kind])
    settings.trainer.gradient = "both"
    if isinstance(settings.task, Surface):
        settings.objective.metric = "surface/value"
    return recordable(settings)


@pytest.mark.parametrize("kind", RUNS)
def test_every_metric_that_a_run_records_is_described(kind):
    assert [name for name in names(kind) if described(name) is None] == []


def test_every_metric_that_is_described_can_be_recorded():
    assert {described(name) for kind in RUNS for name in names(kind)} == set(METRICS)


def test_a_hidden_layer_is_described_by_its_family():
    assert described("dead/hidden12").name == "dead/<layer>"
    assert described("dead/hidden12").for_layer("hidden12") == "dead/hidden12"
    assert [described(name) for name in ("dead", "dead/", "deaf/hidden1", "train", "val/acuracy", "")] == [None] * 6


def test_the_page_of_records_has_the_list():
    assert as_markdown() in (PROJECT / "docs" / "records.md").read_text()


def test_no_other_metric_is_named_in_the_documents():
    """Whatever the README and the pages of docs/ write like a metric is one."""
    pages = ("README.md", "docs/records.md", "docs/sweeps.md", "docs/searches.md", "docs/settings.md")
    text = "\n".join((PROJECT / page).read_text() for page in pages)
    families = "|".join({metric.name.partition("/")[0] for metric in METRICS if "/" in metric.name})
    named = re.findall(rf"(?<![\w/.])(?:{families})/\w+", text)
    assert {"val/accuracy", "train/loss"} <= set(named)
    assert [name for name in named if described(name) is None] == []


def test_test_figures_are_never_optimised():
    for metric in METRICS:
        assert metric.direction in (*DIRECTIONS, "neither")
        assert not (metric.split == "test" and metric.objective)
    assert objectives(["val/loss", "test/accuracy", "dead/hidden1", "diverged_at"]) == ["val/loss", "dead/hidden1"]
    with pytest.raises(SettingError, match=r"hydra\.sweeper\.metrics=test/accuracy: test figures are recorded, never"):
        refuse_test("hydra.sweeper.metrics", "test/accuracy")
    refuse_test("objective.metric", "val/accuracy")


def test_a_metric_that_is_not_measured_is_refused_with_those_that_are():
    allowed = (
        "report.y=val/los: is not measured in these runs; must be one of val/loss, train/loss; did you mean val/loss?"
    )
    with pytest.raises(SettingError, match=re.escape(allowed)):
        check_measured("report.y", "val/los", ["val/loss", "train/loss", "val/loss"], "these runs")
    check_measured("report.y", "val/loss", ["val/loss"], "these runs")


def test_only_what_a_clock_tells_differs_when_a_run_is_repeated():
    assert [
        name for name in ("time/seconds", "time/steps_per_second", "time/steps", "train/loss") if is_clock(name)
    ] == [
        "time/seconds",
        "time/steps_per_second",
    ]


@pytest.mark.parametrize(
    ("names", "expected", "fraction"),
    [
        (["val/accuracy"], "val/accuracy", True),
        (["train/accuracy", "test/accuracy"], "accuracy", True),
        (["dead/hidden1", "dead/hidden2"], "dead", True),
        (["dead/hidden1", "val/accuracy"], "dead/hidden1, val/accuracy", True),
        (["train/loss", "val/loss"], "loss", False),
        (["val/loss", "val/accuracy"], "val/loss, val/accuracy", False),
        (["time/seconds"], "time/seconds (s)", False),
        (["of/another/version"], "of/another/version", False),
    ],
)
def test_an_axis_is_named_by_what_its_metrics_have_in_common(names, expected, fraction):
    assert label(names) == expected
    assert is_fraction(label(names)) is fraction


def test_a_metric_is_compared_with_its_counterpart_on_other_data():
    assert to_compare("val/accuracy") == ["train/accuracy", "val/accuracy"]
    assert to_compare("train/loss") == ["train/loss", "val/loss"]
    assert [to_compare(name) for name in ("dead/hidden1", "surface/value")] == [["dead/hidden1"], ["surface/value"]]


def test_what_is_not_described_has_no_direction():
    assert direction("of/another/version") == "neither"
