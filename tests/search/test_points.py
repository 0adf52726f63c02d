"""The points of a finite space."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from zerosweep.config.schemas import register
from zerosweep.config.space import Space
from zerosweep.places import CONF
from zerosweep.search.points import grid_of, number_of_points


@pytest.fixture(scope="module")
def space():
    register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", ["hydra.mode=MULTIRUN"], RunMode.MULTIRUN)
        yield lambda *arguments: Space(loader, master, {}, arguments)


def test_all_values_of_a_grid(space):
    made = space("optimizer=sgd,adam", "seed=range(1,10,4)", "init.scale=range(0.5,2,0.5)", "bn=true,false")
    grid = {"optimizer": ("sgd", "adam"), "seed": [1, 5, 9], "init.scale": [0.5, 1, 1.5], "bn": (True, False)}
    assert grid_of(made) == grid
    assert number_of_points(made) == 2 * 3 * 3 * 2


@pytest.mark.parametrize("endless", ["init.scale=interval(0.5,2)", "init.scale=tag(log,interval(0.5,2))"])
def test_an_interval_of_real_numbers_has_no_end(space, endless):
    made = space(endless, "bn=true,false")
    assert grid_of(made) is None
    assert number_of_points(made) is None


def test_settings_of_one_option_have_points_without_a_grid(space):
    made = space("optimizer=momentum,adam,sgd", "optimizer.momentum=0.5,0.9", "seed=interval(3,6)")
    assert grid_of(made) is None
    assert number_of_points(made) == 2 * 4 + 4 + 4


def test_integers_on_a_log_scale_are_counted_one_by_one(space):
    assert number_of_points(space("seed=tag(log,interval(1,9))")) == 9
