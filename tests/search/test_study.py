"""One study over several processes: real journals on disk."""

from datetime import datetime, timedelta

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from zerosweep.config.space import Choices, Numbers
from zerosweep.errors import UserError
from zerosweep.search import study as module
from zerosweep.search.samplers import pruner_of, sampler_of
from zerosweep.search.storage import open_storage
from zerosweep.search.study import (
    ORPHAN,
    OWNER,
    RETRY_OF,
    ask,
    await_owners,
    counted,
    distribution,
    grid_of,
    open_study,
    requeue_orphans,
    suggest,
)


class Process:
    """Who searches. gone: the names of the processes that have died."""

    def __init__(self, name="host/0", gone=()):
        self.name, self.gone = name, gone

    def may_close(self, other):
        return other in (self.name, *self.gone)


class Plane:
    """A space of settings that do not depend on one another."""

    def __init__(self, groups=None, **dimensions):
        self._groups, self._dimensions = groups or {}, dimensions

    def groups(self):
        return self._groups

    def within(self, chosen):
        return self._dimensions

    def combinations(self):
        return [{}]

    def everywhere(self):
        return self._groups | self._dimensions


PLANE = Plane()


@pytest.fixture
def url(tmp_path):
    return f"journal:{tmp_path}/study.log"


@pytest.fixture
def begin(url):
    """The study, as another process would open it; and its storage."""

    def opened(*directions, space=PLANE):
        storage = open_storage(url)
        sampler, pruner = sampler_of("random", 0, None), pruner_of("none")
        return open_study(storage, "mine", directions or ["maximize"], sampler, pruner, space), storage

    return opened


def test_a_study_is_opened_again(begin):
    study, _ = begin()
    study.tell(study.ask(), 0.5)
    assert [trial.value for trial in begin()[0].trials] == [0.5]


def test_a_study_of_something_else_is_refused(begin):
    begin("maximize", "minimize")
    with pytest.raises(
        UserError, match=r"exists with direction maximize, minimize; give another hydra.sweeper.study_name"
    ):
        begin("maximize")


SEARCHED = [
    (Choices(("sgd", "adam")), Choices(("sgd", "adam", "momentum")), "sgd,adam"),
    (Choices(("sgd", "adam")), Choices(("adam", "sgd")), "sgd,adam"),
    (Choices(("0.1", "1")), Numbers(0.1, 1), "0.1,1"),
    (Numbers(0.1, 1), Choices(("0.1", "1")), "numbers"),
    (Numbers(0.1, 1, log=True), Numbers(0.1, 1), "numbers by orders of magnitude"),
    (Numbers(1, 9, whole=True), Numbers(1, 9, whole=True, log=True), "whole numbers"),
]


@pytest.mark.parametrize(("before", "now", "kept"), SEARCHED)
def test_a_setting_that_was_searched_in_another_way_is_refused(before, now, kept, begin):
    study, _ = begin(space=Plane(x=before))
    begin(space=Plane(x=now))  # as long as there are no trials
    suggest(study.ask(), Plane(x=before))
    with pytest.raises(UserError) as caught:
        begin(space=Plane(x=now))
    assert str(caught.value) == f"x: the study mine has searched {kept}; give another hydra.sweeper.study_name"
    with pytest.raises(
        ValueError, match=r"Cannot set different|dynamic value space"
    ):  # as Optuna would, in the midst of a trial
        suggest(study.ask(), Plane(x=now))
    begin(space=Plane(x=before, y=now))


def test_other_bounds_are_no_other_search(begin):
    study, _ = begin()
    suggest(study.ask(), Plane(x=Numbers(0.1, 1), n=Numbers(1, 9, whole=True)))
    wider = Plane(x=Numbers(0.01, 10), n=Numbers(1, 99, whole=True, step=2))
    suggest(begin(space=wider)[0].ask(), wider)


def test_what_a_dead_process_left_is_queued_again(begin):
    study, storage = begin()
    me, dead = Process(gone=["host/1"]), Process("host/1")
    left = ask(study, storage, dead, 10)
    left.suggest_float("x", 0, 1)
    elsewhere = ask(study, storage, Process("host/2"), 10)
    study.tell(ask(study, storage, dead, 10), 0.5)

    assert [trial.number for trial in requeue_orphans(study, storage, me)] == [left.number]
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.FAIL, TrialState.RUNNING, TrialState.COMPLETE, TrialState.WAITING]
    assert study.trials[0].user_attrs[ORPHAN] is True
    assert counted(study) == 2
    again = ask(study, storage, me, 10)
    assert (again.number, again.suggest_float("x", 0, 1)) == (3, left.params["x"])
    assert again.user_attrs == {RETRY_OF: left.number, OWNER: me.name}
    assert study.trials[elsewhere.number].state == TrialState.RUNNING


def test_a_trial_that_had_no_values_yet_is_not_queued(begin):
    study, storage = begin()
    ask(study, storage, Process(), 10)
    requeue_orphans(study, storage, Process())
    assert [trial.state for trial in study.trials] == [TrialState.FAIL]
    assert counted(study) == 0


