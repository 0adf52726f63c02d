"""Finding the runs of a comparison, in a real store."""

from __future__ import annotations

import pytest

from zerosweep.config.words import read_words
from zerosweep.errors import UserError
from zerosweep.report.comparison import compare, distinct, find_runs, objective_of

IDS = {"config_id": "a", "code_id": "b", "data_id": "c"}


@pytest.fixture
def ask(store, experiment):
    return lambda *words: compare([*words, f"tracking.uri={store}", f"tracking.experiment={experiment}"])


def test_of_equal_identities_the_latest(run):
    older, newer = run({}, 0.5, **IDS), run({}, 0.5, **IDS)
    other, foreign = run({}, 0.5, **IDS | {"code_id": "z"}), run({}, 0.5)
    assert {r.run_id for r in distinct([older, newer, other, foreign])} == {r.run_id for r in (newer, other, foreign)}


def test_of_equal_identities_rather_one_that_finished(run):
    finished, failed = run({}, 0.5, **IDS), run({}, status="FAILED", **IDS)
    assert distinct([failed, finished]) == [finished]


def test_only_runs_that_ended_by_themselves_are_found(keep, store, experiment):
    finished = keep({"bn": "true"}, [0.5])
    failed = keep({"bn": "true"}, [], ValueError("no"))
    keep({"bn": "true"}, [], KeyboardInterrupt())
    keep({"bn": "true"}, [0.5], role="summary")
    keep({"bn": "false"}, [0.5])
    found = find_runs(store, experiment, 'params.bn = "true"')
    assert [run.run_id for run in found] == [finished, failed]
    assert len(find_runs(store, experiment, "")) == 3


def test_a_comparison_from_words(keep, ask, store, experiment):
    for bn, top in (("true", 0.9), ("false", 0.5)):
        keep({"bn": bn}, [0.1, top])
    lines = ask("metrics.`val/accuracy` > 0.1", "report.figure=none")
    assert lines[0] == "2 runs: 2 finished; 2 learned"
    assert any(line.startswith("best: val/accuracy=0.9 with bn, run ") for line in lines)
    assert ask("metrics.`val/accuracy` > 0.1", "report.figure=none") == lines
    assert ask("metrics.`val/accuracy`", ">", "0.1", "report.figure=none") == lines  # a filter in several words


def test_the_objective_is_what_the_runs_were_made_for(run):
    made_for = {"objective.metric": "surface/value", "objective.direction": "minimize"}
    surface = [run(made_for, 1.0, metric="surface/value") for _ in range(2)]
    assert objective_of(surface, read_words([])).direction == "minimize"
    typed = objective_of(surface, read_words(["objective.metric=surface/value", "objective.direction=maximize"]))
    assert typed.direction == "maximize"
    mixed = [*surface, run({**made_for, "objective.direction": "maximize"}, 0.5)]
    assert objective_of(mixed, read_words([])).metric == "val/accuracy"


def test_a_metric_that_no_run_has_is_refused(run):
    with pytest.raises(
        UserError, match=r"^objective\.metric=val/acc: is not measured .*; did you mean val/accuracy\?$"
    ):
        objective_of([run({}, 0.5)], read_words(["objective.metric=val/acc"]))


def test_mistakes(keep, ask, store, experiment, tmp_path):
    keep({"bn": "true"}, [0.5])
    mistakes = {
        (): "usage: python src/compare.py 'FILTER'",
        ("report.y=train/accuracy",): "usage: ",
        ("params.bn = true",): "params.bn = true: Invalid clause",
        ('params.bn = "maybe"',): 'params.bn = "maybe": finds no finished or failed run in the experiment test-',
        ("", "report.y=train/acc"): "report.y=train/acc: is not measured in these runs",
        (
            "",
            "objective.metric=test/accuracy",
        ): "objective.metric=test/accuracy: test figures are recorded, never optimised",
        ("", "report.panels=init.scale"): "report.panels=init.scale: did not vary",
        ("", "tracking.experiment=tset"): "tracking.experiment=tset: no such experiment; must be one of ",
        ("", f"tracking.uri=sqlite:///{tmp_path}/none.db"): f"sqlite:///{tmp_path}/none.db: no such store",
        ("--plan",): "--plan: no such flag",
    }
    where = [f"tracking.uri={store}", f"tracking.experiment={experiment}"]
    for words, line in mistakes.items():
        names = {word.partition("=")[0] for word in words}
        with pytest.raises(UserError) as caught:
            compare([*words, *(word for word in where if word.partition("=")[0] not in names)])
        assert str(caught.value).startswith(line)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "none.db").exists()


def test_help_has_examples():
    (text,) = compare(["--help"])
    assert "python src/compare.py 'params.bn = \"true\" and metrics.`val/accuracy` > 0.9'" in text
    assert "report.panels" in text
