"""Overrides beside the cases of a sweep: they select, replace, are combined or are refused."""

from collections.abc import Mapping

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf
from tests.conftest import PROJECT, check_refused

from zerosweep.config.grid import GridJobs, grid
from zerosweep.config.schemas import register
from zerosweep.errors import SettingError


@pytest.fixture(scope="module")
def loader():
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


@pytest.fixture
def made(loader):
    """The grid of a named sweep with more typed."""

    def of(sweep: str, *typed: str) -> GridJobs:
        file = OmegaConf.to_container(OmegaConf.load(PROJECT / "sweeps" / f"{sweep}.yaml"))
        assert isinstance(file, Mapping)
        return grid(loader, {}, typed, file["hydra"]["sweeper"]["cases"])

    return of


OPTIMIZERS = [
    ["optimizer=sgd", "optimizer.lr=0.01"],
    ["optimizer=momentum", "optimizer.lr=0.3", "optimizer.momentum=0.9"],
    ["optimizer=adagrad", "optimizer.lr=0.1", "optimizer.first_step=published"],
    ["optimizer=adagrad", "optimizer.lr=0.1", "optimizer.first_step=accumulated"],
    ["optimizer=rmsprop", "optimizer.lr=0.01", "optimizer.decay=0.99"],
    ["optimizer=adam", "optimizer.lr=0.01", "optimizer.beta1=0.9", "optimizer.beta2=0.999"],
]
"""The cases of the sweep `optimizers`."""


def test_without_anything_typed_the_cases_are_as_written(made):
    assert made("optimizers").jobs == OPTIMIZERS
    assert made("optimizers").swept == ["optimizer", "optimizer.first_step"]


def test_a_value_that_no_case_has_is_a_case_of_its_own(made):
    both = made("optimizers", "optimizer=sgd,adamw")
    assert both.jobs == [["optimizer=sgd", "optimizer.lr=0.01"], ["optimizer=adamw"]]
    assert both.swept == ["optimizer"]
    assert made("optimizers", "optimizer=adamw").jobs == [["optimizer=adamw"]]
    assert made("activation_histograms", "init=uniform").jobs == [["init=uniform"]]


def test_what_all_cases_say_alike_goes_for_a_new_one_too(loader):
    cases = [["optimizer=sgd", "optimizer.lr=0.2", "bn=true"], ["optimizer=adam", "optimizer.lr=0.1", "bn=true"]]
    assert grid(loader, {}, ["optimizer=adamw"], cases).jobs == [["bn=True", "optimizer=adamw"]]


def test_a_setting_that_follows_from_another_is_replaced_in_the_cases_that_set_it(made):
    rates = made("optimizers", "optimizer.lr=0.1")
    assert [set(job) for job in rates.jobs] == [{case[0], "optimizer.lr=0.1", *case[2:]} for case in OPTIMIZERS]
    sgd, _, *others = OPTIMIZERS
    assert made("optimizers", "optimizer.momentum=0.8").jobs == [
        sgd,
        ["optimizer=momentum", "optimizer.lr=0.3", "optimizer.momentum=0.8"],
        *others,
    ]


def test_a_choice_takes_every_case_that_makes_it(made):
    both = made("optimizers", "optimizer=adagrad")
    assert both.jobs == OPTIMIZERS[2:4]
    assert both.swept == ["optimizer.first_step"]
    assert made("optimizers", "optimizer.first_step=accumulated", "optimizer=adagrad").jobs == [OPTIMIZERS[3]]


@pytest.mark.parametrize("swapped", [False, True])
def test_choosing_comes_before_replacing_in_whatever_order(made, swapped):
    typed = ["regularizer=l2", "regularizer.l2=0.01,0.1"]
    two = made("regularizers", *(reversed(typed) if swapped else typed))
    assert two.jobs == [
        ["regularizer=l2", "optimizer.lr=0.01", *frozen, f"regularizer.l2={strength}"]
        for frozen in (["trainer.frozen=[output]"], [])
        for strength in ("0.01", "0.1")
    ]
    assert two.swept == ["trainer.frozen", "regularizer.l2"]


def test_what_is_set_in_no_case_that_is_left_is_a_dimension(made):
    one = made("regularizers", "regularizer=none", "regularizer.l2=0.01,0.1")
    assert one.jobs == [["regularizer=none", "optimizer.lr=0.01", f"regularizer.l2={value}"] for value in (0.01, 0.1)]
    assert one.swept == ["regularizer.l2"]


