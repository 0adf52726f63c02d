"""Error messages for mistakes of users."""

import pytest

from zerosweep.errors import DataError, SettingError, UserError, suggestion

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")


def test_a_setting_error_is_one_line_with_name_value_and_what_is_allowed():
    assert str(SettingError("lr", -1.0, "must be > 0")) == "lr=-1.0: must be > 0"


def test_the_nearest_right_spelling_is_offered():
    error = SettingError("optimizer", "adma", "must be one of sgd, adam", ("sgd", "adam"))

    assert str(error) == "optimizer=adma: must be one of sgd, adam; did you mean adam?"


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("momentun", "momentum"),
        ("nesterow", "nesterov"),
        ("ada_grad", "adagrad"),
        ("RMSprop", "rmsprop"),
        ("sgdd", "sgd"),
    ],
)
def test_a_slip_of_the_finger_finds_its_word(typed, right):
    assert suggestion(typed, OPTIMIZERS) == f"; did you mean {right}?"


@pytest.mark.parametrize("typed", ["", "lbfgs", "12", "None"])
def test_nothing_is_offered_where_nothing_is_near(typed):
    assert suggestion(typed, OPTIMIZERS) == ""


def test_choices_may_be_an_iterator_and_are_kept():
    error = SettingError("optimizer", "adma", "must be an optimizer", iter(OPTIMIZERS))

    assert error.choices == OPTIMIZERS
    assert str(error).endswith("did you mean adam?")


def test_within_names_the_setting_from_one_level_further_up():
    inner = SettingError("sampling", "shufle", "must be one of shuffle", ("shuffle",))
    outer = inner.within("trainer")

    assert outer.setting == "trainer.sampling"
    assert str(outer) == "trainer.sampling=shufle: must be one of shuffle; did you mean shuffle?"
    assert str(outer.within("runs")).startswith("runs.trainer.sampling=shufle: ")
    assert inner.setting == "sampling"  # the inner error is as it was


def test_every_mistake_of_a_user_is_caught_as_one_kind():
    for mistake in (DataError("file: truncated"), SettingError("lr", 0, "must be > 0")):
        with pytest.raises(UserError, match=r"truncated|must be"):
            raise mistake
