"""Configurations that `hydra.sweeper.enqueue` lists are tried first, once, or refused in one line."""

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import TrialState

from zerosweep.config.space import Choices, Numbers
from zerosweep.errors import SettingError
from zerosweep.search.enqueued import enqueue, read_enqueued
from zerosweep.search.study import suggest

LR, SIZE = Numbers(1e-4, 1, log=True), Choices((10, 100))

WITHIN = {
    "sgd": {"optimizer.lr": LR, "size": SIZE},
    "momentum": {"optimizer.lr": LR, "optimizer.momentum": Numbers(0.5, 0.9, step=0.1), "size": SIZE},
}


class Conditional:
    """A space in which one of two optimizers has a setting of its own."""

    def groups(self):
        return {"optimizer": Choices(("sgd", "momentum"))}

    def within(self, chosen):
        return WITHIN[chosen["optimizer"]]

    def combinations(self):
        return [{"optimizer": name} for name in WITHIN]

    def everywhere(self):
        return self.groups() | WITHIN["sgd"] | WITHIN["momentum"]


SPACE = Conditional()


@given(st.floats(1e-4, 1), st.sampled_from([10, 100]), st.sampled_from([*WITHIN]), st.data())
def test_a_configuration_of_the_space_is_what_the_first_trial_gets(lr, size, optimizer, data):
    values = {"optimizer": optimizer, "optimizer.lr": lr, "size": size}
    if optimizer == "momentum":
        values["optimizer.momentum"] = data.draw(st.sampled_from([0.5, 0.6, 0.7, 0.8, 0.9]))
    names = data.draw(st.permutations(sorted(values)))
    study = optuna.create_study()
    enqueue(study, read_enqueued([" ".join(f"{name}={values[name]!r}" for name in names)], SPACE))
    assert suggest(study.ask(), SPACE) == pytest.approx(values)


def test_what_is_not_given_is_drawn_with_an_option_that_has_what_is():
    (found,) = read_enqueued(["optimizer.momentum=0.7 optimizer=momentum"], SPACE)
    assert found == {"optimizer": "momentum", "optimizer.momentum": pytest.approx(0.7)}
    study = optuna.create_study()
    enqueue(study, [found])
    drawn = suggest(study.ask(), SPACE)
    assert drawn["optimizer"] == "momentum"
    assert 1e-4 <= drawn["optimizer.lr"] <= 1


def test_each_configuration_is_tried_once_however_often_the_command_is_given():
    study, given_twice = optuna.create_study(), ["optimizer=sgd optimizer.lr=0.1", "optimizer.lr=0.5 optimizer=sgd"]
    for _ in range(3):
        enqueue(study, read_enqueued([*given_twice, *given_twice], SPACE))
        if study.get_trials(states=(TrialState.WAITING,)):
            trial = study.ask()
            suggest(trial, SPACE)
            study.tell(trial, 0.5)
    assert len(study.trials) == 2


MISTAKES = [
    ("optimizer.lr=5", "optimizer.lr=5: must be from 0.0001 to 1"),
    ("optimizer.lr=fast", "optimizer.lr=fast: is enqueued; must be a number"),
    ("size=11", "size=11: is enqueued; must be one of 10, 100"),
    ("optimizer=momentum optimizer.momentum=0.55", "optimizer.momentum=0.55: must be 0.5 plus steps of 0.1"),
    (
        "optimiser.lr=0.1",
        "optimiser.lr is not searched; must be among optimizer, optimizer.lr, size, optimizer.momentum; "
        "did you mean optimizer.lr?",
    ),
    ("optimizer=sgd optimizer.momentum=0.9", "optimizer.momentum is not a setting of these options"),
    ("optimizer.lr", "must be different SETTING=VALUE with spaces between them"),
    ("optimizer.lr=0.1 optimizer.lr=0.2", "must be different SETTING=VALUE with spaces between them"),
    ("", "must be different SETTING=VALUE with spaces between them"),
    ("optimizer.lr='0.1", "cannot be read (No closing quotation)"),
]


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_a_configuration_out_of_the_space_is_refused_in_one_line(text, says):
    with pytest.raises(SettingError) as caught:
        read_enqueued([text], SPACE)
    assert str(caught.value) == f"enqueue={text}: {says}"
