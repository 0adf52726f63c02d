"""One study that several processes use, in real journals on disk."""

from itertools import product

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from zerosweep.config.space import Choices, Numbers
from zerosweep.errors import UserError
from zerosweep.search import study as module
from zerosweep.search.opening import as_searched, describe, open_study
from zerosweep.search.samplers import ResumableGridSampler, pruner_of, sampler_of
from zerosweep.search.storage import open_storage
from zerosweep.search.study import (
    ORPHAN,
    OWNER,
    RETRY_OF,
    ask,
    counted,
    distribution,
    requeue_orphans,
    rounds,
    suggest,
)


class Process:
    """A process that searches.

    Attributes:
        name: Its name.
        gone: Names of the processes that have died.
        seen: Names of the processes that are alive.
    """

    def __init__(self, name="host/0", gone=(), seen=()):
        self.name, self.gone, self.seen = name, gone, seen

    def may_close(self, other):
        return other in (self.name, *self.gone)

    def sees_alive(self, other):
        return other in self.seen


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

    def with_text(self, names):
        dimensions = {name: one.as_text if name in names else one for name, one in self._dimensions.items()}
        return Plane(self._groups, **dimensions)


PLANE = Plane()


@pytest.fixture
def url(tmp_path):
    return f"journal:{tmp_path}/study.log"


@pytest.fixture
def begin(url):
    """Return a function that opens the study, as another process would, and returns it with its storage."""

    def opened(*directions, space=PLANE):
        storage = open_storage(url)
        sampler, pruner = sampler_of("random", 0, None), pruner_of("none")
        return open_study(storage, "mine", directions or ["maximize"], sampler, pruner, space), storage

    return opened


def states(study):
    return [trial.state.name for trial in study.trials]


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
    (Choices((True, None)), Choices((True, False)), "true,null"),
    (Choices((1, 2)), Choices(("1", "2")), "1,2"),
    (Numbers(0.1, 1, log=True), Numbers(0.1, 1), "numbers on a log scale"),
    (Numbers(1, 9, whole=True), Numbers(1, 9, whole=True, log=True), "integers"),
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


def test_a_study_that_has_choices_as_text_goes_on_with_them(begin):
    study, _ = begin()
    suggest(study.ask(), Plane(bn=Choices(("true", "false")), size=Choices(("10", "100"))))  # by an earlier version
    now = Plane(bn=Choices((True, False)), size=Choices((10, 100)), lr=Choices((0.1, 1)))
    again, _ = begin(space=now)
    space = as_searched(now, again)
    assert space.everywhere() == {
        "bn": Choices(("true", "false")), "size": Choices(("10", "100")), "lr": Choices((0.1, 1))
    }  # fmt: skip
    values = suggest(again.ask(), space)
    assert {type(value) for name, value in values.items() if name != "lr"} == {str}
    assert values["lr"] in (0.1, 1)


def test_a_new_study_has_choices_with_their_types(begin):
    study, _ = begin()
    space = Plane(bn=Choices((True, False)), size=Choices((10, 2.5, None)))
    assert as_searched(space, study).everywhere() == space.everywhere()
    for _ in range(10):
        trial = study.ask()
        values = suggest(trial, space)
        study.tell(trial, 0.5)
        assert values in [{"bn": bn, "size": size} for bn in (True, False) for size in (10, 2.5, None)]
    assert {type(trial.params["bn"]) for trial in begin()[0].trials} == {bool}


def test_a_study_says_what_it_is_about(begin):
    study, _ = begin()
    describe(study, ["val/loss"], ["time/seconds <= 9"], "python src/train.py")
    found, _ = begin()
    assert found.metric_names == ["val/loss"]
    assert found.user_attrs == {"command": "python src/train.py", "constraints": ["time/seconds <= 9"]}
    describe(found, ["val/accuracy"], [], "another")  # nothing has been tried yet
    assert (found.metric_names, found.user_attrs["constraints"]) == (["val/accuracy"], [])


def test_the_order_counts_for_metrics_and_not_for_constraints(begin):
    study, _ = begin("minimize", "minimize")
    describe(study, ["val/loss", "time/seconds"], ["b <= 1", "a <= 2"], "python src/train.py")
    study.tell(study.ask(), [0.5, 2])
    describe(study, ["val/loss", "time/seconds"], ["a <= 2", "b <= 1"], "python src/train.py")
    with pytest.raises(UserError, match="exists with metric val/loss, time/seconds; give another"):
        describe(study, ["time/seconds", "val/loss"], ["a <= 2", "b <= 1"], "python src/train.py")


