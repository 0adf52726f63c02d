"""Which records a run gives, and when."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosweep.optim.descent import SGD
from zerosweep.optim.schedules import Constant, Schedule
from zerosweep.tasks.surface import Surface, SurfaceProblem
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import Diverged, Evaluation, Step


def evaluated(records) -> list[int]:
    return [record.step for record in records if isinstance(record, Evaluation)]


def steps(records) -> list[int]:
    return [record.step for record in records if isinstance(record, Step)]


@settings(deadline=None)
@given(iterations=st.integers(1, 40), every=st.integers(1, 50))
def test_evaluations_are_at_zero_at_every_so_many_steps_and_at_the_end_once(iterations, every):
    problem = SurfaceProblem(Surface())
    records = list(train(problem, SGD(), Constant(), Trainer(iterations=iterations, eval_every=every)))

    assert steps(records) == list(range(1, iterations + 1))
    assert evaluated(records) == sorted({0, iterations, *range(0, iterations + 1, every)})


def test_an_evaluation_comes_right_behind_its_step(scripted, follow):
    records = follow(scripted([5.0, 4.0, 3.0, 2.0]), iterations=4, eval_every=2)

    kinds = [(type(record).__name__, record.step) for record in records]
    assert kinds == [
        ("Evaluation", 0),
        ("Step", 1),
        ("Step", 2),
        ("Evaluation", 2),
        ("Step", 3),
        ("Step", 4),
        ("Evaluation", 4),
    ]
    assert [record.loss for record in records if isinstance(record, Step)] == [5.0, 4.0, 3.0, 2.0]


def test_evaluations_are_once_an_epoch_where_nothing_else_is_said(scripted, follow):
    by_epochs = follow(scripted([1.0] * 12, steps_per_epoch=4), epochs=3)
    by_iterations = follow(scripted([1.0] * 10, steps_per_epoch=4), iterations=10)

    assert evaluated(by_epochs) == [0, 4, 8, 12]
    assert evaluated(by_iterations) == [0, 4, 8, 10]


def test_an_epoch_covers_the_data_once(prepare):
    """1,257 training rows in batches of 100 are 13 steps, the last on 57 rows."""
    run = prepare(trainer=Trainer(epochs=2)).train()

    assert steps(run.records) == list(range(1, 27))
    assert evaluated(run.records) == [0, 13, 26]


def test_a_step_reports_the_loss_before_its_update(follow):
    """On the bowl from (-3, 4) with lr 0.1 the place shrinks by 0.8 a step, and so f by 0.64."""
    records = follow(SurfaceProblem(Surface("bowl", [-3.0, 4.0]), np.float64), lr=0.1, iterations=5)

    losses = [record.loss for record in records if isinstance(record, Step)]
    values = [record.metrics["surface/value"] for record in records if isinstance(record, Evaluation)]
    assert losses == pytest.approx([25 * 0.64**t for t in range(5)])
    assert values == pytest.approx([25 * 0.64**t for t in range(6)])


def test_the_loss_falls_and_the_accuracy_rises_on_the_digits(prepare):
    run = prepare(trainer=Trainer(epochs=12)).train()
    _, accuracy = run.history.series("val/accuracy")

    assert np.mean(run.losses[-13:]) < 0.2 * np.mean(run.losses[:13])
    assert accuracy[0] < 0.3
    assert accuracy[-1] > 0.85


def test_the_schedule_scales_the_rate_of_its_step(scripted, follow):
    """Gradient 1 throughout: what the parameter loses in a step is lr times the factor of that step."""
    asked = []

    class Halving(Schedule):
        def factor(self, step: int, steps: int) -> float:
            asked.append((step, steps))
            return 0.5**step

    problem = scripted([1.0] * 3, [[1.0]] * 3, start=[10.0])
    records = list(train(problem, SGD(lr=2.0), Halving(), Trainer(iterations=3, eval_every=1)))

    assert asked == [(0, 3), (1, 3), (2, 3)]
    assert [r.lr for r in records if isinstance(r, Step)] == [2.0, 1.0, 0.5]
    assert not any("lr" in r.metrics for r in records if isinstance(r, Evaluation))
    assert [r.metrics["value"] for r in records if isinstance(r, Evaluation)] == [10.0, 8.0, 7.0, 6.5]


def test_evaluations_carry_diagnostics_of_their_update(scripted, follow):
    """θ = (3, 4), so ‖θ‖ = 5; g = (6, 8) and lr 0.1 move it by ‖(0.6, 0.8)‖ = 1."""
    first, _, last = follow(scripted([1.0], [[6.0, 8.0]], start=[3.0, 4.0]), lr=0.1, iterations=1)

    assert first.metrics == {"value": 3.0}
    assert last.metrics["gradient_norm"] == pytest.approx(10.0)
    assert last.metrics["update_ratio"] == pytest.approx(0.2)
    assert last.metrics["time/steps_per_second"] > 0


def test_a_classification_has_every_metric_of_the_design(prepare):
    last = prepare(trainer=Trainer(epochs=1)).train().records[-1]

    assert set(last.metrics) == {
        *("train/accuracy", "val/loss", "val/accuracy", "test/accuracy"),
        *("dead/hidden1", "dead/hidden2", "activation_std/hidden1", "activation_std/hidden2"),
        "lr",
        *("signal/hidden1", "signal/hidden2"),
        *("gradient_norm", "update_ratio", "time/steps_per_second"),
    }


def test_a_metric_that_is_not_finite_is_left_out(scripted, follow):
    problem = scripted([1.0])
    problem.evaluate = lambda observe: {"good": 1.0, "overflowed": math.inf, "undefined": math.nan}

    for record in follow(problem, iterations=1):
        if isinstance(record, Evaluation):
            assert record.metrics["good"] == 1.0
            assert all(map(math.isfinite, record.metrics.values()))


def test_records_come_as_they_happen(scripted):
    """A consumer that stops in the middle costs no step more."""
    problem = scripted([1.0] * 100)
    records = train(problem, SGD(), Constant(), Trainer(iterations=100))
    while not isinstance(record := next(records), Step) or record.step < 3:
        pass

    assert problem.done == 3
    records.close()
    assert problem.done == 3


def test_a_good_run_has_no_diverged_record(prepare):
    run = prepare(trainer=Trainer(iterations=3)).train()

    assert not any(isinstance(record, Diverged) for record in run.records)


def test_the_speed_is_that_of_the_updates_since_the_last_evaluation(monkeypatch):
    """By a clock on which each update takes two seconds."""
    monkeypatch.setattr("zerosweep.training.loop.perf_counter", itertools.count(step=2).__next__)
    records = train(SurfaceProblem(Surface()), SGD(lr=0.1), Constant(), Trainer(iterations=7, eval_every=3))
    speeds = [record.metrics.get("time/steps_per_second") for record in records if isinstance(record, Evaluation)]
    assert speeds == [None, 0.5, 0.5, 0.5]
