"""Records as columns."""

from zerosweep.training.records import Diverged, Evaluation, History, Step


def history() -> History:
    made = History(classes=10)
    for record in (
        Evaluation(0, {"val/accuracy": 0.1}),
        Step(1, 2.3),
        Step(2, 2.0),
        Evaluation(2, {"val/accuracy": 0.4, "gradient_norm": 7.0}),
        Step(3, 1.5),
        Evaluation(3, {"gradient_norm": 5.0}),
    ):
        made.add(record)
    return made


def test_a_metric_is_a_series_of_the_evaluations_that_have_it():
    assert history().series("val/accuracy") == ([0, 2], [0.1, 0.4])
    assert history().series("gradient_norm") == ([2, 3], [7.0, 5.0])
    assert history().series("never/recorded") == ([], [])


def test_the_training_loss_is_a_series_of_every_step_from_one():
    assert history().series("train/loss") == ([1, 2, 3], [2.3, 2.0, 1.5])


def test_a_scheduled_learning_rate_is_a_series_of_every_step_and_a_constant_one_of_the_evaluations():
    scheduled, constant = History(), History()
    for step in (1, 2):
        scheduled.add(Step(step, 1.0, lr=0.1 / step))
        constant.add(Step(step, 1.0))
    constant.add(Evaluation(2, {"lr": 0.1}))
    assert scheduled.series("lr") == ([1, 2], [0.1, 0.05])
    assert constant.series("lr") == ([2], [0.1])


def test_the_last_value_is_the_last_that_was_recorded():
    assert history().last("val/accuracy") == 0.4
    assert history().last("train/loss") == 1.5
    assert history().last("never/recorded") is None


def test_divergence_is_kept_apart():
    made = history()
    assert made.diverged is None
    made.add(Diverged(4, "loss"))

    assert made.diverged == Diverged(4, "loss")
    assert len(made.losses) == 3
    assert len(made.evaluations) == 3


def test_two_histories_share_nothing():
    history()

    assert History().losses == []
    assert History().evaluations == []
