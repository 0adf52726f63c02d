"""Reading settings from a command line that also has other words."""

import pytest

from zerosweep.config.words import read_words
from zerosweep.errors import UserError


def test_settings_are_distinguished_from_a_filter():
    query = 'params.bn = "true" and metrics.`val/accuracy` > 0.9'
    words = read_words([query, "report.y=train/accuracy", "objective.direction=minimize", "tracking.experiment=mine"])
    assert words.rest == (query,)
    assert words.report.y == "train/accuracy"
    assert words.objective.direction == "minimize"
    assert words.tracking.experiment == "mine"
    assert words.typed == {"report.y", "objective.direction", "tracking.experiment"}


def test_what_is_not_typed_is_as_configured():
    words = read_words([])
    assert (words.objective.metric, words.objective.direction) == ("val/accuracy", "maximize")
    assert words.report.figure is None
    assert words.tracking.experiment == "zerosweep"
    assert (words.typed, words.rest) == (frozenset(), ())


@pytest.mark.parametrize(
    "word",
    ['params.bn="true"', "metrics.x=1", "status='FINISHED'", "run_id=", "tags.sweep='report.y=3'", "", "a b=c", "x<3"],
)
def test_conditions_are_no_settings(word):
    assert read_words([word]).rest == (word,)


def test_a_value_is_read_as_hydra_reads_it():
    words = read_words(["tracking.uri='sqlite:////tmp/a b.db'", "report.y=null"])
    assert words.tracking.uri == "sqlite:////tmp/a b.db"
    assert words.report.y is None
    assert words.report.metrics == []
    assert read_words(["report.y=train/loss"]).report.metrics == ["train/loss"]
    assert read_words(["report.y=[train/accuracy, test/accuracy]"]).report.metrics == [
        "train/accuracy",
        "test/accuracy",
    ]


@pytest.mark.parametrize(
    ("word", "line"),
    [
        (
            "report.panel=bn",
            "report.panel=bn: no such setting; report has figure, findings, lines, panels, x, y; did you mean panels?",
        ),
        ("tracking.model=true", "tracking.model=true: no such setting; tracking has experiment, uri"),
        ("reprt.y=3", "reprt.y=3: no such setting; did you mean report?"),
        ("optimizer=adam", 'optimizer=adam: no such setting; as a filter write params.optimizer = "adam"'),
        ("objective.direction=up", "objective.direction=up: must be one of maximize, minimize"),
        ("objective.metric=null", "objective.metric=null: must not be null"),
        ("report.y=[1,2]", "report.y=[1,2]: must be a metric or a list of them, as in [train/accuracy,test/accuracy]"),
        ("report.y=[]", "report.y=[]: must be a metric or a list of them"),
        ("report.y=3", "report.y=3: must be a metric or a list of them"),
        ("report.y=a,b", "report.y=a,b: takes one value"),
        (
            "report.figure=curve",
            "report.figure=curve: must be null or one of curves, heat_map, ",
        ),
        ("tracking.experiment=", "tracking.experiment=: must be the name of an MLflow experiment"),
    ],
)
def test_a_mistake_is_named(word, line):
    with pytest.raises(UserError) as caught:
        read_words([word])
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
