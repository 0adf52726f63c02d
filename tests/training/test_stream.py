"""What the generator of a trainable yields, as records, and what is refused of it."""

from dataclasses import dataclass

import numpy as np
import pytest

from zerosweep.errors import UserError
from zerosweep.tasks.trainable import Trainable
from zerosweep.training.records import Diverged, Evaluation, History
from zerosweep.training.stream import Stream
from zerosweep.training.verdict import verdict


@dataclass
class Given(Trainable):
    """Yields what it is given, and returns `end`."""

    def __init__(self, *records, end=None, classes=None):
        self.given, self.end, self.closed, self.classes = records, end, False, classes

    def train(self, seed):
        try:
            yield from self.given
        finally:
            self.closed = True
        return self.end


def stream(*records, **more):
    return Stream(Given(*records, **more), seed=0, reserved=("time/steps",))


def records(*given, **more):
    return list(stream(*given, **more).records())


def word(*losses, classes=None, **last):
    history = History(classes)
    metrics = [{"train/loss": loss} for loss in losses] or [{}]
    metrics[-1] |= {name.replace("__", "/"): value for name, value in last.items()}
    for record in records({"x": 0}, *metrics):
        history.add(record)
    return verdict(history)


def test_a_record_is_an_evaluation_at_the_step_after_the_last_or_at_its_own():
    assert records({"a": 1}, {"b": 2, "step": 10}, {"a": 3}) == [
        Evaluation(1, {"a": 1.0}),
        Evaluation(10, {"b": 2.0}),
        Evaluation(11, {"a": 3.0}),
    ]
    assert records({"a": 1, "step": 0})[0].step == 0


def test_every_kind_of_number_becomes_a_float():
    values = {"a": np.float32(0.5), "b": np.int64(2), "c": True, "d": np.array(0.25), "step": np.int64(3)}
    (record,) = records(values)
    assert record == Evaluation(3, {"a": 0.5, "b": 2.0, "c": 1.0, "d": 0.25})
    assert {type(value) for value in record.metrics.values()} == {float}
    assert type(record.step) is int


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf"), np.float32("nan")])
def test_a_loss_that_is_not_finite_ends_the_training(loss):
    trained = stream({"train/loss": 1}, {"train/loss": loss, "val/f1": 0.5}, {"train/loss": 1})
    assert list(trained.records()) == [Evaluation(1, {"train/loss": 1.0}), Diverged(2, "loss")]
    assert trained._task.closed


def test_another_value_that_is_not_finite_is_left_out_but_was_yielded():
    trained = stream({"train/loss": 1, "val/f1": float("nan")})
    assert list(trained.records()) == [Evaluation(1, {"train/loss": 1.0})]
    assert list(trained.names) == ["train/loss", "val/f1"]


def test_closing_the_records_closes_the_generator():
    trained = stream({"a": 1}, {"a": 2})
    training = trained.records()
    next(training)
    assert not trained._task.closed
    training.close()
    assert trained._task.closed
    assert trained.files == {}


def test_what_it_returns_are_files():
    trained = stream({"a": 1}, end={"model.pkl": b"0", "notes/a.txt": "text"})
    list(trained.records())
    assert trained.files == {"model.pkl": b"0", "notes/a.txt": "text"}


REFUSED = {
    "no record": ((), "ended without a record"),
    "only empty records": (({}, {}), "ended without a record"),
    "a list": (([1],), r"it yielded \[1\]"),
    "text": (({"a": "0.5"},), "a must be a number; it yielded '0.5'"),
    "nothing": (({"a": None},), "a must be a number; it yielded None"),
    "several numbers": (({"a": np.zeros(2)},), "a must be a number"),
    "a complex number": (({"a": 1j},), "a must be a number"),
    "a step that is no integer": (({"a": 1, "step": 1.5},), "step must be an integer; it yielded 1.5"),
    "a negative step": (({"a": 1, "step": -1},), "it yielded -1"),
    "the same step again": (({"a": 1, "step": 4}, {"b": 1, "step": 4}), "it yielded 4 after 4"),
    "a name that is no text": (({3: 1},), "it yielded 3"),
    "a name that MLflow does not accept": (({"a$b": 1},), r"it yielded 'a\$b'"),
    "a name that is no path": (({"a//b": 1},), "it yielded 'a//b'"),
    "a name above its folder": (({"../b": 1},), "it yielded '../b'"),
    "a long name": (({"a" * 251: 1},), "at most 250"),
    "a metric of every run": (({"time/steps": 1},), "time/steps, which every run records itself"),
}


@pytest.mark.parametrize(("given", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_recorded_is_refused(given, says):
    trained = stream(*given)
    with pytest.raises(UserError, match=rf"^Given\.train: .*{says}"):
        list(trained.records())
    assert trained._task.closed


@pytest.mark.parametrize(
    "end", [3, {"../a": b""}, {"/a": b""}, {"a": 3}, {3: b""}, {"": b""}, ["a"]], ids=lambda end: repr(end)
)
def test_what_cannot_be_saved_is_refused(end):
    with pytest.raises(UserError, match=r"Given\.train: .*it returned"):
        records({"a": 1}, end=end)


def test_a_method_that_yields_nothing_at_all_is_refused():
    class Forgets(Given):
        def train(self, seed):
            return [{"a": 1}]

    with pytest.raises(UserError, match="must yield its records; it returned"):
        list(Stream(Forgets(), 0).records())


def test_an_error_of_the_trainable_is_its_own():
    class Breaks(Given):
        def train(self, seed):
            yield {"a": 1}
            raise ZeroDivisionError("its own")

    training = Stream(Breaks(), 0).records()
    next(training)
    with pytest.raises(ZeroDivisionError, match="its own"):
        next(training)


@pytest.mark.parametrize(
    ("losses", "more", "expected"),
    [
        ([2, 1], {}, "learned"),
        ([2, 1.99], {}, "stuck"),
        ([-1, -2], {}, "learned"),
        ([-1, -1], {}, "stuck"),
        ([-1, -0.5], {}, "stuck"),
        ([1], {}, "finished"),
        ([], {"val__f1": 0.9}, "finished"),
        ([], {"train__accuracy": 0.9}, "finished"),
        ([], {"train__accuracy": 0.9, "classes": 10}, "learned"),
        ([], {"train__accuracy": 0.1, "classes": 10}, "stuck"),
        ([2, 2], {"train__accuracy": 0.9, "classes": 10}, "learned"),
        ([2, 1.9], {}, "slow"),
        ([2, 1.9], {"dead__hidden1": 0.9}, "dying"),
        ([2, 1], {"dead__hidden1": 0.9}, "learned"),
    ],
)
def test_the_verdict_follows_from_what_was_recorded(losses, more, expected):
    assert word(*losses, **more) == expected