def test_a_study_of_other_metrics_or_constraints_is_refused(begin):
    study, _ = begin()
    study.tell(study.ask(), 0.5)
    describe(study, ["val/loss"], [], "python src/train.py")  # which the version that began it did not save
    with pytest.raises(UserError) as caught:
        describe(study, ["val/accuracy"], [], "python src/train.py")
    assert str(caught.value) == ("the study mine exists with metric val/loss; give another hydra.sweeper.study_name")
    with pytest.raises(UserError, match="the study mine exists with constraint none; give another"):
        describe(study, ["val/loss"], ["time/seconds <= 9"], "python src/train.py")


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


def test_a_point_of_a_grid_is_queued_whole_whenever_its_process_died(begin):
    grid = {"x": [0.25, 0.75], "n": [1, 2, 3]}
    study, storage = begin()
    study.sampler = ResumableGridSampler(grid, seed=0)
    dead = Process("host/1")
    for drawn in range(3):  # killed before the first value, after it, and after both
        trial = ask(study, storage, dead, 10)
        for name in list(grid)[:drawn]:
            trial.suggest_categorical(name, grid[name])
    requeue_orphans(study, storage, Process(gone=["host/1"]))
    met = []
    for _ in range(6):
        again = ask(study, storage, Process(), 10)
        met.append(tuple(again.suggest_categorical(name, values) for name, values in grid.items()))
        study.tell(again, 0.5)
    assert sorted(met) == sorted(product(*grid.values()))


def test_an_enqueued_trial_is_queued_again_with_all_its_values(begin):
    study, storage = begin()
    study.enqueue_trial({"x": 0.5, "n": 3})
    ask(study, storage, Process("host/1"), 10).suggest_float("x", 0, 1)
    requeue_orphans(study, storage, Process(gone=["host/1"]))
    again = ask(study, storage, Process(), 10)
    assert (again.suggest_float("x", 0, 1), again.suggest_int("n", 1, 9)) == (0.5, 3)


def test_a_trial_that_had_no_values_yet_is_not_queued(begin):
    study, storage = begin()
    ask(study, storage, Process(), 10)
    requeue_orphans(study, storage, Process())
    assert [trial.state for trial in study.trials] == [TrialState.FAIL]
    assert counted(study) == 0


def test_a_trial_that_somebody_else_asked_for_is_left_alone(begin):
    study, storage = begin()
    theirs = study.ask()
    study.enqueue_trial({"x": 0.5})
    asked = study.ask()  # by another program, out of the queue
    assert requeue_orphans(study, storage, Process()) == []
    for trial in (theirs, asked):
        study.tell(trial, 0.5)
    assert states(study) == ["COMPLETE", "COMPLETE"]


def test_a_trial_has_its_owner_from_the_first_moment(begin, monkeypatch):
    study, storage = begin()
    study.enqueue_trial({"x": 0.5})
    running = []

    def seen(self, study, trial_id):
        running.append(study.trials[-1])
        raise KeyboardInterrupt

    monkeypatch.setattr(module.Trial, "__init__", seen)  # killed before anything else can be done
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            ask(study, storage, Process("host/1"), 10)
    assert [trial.user_attrs[OWNER] for trial in running] == ["host/1"] * 2
    assert {trial.state for trial in running} == {TrialState.RUNNING}
    assert len(requeue_orphans(study, storage, Process(gone=["host/1"]))) == 2


def test_of_two_that_take_one_trial_from_the_queue_one_gets_it(begin):
    (study, storage), (again, other) = begin(), begin()
    study.enqueue_trial({"x": 0.5})
    (waiting,) = study.trials
    assert module._take(storage, waiting._trial_id, Process("host/0"))
    assert not module._take(other, waiting._trial_id, Process("host/1"))
    assert [(trial.state, trial.user_attrs[OWNER]) for trial in study.trials] in (
        [(TrialState.RUNNING, "host/0")],
        [(TrialState.RUNNING, "")],
    )
    assert requeue_orphans(again, other, Process("host/1")) == []


def test_of_two_that_find_a_dead_process_one_puts_its_trials_back(begin):
    (study, storage), (again, other) = begin(), begin()
    ask(study, storage, Process("host/2"), 10).suggest_float("x", 0, 1)
    me = Process("host/0", gone=["host/2"])

    class Slow:
        """Another process, which has found the trial before and is slower."""

        def __getattr__(self, name):
            return getattr(other, name)

        def set_trial_user_attr(self, *arguments):
            requeue_orphans(study, storage, me)
            other.set_trial_user_attr(*arguments)

    assert requeue_orphans(again, Slow(), Process("host/1", gone=["host/2"])) == []
    assert states(study) == ["FAIL", "WAITING"]


