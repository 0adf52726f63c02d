"""How long to train, and what is refused."""

import pytest

from zerosweep.errors import SettingError
from zerosweep.runs.assemble import validate
from zerosweep.training.loop import Trainer


def test_epochs_or_iterations():
    assert Trainer(epochs=3).steps(steps_per_epoch=13) == 39
    assert Trainer(iterations=7).steps(steps_per_epoch=13) == 7


@pytest.mark.parametrize("both", [{"epochs": None, "iterations": None}, {"epochs": 3, "iterations": 7}, {}])
def test_both_or_neither_of_epochs_and_iterations_are_refused(both):
    with pytest.raises(SettingError, match="give one of epochs and iterations") as caught:
        Trainer(**both)

    assert "\n" not in str(caught.value)
    assert caught.value.setting == "epochs"
    for setting in both.values():
        assert setting is None or str(setting) in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "epochs=0: must be >= 1"),
        ({"iterations": -1}, "iterations=-1: must be >= 1"),
        ({"epochs": 1, "batch_size": 0}, "batch_size=0: must be >= 1"),
        ({"epochs": 1, "eval_every": 0}, "eval_every=0: must be >= 1"),
        ({"epochs": 1, "dtype": "float16"}, "dtype=float16: must be one of float32, float64; did you mean float64?"),
        (
            {"epochs": 1, "sampling": "with_replacment"},
            "sampling=with_replacment: must be one of shuffle, with_replacement; did you mean with_replacement?",
        ),
        (
            {"epochs": 1, "gradient": "numeric"},
            "gradient=numeric: must be one of backprop, numerical, both; did you mean numerical?",
        ),
    ],
)
def test_what_is_out_of_range_is_named(wrong, message):
    with pytest.raises(SettingError) as caught:
        Trainer(**wrong)

    assert str(caught.value) == message


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_run_computes_in_the_dtype_asked_for(prepare, dtype):
    run = prepare(trainer=Trainer(iterations=2, dtype=dtype)).train()

    assert run.problem.theta.dtype == dtype
    assert run.problem.data.train.x.dtype == dtype


def test_a_numerical_gradient_trains_like_backprop(prepare):
    from zerosweep.nn.mlp import MLP

    runs = [
        prepare(model=MLP(hidden=[2]), trainer=Trainer(iterations=2, batch_size=20, dtype="float64", gradient=way))
        for way in ("backprop", "numerical")
    ]

    assert runs[0].train().losses == pytest.approx(runs[1].train().losses, rel=1e-8)
    assert runs[0].problem.theta == pytest.approx(runs[1].problem.theta, abs=1e-8)


def test_more_rows_a_batch_than_there_are_is_refused_where_rows_come_once(prepare):
    with pytest.raises(SettingError, match="must be <= 1257, the training rows"):
        validate(prepare(trainer=Trainer(epochs=1, batch_size=1258)).settings)

    assert (
        validate(prepare(trainer=Trainer(epochs=1, batch_size=1258, sampling="with_replacement")).settings).steps == 1
    )