@pytest.mark.parametrize(("seconds", "orphan"), [(0, False), (3600, True)])
def test_a_trial_that_nobody_came_to_own_is_left_alone_at_first(begin, monkeypatch, seconds, orphan):
    study, storage = begin()
    study.ask()

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(seconds=seconds)

    monkeypatch.setattr(module, "datetime", Later)
    assert bool(requeue_orphans(study, storage, Process())) == orphan


def test_a_trial_is_waited_for_until_somebody_owns_it(begin, monkeypatch):
    study, _ = begin()
    waited = []

    def owned_the_second_time(seconds):
        waited.append(seconds)
        if len(waited) == 2:
            trial.set_user_attr(OWNER, "host/1")

    monkeypatch.setattr(module, "sleep", owned_the_second_time)
    await_owners(study)
    trial = study.ask()
    await_owners(study)
    assert len(waited) == 2


def test_a_trial_is_not_waited_for_longer_than_it_takes_to_be_an_orphan(begin, monkeypatch):
    study, storage = begin()
    study.ask()
    monkeypatch.setattr(module, "BEGUN", timedelta(seconds=0.1))
    await_owners(study)
    assert len(requeue_orphans(study, storage, Process())) == 1


def test_no_more_trials_than_were_wanted(begin):
    study, storage = begin()
    given = [ask(study, storage, Process(), 3) for _ in range(5)]
    assert [trial is not None for trial in given] == [True] * 3 + [False] * 2
    assert len(study.trials) == 3


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_that_ask_at_once_the_later_gives_way(begin, first):
    """Both have seen that one trial is missing; whichever looks again first, one trial is made."""
    study, storage = begin()
    trials = [study.ask(), study.ask()]
    given = {}

    class Asked:
        def __init__(self, trial):
            self.trial = trial

        def __getattr__(self, name):
            return getattr(study, name)

        def get_trials(self, deepcopy=True, states=None):
            found = study.get_trials(deepcopy, states)
            return found if self.looked else []

        looked = False

        def ask(self):
            self.looked = True
            return self.trial

    for which in (first, 1 - first):
        given[which] = ask(Asked(trials[which]), storage, Process(f"host/{which}"), 1)
    assert given[0] is not None
    assert given[1] is None
    assert counted(study) == 1
    assert [trial.state for trial in study.trials] == [TrialState.RUNNING, TrialState.FAIL]


STATES = st.lists(st.sampled_from(["complete", "pruned", "fail", "running", "orphan", "waiting"]), max_size=12)


@given(STATES, st.integers(0, 12))
def test_what_counts(states, before):
    study = optuna.create_study()
    for state in states:
        kind = {"orphan": "fail"}.get(state, state)
        study.add_trial(
            optuna.create_trial(
                state=TrialState[kind.upper()],
                value=0.5 if state == "complete" else None,
                user_attrs={ORPHAN: True} if state == "orphan" else {},
            )
        )
    counts = [state not in ("orphan", "waiting") for state in states]
    assert counted(study) == sum(counts)
    assert counted(study, before) == sum(counts[:before])


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Choices(("true", "false")), CategoricalDistribution(("true", "false"))),
        (Numbers(1e-4, 1, log=True), FloatDistribution(1e-4, 1, log=True)),
        (Numbers(0, 1, step=0.25), FloatDistribution(0, 1, step=0.25)),
        (Numbers(1, 9, whole=True), IntDistribution(1, 9)),
        (Numbers(1, 9, whole=True, step=4), IntDistribution(1, 9, step=4)),
        (Numbers(1, 9, log=True, whole=True), IntDistribution(1, 9, log=True)),
    ],
)
def test_a_dimension_as_optuna_has_it(dimension, expected):
    assert distribution(dimension) == expected


def test_values_lie_within_their_dimensions(begin):
    study, storage = begin()
    space = Plane(
        {"optimizer": Choices(("sgd", "adam"))}, lr=Numbers(1e-4, 1, log=True), n=Numbers(1, 9, whole=True, step=4)
    )
    for _ in range(20):
        values = suggest(ask(study, storage, Process(), 20), space)
        assert list(values) == ["optimizer", "lr", "n"]
        assert values["optimizer"] in ("sgd", "adam")
        assert 1e-4 <= values["lr"] <= 1
        assert values["n"] in (1, 5, 9)


def test_all_values_of_a_grid():
    space = Plane({"optimizer": Choices(("sgd", "adam"))}, n=Numbers(1, 9, whole=True, step=4), x=Numbers(0.5, 1.5, step=0.5),
                  bn=Choices(("true", "false")))  # fmt: skip
    assert grid_of(space) == {"optimizer": ("sgd", "adam"), "n": [1, 5, 9], "x": [0.5, 1, 1.5], "bn": ("true", "false")}
    assert grid_of(Plane(x=Numbers(0, 1))) is None
