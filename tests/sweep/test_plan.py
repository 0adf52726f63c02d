"""`plan=true`: the runs, those that are recorded already, and how long the others take."""

import pytest

from zerosweep.jobs.job import Job
from zerosweep.naming import short
from zerosweep.sweep.prediction import makespan, predict
from zerosweep.tracking.record import Recorded

GRID = ("-m", "optimizer=sgd,adam", "bn=true,false", "trainer.epochs=1", "tracking.figures=false")


@pytest.mark.slow
def test_a_plan_lists_marks_predicts_and_runs_nothing(train, runs):
    assert train("-m", "optimizer=sgd", "bn=true,false", "trainer.epochs=1", "tracking.figures=false").returncode == 0
    before = [run.info.run_id for run in runs()]
    result = train(*GRID, "plan=true")
    assert result.returncode == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    assert [row[:-1] for row in rows if "cached" in row] == [["0", "sgd", "bn", "cached"], ["1", "sgd", "cached"]]
    to_do = [row for row in rows if "to" in row and "s" in row[-1:]]
    assert [row[:-2] for row in to_do] == [["2", "adam", "bn", "to", "do"], ["3", "adam", "to", "do"]]
    assert all(float(row[-2]) > 0 for row in to_do)  # seconds, of the runs like them that are on record
    assert "4 runs: 2 cached, 2 to do" in result.stdout
    assert "about" in result.stdout
    assert [run.info.run_id for run in runs()] == before
    assert runs("summary")[0].data.tags["sweep"].startswith("sweep-")
    assert len(runs("summary")) == 1


@pytest.mark.slow
def test_a_plan_without_a_record_says_so(train, runs):
    result = train(*GRID, "plan=true")
    assert "4 runs: 0 cached, 4 to do" in result.stdout
    assert "so their duration is unknown" in result.stdout
    assert runs() == []


@pytest.mark.slow
def test_a_plan_has_a_line_for_each_run_where_somebody_searches_it(train):
    names = ("optimizer.lr", "regularizer.l2", "init.scale", "trainer.batch_size", "trainer.iterations")
    result = train("-m", "init=normal", "regularizer=l2", *(f"{name}=1,2" for name in names), "plan=true")
    lines = [line for line in result.stdout.splitlines() if " lr=" in line]
    assert len(lines) == 2 ** len(names)
    assert all(f"{short(name)}=" in line for name in names for line in lines)


@pytest.mark.slow
def test_a_plan_of_one_run(train, runs):
    result = train("optimizer=adam", "plan=true")
    assert result.returncode == 0
    assert "1 runs: 0 cached, 1 to do" in result.stdout
    assert runs() == []


@pytest.mark.slow
def test_equal_configurations_are_counted(train):
    result = train("-m", "optimizer.lr=0.01,1e-2,0.02", "plan=true")
    assert "2 runs: 0 cached, 2 to do, 1 left out as equal to others" in result.stdout


class Planned:
    """The part of a configuration that a prediction needs."""

    def __init__(self, **params):
        self.params = {"dataset": "digits", "model": "mlp", "bn": True, "optimizer": "sgd"} | params

    def flat(self):
        return self.params


def job(number, steps, **params):
    return Job(number, Planned(**params), None, steps)


def record(seconds, steps, around, **params):
    known = {"dataset": "digits", "model": "mlp", "bn": "true", "optimizer": "sgd"} | params
    metrics = {"time/seconds": seconds, "time/steps": steps}
    return Recorded("id", "1", "", "FINISHED", 0.0, seconds + around, known, metrics, {})


def test_a_prediction_is_the_recorded_seconds_a_step():
    recorded = [
        record(2.0, 100, 0.5),
        record(4.0, 100, 0.7),
        record(3.0, 100, 0.6),
    ]  # medians: 0.03 s a step, 0.6 s around
    assert predict([job(7, 200)], recorded) == {7: pytest.approx(0.6 + 200 * 0.03)}


def test_a_prediction_asks_the_runs_whose_steps_cost_the_same():
    recorded = [record(1.0, 100, 0, optimizer="adam"), record(5.0, 100, 0)]
    assert predict([job(0, 100)], recorded) == {0: pytest.approx(3.0)}  # the median of both
    assert predict([job(0, 100, optimizer="rmsprop")], recorded) == {0: pytest.approx(3.0)}
    assert predict([job(0, 100, model="two_layer")], recorded) == {0: None}
    assert predict([job(0, 100, **{"trainer.eval_every": 1})], recorded) == {0: None}


@pytest.mark.parametrize(("workers", "seconds"), [(1, 10.0), (2, 6.0), (8, 6.0)])
def test_no_sweep_takes_less_than_its_longest_run(workers, seconds):
    assert makespan([6.0, 1.0, 3.0], workers) == seconds


def test_runs_are_shared_out():
    assert makespan([2.0] * 6, 4) == 3.0


def test_where_the_data_lie_is_no_likeness():
    assert predict([job(0, 100, **{"dataset.dir": "/here"})], [record(1.0, 100, 0, **{"dataset.dir": "/there"})])[0]
