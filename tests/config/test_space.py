"""A search space, from what one types to dimensions and back to a configuration."""

import math

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import PROJECT

from zerosweep.config.schemas import register
from zerosweep.config.space import Choices, Numbers, Space
from zerosweep.errors import SettingError, UserError


@pytest.fixture(scope="module")
def space():
    """The space of these arguments, and of hydra.sweeper.params."""
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", ["hydra.mode=MULTIRUN"], RunMode.MULTIRUN)
        yield lambda *arguments, **params: Space(loader, master, params, arguments)


TYPED = {
    "optimizer.lr=interval(1e-4,1)": Numbers(1e-4, 1),
    "optimizer.lr=interval(0,1)": Numbers(0, 1),  # of a setting that takes broken numbers
    "optimizer.lr=tag(log,interval(1e-4,1))": Numbers(1e-4, 1, log=True),
    "trainer.epochs=interval(1,20)": Numbers(1, 20, whole=True),
    "trainer.epochs=tag(log,interval(1,20))": Numbers(1, 20, log=True, whole=True),
    "trainer.epochs=interval(10.5,12.2)": Numbers(11, 12, whole=True),
    "trainer.epochs=tag(log,interval(0.5,12.2))": Numbers(1, 12, log=True, whole=True),
    "optimizer.lr=int(interval(1,3))": Numbers(1, 3, whole=True),
    "optimizer.lr=tag(log,int(interval(1,3)))": Numbers(1, 3, log=True, whole=True),
    "optimizer.lr=float(interval(1,3))": Numbers(1, 3),
    "trainer.epochs=range(1,10)": Numbers(1, 9, whole=True, step=1),
    "trainer.epochs=range(1,10,4)": Numbers(1, 9, whole=True, step=4),
    "trainer.epochs=range(9,0,-4)": Numbers(1, 9, whole=True, step=4),
    "init.scale=range(0.5,2,0.5)": Numbers(0.5, 1.5, step=0.5),
    "trainer.epochs=tag(log,range(1,10))": Numbers(1, 9, log=True, whole=True),
    "bn=true,false": Choices((True, False)),
    "optimizer.lr=0.1,1e-2": Choices((0.1, 0.01)),
    "optimizer.lr=choice(0.1,0.2)": Choices((0.1, 0.2)),
    "trainer.batch_size=choice(10,100)": Choices((10, 100)),
    "trainer.eval_every=null,5": Choices((None, 5)),
    "init.scale=1,true,0.5": Choices(("1", "true", "0.5")),  # Optuna cannot tell true from 1
    "init.scale=1,inf": Choices((1, "inf")),  # no JSON has it
    "model.activation='tanh','relu'": Choices(("'tanh'", "'relu'")),
    "model.hidden=[5],[50,50]": Choices(("[5]", "[50,50]")),
    "optimizer=sgd,adam": Choices(("sgd", "adam")),
    "optimizer=glob(ada*)": Choices(("adagrad", "adam", "adamw")),
}


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_is_what_is_searched(typed, space):
    assert space(typed).everywhere() == {typed.partition("=")[0]: TYPED[typed]}


