"""How much of a plane learns, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.config.space import Choices, Numbers
from zerosweep.sweep.search.area import share_of_plane, shares, unit

PLACES = st.tuples(st.floats(0, 1), st.floats(0, 1))


@pytest.mark.parametrize(
    ("points", "good", "share"),
    [
        ([(0.3, 0.3)], [True], 1),
        ([(0.3, 0.3)], [False], 0),
        ([(0.25, 0.5), (0.75, 0.5)], [True, False], 0.5),  # the border is half-way
        ([(0, 0.5), (0.5, 0.5), (1, 0.5)], [False, True, False], 0.5),
        ([(0, 0), (1, 1)], [True, False], 0.5),  # along the diagonal
        ([(0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75)], [True, False, False, False], 0.25),
        ([(0.2, 0.5), (0.9, 0.5), (0.9, 0.5)], [True, False, True], 0.55),  # the first of two in one place
    ],
)
def test_by_hand(points, good, share):
    assert share_of_plane(np.array(points, float), np.array(good)) == pytest.approx(share, abs=0.003)


def test_many_trials_in_one_corner_do_not_make_it_larger():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 0.5, (500, 2))  # where a search has found something: a quarter of the plane
    rest = np.array([(x, y) for x in np.linspace(0.025, 0.975, 20) for y in np.linspace(0.025, 0.975, 20)])
    rest = rest[(rest > 0.5).any(axis=1)]
    points = np.concatenate([corner, rest])
    good = (points < 0.5).all(axis=1)
    assert good.mean() > 0.6
    assert share_of_plane(points, good) == pytest.approx(0.25, abs=0.02)


@given(st.lists(st.tuples(PLACES, st.booleans()), min_size=1, max_size=20, unique_by=lambda one: one[0]))
def test_what_is_not_good_is_the_rest(tried):
    points, good = np.array([place for place, _ in tried]), np.array([flag for _, flag in tried])
    share = share_of_plane(points, good, grid=20)
    assert 0 <= share <= 1
    assert share + share_of_plane(points, ~good, grid=20) == pytest.approx(1)


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.zeros(2), np.zeros((2, 3)), np.zeros((3, 2))])
def test_other_shapes_are_refused(points):
    with pytest.raises(ValueError, match="needs n > 0 points"):
        share_of_plane(points, np.zeros(2, bool)[: len(points)])


def test_a_place_by_orders_of_magnitude():
    assert unit(Numbers(1e-4, 1, log=True), 1e-3) == pytest.approx(0.25)
    assert unit(Numbers(-1, 3), 2) == pytest.approx(0.75)


LR, SCALE, BN = Numbers(1e-4, 1, log=True), Numbers(0, 10), Choices(("true", "false"))

TRIED = [
    ({"lr": 1e-3, "scale": 5, "bn": "true"}, True),
    ({"lr": 1e-1, "scale": 5, "bn": "true"}, False),
    ({"lr": 1e-2, "scale": 5, "bn": "false"}, False),
]


def test_a_share_for_each_option():
    assert shares({"lr": LR, "bn": BN, "scale": SCALE}, TRIED) == pytest.approx({"bn=true": 0.5, "bn=false": 0})
    without = [({"lr": params["lr"], "scale": 5}, good) for params, good in TRIED[:2]]
    assert shares({"lr": LR, "scale": SCALE}, without) == pytest.approx({"": 0.5})


@pytest.mark.parametrize(
    ("dimensions", "tried"),
    [
        ({"lr": LR, "scale": SCALE, "bn": BN}, TRIED[:2]),  # an option that was not tried
        ({"lr": LR, "scale": SCALE, "bn": BN}, [*TRIED, ({"lr": 1e-3, "bn": "true"}, True)]),  # not in the plane
        ({"lr": LR, "bn": BN}, TRIED),
        ({"lr": LR, "scale": SCALE, "bn": BN, "seed": Choices(("1", "2"))}, TRIED),
        ({"lr": LR, "scale": SCALE, "more": SCALE}, TRIED),
        ({"lr": LR, "scale": SCALE}, []),
    ],
)
def test_no_shares_of_what_is_no_plane(dimensions, tried):
    assert shares(dimensions, tried) == {}
