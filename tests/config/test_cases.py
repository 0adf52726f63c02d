"""What is typed beside the cases of a sweep: each typed value has its runs, and the rest stays."""

from collections.abc import Mapping

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from zerosweep import PROJECT
from zerosweep.config.cases import beside
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


OPTIMIZERS = {
    "sgd": ["optimizer.lr=0.01"],
    "momentum": ["optimizer.lr=0.3", "optimizer.momentum=0.9"],
    "adagrad": ["optimizer.lr=0.1"],
    "rmsprop": ["optimizer.lr=0.01", "optimizer.decay=0.99"],
    "adam": ["optimizer.lr=0.01", "optimizer.beta1=0.9", "optimizer.beta2=0.999"],
}


def test_without_anything_typed_the_cases_are_as_written(made):
    assert made("optimizers").jobs == [[f"optimizer={name}", *rest] for name, rest in OPTIMIZERS.items()]
    assert made("optimizers").swept == ["optimizer"]


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
    assert [job[0] for job in rates.jobs] == [f"optimizer={name}" for name in OPTIMIZERS]
    assert all("optimizer.lr=0.1" in job for job in rates.jobs)
    assert made("optimizers", "optimizer.momentum=0.8").jobs == [
        ["optimizer=momentum", "optimizer.lr=0.3", "optimizer.momentum=0.8"] if name == "momentum" else
        [f"optimizer={name}", *rest] for name, rest in OPTIMIZERS.items()
    ]  # fmt: skip


@pytest.mark.parametrize("swapped", [False, True])
def test_choosing_comes_before_replacing_in_whatever_order(made, swapped):
    typed = ["regularizer=l2", "regularizer.l2=0.01,0.1"]
    two = made("regularizers", *(reversed(typed) if swapped else typed))
    assert two.jobs == [
        ["regularizer=l2", "optimizer.lr=0.01", "regularizer.l2=0.01"],
        ["regularizer=l2", "optimizer.lr=0.01", "regularizer.l2=0.1"],
    ]
    assert two.swept == ["regularizer.l2"]


def test_what_is_set_in_no_case_that_is_left_is_a_dimension(made):
    one = made("regularizers", "regularizer=none", "regularizer.l2=0.01,0.1")
    assert one.jobs == [["regularizer=none", "optimizer.lr=0.01", f"regularizer.l2={value}"] for value in (0.01, 0.1)]
    assert one.swept == ["regularizer.l2"]


def test_a_typed_rate_goes_for_a_new_case_too_where_all_cases_have_one(made):
    assert made("optimizers", "optimizer=sgd,adamw", "optimizer.lr=0.05").jobs == [
        ["optimizer=sgd", "optimizer.lr=0.05"], ["optimizer=adamw", "optimizer.lr=0.05"],
    ]  # fmt: skip


POINTS = ["dataset=points", "model=mlp", "model.hidden=[]", "trainer.gradient=both", "seed=0"]
TWO_LAYER = [
    ["model=two_layer", f"trainer.gradient={by}", f"seed={seed}"]
    for by, seed in (("both", 0), ("backprop", 0), ("backprop", 1))
]


def test_a_setting_that_some_cases_leave_open_goes_to_those(made):
    digits = made("gradient_check", "dataset=digits")
    assert digits.jobs == [POINTS, *([*case, "dataset=digits"] for case in TWO_LAYER)]
    assert digits.swept == ["dataset", "trainer.gradient", "seed"]
    assert made("gradient_check", "dataset=points").jobs == [POINTS]
    assert made("gradient_check", "dataset=digits,points").jobs == digits.jobs
    assert made("gradient_check", "dataset=digits,mnist").jobs == [
        POINTS, *([*case, f"dataset={data}"] for data in ("digits", "mnist") for case in TWO_LAYER),
    ]  # fmt: skip


def test_a_new_value_keeps_what_other_settings_tell_apart(made):
    assert made("gradient_check", "seed=5").jobs == [
        [*POINTS[:-1], "seed=5"], [*TWO_LAYER[0][:-1], "seed=5"], [*TWO_LAYER[1][:-1], "seed=5"],
    ]  # fmt: skip
    assert made("gradient_check", "dataset=points", "trainer.gradient=numerical").jobs == [
        [*POINTS[:3], "trainer.gradient=numerical", "seed=0"]
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_choosing_settings_no_typed_value_is_dropped(swapped):
    cases = [{"bn": "True", "seed": "1"}, {"bn": "False", "seed": "1"}, {"bn": "True", "seed": "2"}]
    typed = {"bn": ["False"], "seed": ["1", "2"]}
    typed = dict(reversed(typed.items())) if swapped else typed
    assert beside(cases, typed) == [{"bn": "False", "seed": "1"}, {"bn": "False", "seed": "2"}]


def test_another_option_of_a_group_comes_without_the_settings_of_the_former(made):
    jobs = made("gradient_check", "model=two_layer").jobs
    assert jobs[0] == ["dataset=points", "trainer.gradient=both", "seed=0", "model=two_layer"]


def test_numbers_are_the_same_in_any_spelling(made):
    assert made("activation_histograms", "init.scale=1.0").jobs == [["init=normal", "init.scale=1"]]
    assert made("optimizers", "optimizer=sgd,sgd").jobs == [["optimizer=sgd", "optimizer.lr=0.01"]]


@pytest.mark.parametrize("empty", ["seed=range(0)", "seed=range(2,2)"])
def test_a_sweep_without_values_is_refused(loader, empty):
    with pytest.raises(SettingError, match=r"seed=range\(.*\): has no values"):
        grid(loader, {}, [empty])


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