MISTAKES = {
    "optimizer.lr=interval(1,0.1)": "the smaller first",
    "optimizer.lr=interval(1,1)": "the smaller first",
    "optimizer.lr=tag(log,interval(0,1))": "needs numbers > 0",
    "optimizer.lr=tag(lg,interval(1e-3,1))": "unknown tag lg; the only tag is log; did you mean log?",
    "optimizer=tag(lg,choice(sgd,adam))": "unknown tag lg",
    "optimizer.lr=tag(log,choice(0.1,1))": r"tag\(log, \.\.\.\) needs an interval or a range",
    "optimizer.lr=tag(log,range(10,100,10))": r"tag\(log, range\(.*\)\) needs integers in steps of 1; use an interval",
    "optimizer.lr=tag(log,range(0.5,4))": r"tag\(log, range\(.*\)\) needs integers in steps of 1; use an interval",
    "trainer.epochs=tag(log,range(0,9))": "needs numbers > 0",
    "trainer.epochs=tag(log,interval(-0.5,9))": "needs numbers > 0",
    "trainer.epochs=interval(10.2,10.8)": "contains no integer",
    "trainer.epochs=range(5,5)": "contains no number from 5 to 5",
    "trainer.epochs=range(1,5,0)": "needs a step other than 0",
    "init.scale=range(0.5,2,0.0)": "needs a step other than 0",
    "trainer.epochs=glob(*)": "cannot be searched",
    "optimizer.momentum=interval(0,1)": "no such setting; optimizer has lr",
    "optimizer.l=interval(0.1,1)": "no such setting; optimizer has lr; did you mean lr?",
    "optimzer.lr=0.1,1": "no such setting; the top level has bn, .*; did you mean optimizer?",
    "trainer.epoch=tag(log,interval(1,9))": "no such setting; trainer has .*; did you mean epochs?",
    "seed.more=1,2": "no such setting; seed has no settings",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_names_its_setting(typed, space):
    with pytest.raises(SettingError, match=MISTAKES[typed].replace("?", r"\?")) as caught:
        space(typed).everywhere()
    assert str(caught.value).startswith(f"{typed}: ")


def test_a_setting_of_no_option_that_is_searched_is_told_of_them_all(space):
    with pytest.raises(SettingError) as caught:
        space("optimizer=adam,momentum", "optimizer.l=1,2")
    has = "beta1, beta2, epsilon, epsilon_inside, lr, momentum"
    assert str(caught.value) == f"optimizer.l=1,2: no such setting; optimizer has {has}; did you mean lr?"


def test_values_keep_their_types_in_the_study_and_become_the_same_override_as_typed(space):
    typed = "trainer.eval_every=null,5", "bn=true,false", "optimizer.lr=0.1,1", "model.hidden=[5],[50,50]"
    made = space(*typed)
    values = {name: dimension.values[0] for name, dimension in made.within({}).items()}
    assert values == {"trainer.eval_every": None, "bn": True, "optimizer.lr": 0.1, "model.hidden": "[5]"}
    config = made.job(values, 0)
    assert config.overrides == ["trainer.eval_every=null", "bn=true", "optimizer.lr=0.1", "model.hidden=[5]"]
    assert config.name == "eval_every=null lr=0.1 hidden=[5] bn"
    assert (config.settings.trainer.eval_every, config.settings.bn, config.settings.model.hidden) == (None, True, [5])


def test_the_choices_of_an_older_study_are_text(space):
    made = space("bn=true,false", "optimizer.lr=0.1,1", "trainer.epochs=interval(1,9)")
    older = made.with_text(["bn"])
    assert older.everywhere() == made.everywhere() | {"bn": Choices(("true", "false"))}
    assert made.everywhere()["bn"] == Choices((True, False))
    assert older.job({"bn": "true"}, 0).settings.bn is True


def test_nothing_to_search_is_a_mistake(space):
    with pytest.raises(UserError, match="nothing to search over"):
        space("optimizer.lr=0.1", seed=3)


def test_the_command_line_wins_and_the_rest_is_passed_on(space):
    made = space("bn=true", "trainer.epochs=2", **{"bn": "true,false", "optimizer.lr": "interval(0,1)", "seed": "7"})
    assert made.names == ["optimizer.lr"]
    config = made.job({"optimizer.lr": 0.25}, 3)
    assert (config.settings.bn, config.settings.seed, config.settings.trainer.epochs) == (True, 7, 2)
    assert "optimizer.lr=0.25" in config.overrides


def test_settings_of_one_option_are_searched_only_with_it(space):
    made = space("optimizer=momentum,adam", "optimizer.momentum=interval(0.5,0.9)", "optimizer.beta1=0.8,0.9")
    assert made.groups() == {"optimizer": Choices(("momentum", "adam"))}
    assert made.combinations() == [{"optimizer": "momentum"}, {"optimizer": "adam"}]
    assert made.within({"optimizer": "momentum"}) == {"optimizer.momentum": Numbers(0.5, 0.9)}
    assert made.within({"optimizer": "adam"}) == {"optimizer.beta1": Choices((0.8, 0.9))}
    assert list(made.everywhere()) == ["optimizer", "optimizer.momentum", "optimizer.beta1"]


def test_a_setting_that_is_new_is_searched_everywhere(space):
    made = space("optimizer=sgd,adam", "+more=1,2")
    assert made.names == ["optimizer", "more"]
    assert all("+more" in made.within(chosen) for chosen in made.combinations())


@pytest.fixture(scope="module")
def made(space):
    return space("optimizer.lr=interval(1e-4,1)", "trainer.epochs=interval(1,9)", "bn=true,false")


@settings(max_examples=40)
@given(lr=st.floats(1e-300, 1e300), epochs=st.integers(1, 10**9), bn=st.sampled_from(["true", "false"]))
def test_values_arrive_in_the_configuration_to_the_last_digit(lr, epochs, bn, made):
    config = made.job({"optimizer.lr": lr, "trainer.epochs": epochs, "bn": bn}, 0)
    got = config.settings
    assert (got.optimizer.lr, got.trainer.epochs, got.bn) == (lr, epochs, bn == "true")
    shown = dict(part.split("=") for part in config.name.removesuffix(" bn").split())
    assert math.isclose(float(shown["lr"]), lr, rel_tol=5.001e-3)
    assert config.name.endswith(" bn") == (bn == "true")