def test_a_typed_rate_goes_for_a_new_case_too_where_all_cases_have_one(made):
    assert made("optimizers", "optimizer=sgd,adamw", "optimizer.lr=0.05").jobs == [
        ["optimizer=sgd", "optimizer.lr=0.05"], ["optimizer=adamw", "optimizer.lr=0.05"],
    ]  # fmt: skip


POINTS = [
    ["dataset=points", "model=mlp", "model.hidden=[]", *loss, "trainer.gradient=both", "seed=0"]
    for loss in ([], ["loss=mse", "loss.outputs=softmax"])
]
TWO_LAYER = [
    ["model=two_layer", f"trainer.gradient={by}", f"seed={seed}"]
    for by, seed in (("both", 0), ("backprop", 0), ("backprop", 1))
]


def test_a_setting_that_some_cases_leave_open_goes_to_those(made):
    digits = made("gradient_check", "dataset=digits")
    assert digits.jobs == [*POINTS, *([*case, "dataset=digits"] for case in TWO_LAYER)]
    assert digits.swept == ["dataset", "trainer.gradient", "seed", "loss"]
    assert made("gradient_check", "dataset=digits,mnist").jobs == [
        *POINTS, *([*case, f"dataset={data}"] for case in TWO_LAYER for data in ("digits", "mnist")),
    ]  # fmt: skip


def test_a_setting_that_every_case_sets_is_replaced_in_each(made):
    assert made("gradient_check", "seed=5").jobs == [
        [*case[:-1], "seed=5"] for case in (*POINTS, *TWO_LAYER[:2])
    ]  # the last two cases differ by nothing else
    assert made("gradient_check", "model=two_layer", "seed=5,6").jobs == [
        [*case[:-1], f"seed={seed}"] for case in TWO_LAYER[:2] for seed in (5, 6)
    ]


REFUSED = {
    "a value of one case that others leave open": (
        "dataset=points",
        "others leave it open; change the cases in a copy",
    ),
    "such a value among others": ("dataset=digits,points", "dataset=digits,points: one case of the sweep has"),
}


@pytest.mark.parametrize(("override", "says"), REFUSED.values(), ids=REFUSED)
def test_an_override_that_could_mean_two_things_is_refused(made, override, says):
    with pytest.raises(SettingError, match=says):
        made("gradient_check", override)


def test_another_option_in_place_of_one_whose_settings_the_cases_set_is_refused(loader):
    cases = [["seed=1", "optimizer=sgd", "optimizer.lr=0.1"], ["seed=2", "optimizer=sgd", "optimizer.lr=0.1"]]
    with pytest.raises(SettingError, match=r"^optimizer=adam: the sweep's cases set optimizer.lr for optimizer=sgd"):
        grid(loader, {}, ["optimizer=adam"], cases)
    assert len(grid(loader, {}, ["optimizer=sgd"], cases).jobs) == 2


def test_a_refused_override_costs_one_line(train):
    check_refused(train("sweeps=gradient_check", "dataset=points", "plan=true"), "dataset=points: ", "leave it open")


def test_numbers_are_the_same_in_any_spelling(loader, made):
    cases = [["trainer.batch_size=10", "optimizer.lr=0.1"], ["trainer.batch_size=100", "optimizer.lr=1"]]
    assert grid(loader, {}, ["trainer.batch_size=1e1"], cases).jobs == [cases[0]]
    assert made("optimizers", "optimizer=sgd,sgd").jobs == [["optimizer=sgd", "optimizer.lr=0.01"]]


@pytest.mark.parametrize("empty", ["seed=range(0)", "seed=range(2,2)"])
def test_a_sweep_without_values_is_refused(loader, empty):
    with pytest.raises(SettingError, match=r"seed=range\(.*\): has no values"):
        grid(loader, {}, [empty])


@pytest.mark.slow
def test_what_only_some_cases_set_is_not_asked_of_the_sweeps_own_configuration(train):
    """It has SGD, which has no momentum."""
    result = train(
        "sweeps=optimizers",
        "optimizer=sgd,momentum",
        "optimizer.momentum=0.8",
        "seed=0",
        "bn=true",
        "dataset=digits",
        "plan=true",
    )
    assert result.returncode == 0, result.stderr
    assert "2 runs: 0 cached, 2 to do" in result.stdout


def test_one_value_does_not_vary(loader):
    assert grid(loader, {}, ["seed=range(1)", "bn=choice(true)", "optimizer=sgd,adam"]).swept == ["optimizer"]