def test_who_is_left_makes_the_trials_of_another_that_dies(begin, monkeypatch):
    study, storage = begin()
    ask(study, storage, Process("host/1"), 2).suggest_float("x", 0, 1)
    ask(study, storage, Process("host/2"), 2)  # which cannot be seen from here
    me = Process("host/0", seen=["host/1"])

    def dies(seconds):
        me.seen, me.gone = [], ["host/1"]

    monkeypatch.setattr(module, "sleep", dies)
    made = []
    for _ in rounds(study, storage, me, float("inf")):
        while (trial := ask(study, storage, me, 2)) is not None:
            made.append(trial.number)
            study.tell(trial, 0.5)
    assert made == [2]
    assert states(study) == ["FAIL", "RUNNING", "COMPLETE"]
    assert len([*rounds(study, storage, me, float("inf"))]) == 1
    assert len([*rounds(study, storage, Process("host/0", seen=["host/2"]), 0)]) == 1  # time is over


ENQUEUED = [
    ({"size": 50, "bn": True, "x": 0.25, "n": 4.0}, [50, True, 0.25, 4]),
    ({"size": "50", "bn": "True", "x": "1e-1", "n": "4"}, [50, True, 0.1, 4]),
    ({"size": 50.0, "bn": False, "x": 7, "n": 40}, [50, False, 7.0, 40]),  # out of bounds, as Optuna takes it
]
SEARCHED_TOGETHER = Plane(
    size=Choices((50, 100)), bn=Choices((True, False)), x=Numbers(0, 1), n=Numbers(1, 9, whole=True)
)


@pytest.mark.parametrize(("enqueued", "expected"), ENQUEUED)
def test_enqueued_values_are_matched_as_typed(enqueued, expected, begin):
    study, storage = begin()
    study.enqueue_trial(enqueued)
    trial = ask(study, storage, Process(), 1)
    assert [*suggest(trial, SEARCHED_TOGETHER).values()] == expected
    assert [*study.trials[0].params.values()] == expected


STRANGERS = [
    ({"size": 60}, "size=60: is enqueued; must be one of 50, 100"),
    ({"size": None}, "size=null: is enqueued; must be one of 50, 100"),
    ({"bn": 1}, "bn=1: is enqueued; must be one of true, false"),
    ({"x": "much"}, "x=much: is enqueued; must be a number"),
    ({"x": True}, "x=true: is enqueued; must be a number"),
    ({"n": 1.5}, "n=1.5: is enqueued; must be an integer"),
    ({"size": 50, "sizes": 50}, "sizes=50: is enqueued, but is not among size, bn, x, n"),
]


@pytest.mark.parametrize(("enqueued", "why"), STRANGERS)
def test_an_enqueued_value_that_cannot_be_taken_is_a_reason(enqueued, why, begin):
    study, storage = begin()
    study.enqueue_trial(enqueued)
    with pytest.raises(UserError) as caught:
        suggest(ask(study, storage, Process(), 1), SEARCHED_TOGETHER)
    assert str(caught.value) == why


def test_no_more_trials_than_were_wanted(begin):
    study, storage = begin()
    given = [ask(study, storage, Process(), 3) for _ in range(5)]
    assert [trial is not None for trial in given] == [True] * 3 + [False] * 2
    assert len(study.trials) == 3


@pytest.mark.parametrize("queued", [False, True])
def test_of_two_that_ask_at_once_the_later_gives_way(queued, begin, monkeypatch):
    """Both find that one trial is missing, which may wait in the queue. One trial is made."""
    (study, storage), (again, other) = begin(), begin()
    if queued:
        study.enqueue_trial({"x": 0.5})
    read, taken = module.trials_for_a_new_one, []

    def overtaken(study):
        found = read(study)
        monkeypatch.setattr(module, "trials_for_a_new_one", read)
        taken.append(ask(again, other, Process("host/1"), 1))
        return found

    monkeypatch.setattr(module, "trials_for_a_new_one", overtaken)
    assert ask(study, storage, Process("host/0"), 1) is None
    assert taken[0] is not None
    assert counted(study) == 1
    assert states(study) == ["RUNNING", "FAIL"]


STATES = st.lists(st.sampled_from(["complete", "pruned", "fail", "running", "orphan", "waiting"]), max_size=12)


@given(STATES)
def test_what_counts(states):
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


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Choices((True, False)), CategoricalDistribution((True, False))),
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
