"""A plan follows from the seed and the number of its round, and every strike and scenario is drawn in some round."""

from tests.chaos.plan import STRIKES, plan
from tests.chaos.scenarios import SCENARIOS

CAN = frozenset({"disk", "dask", "server", "postgresql"})


def test_a_round_is_drawn_from_its_seed_and_number():
    assert plan(1, 5, CAN) == plan(1, 5, CAN)
    assert len({str(plan(seed, number, CAN).attempts) for seed in range(3) for number in range(3)}) == 9


def test_every_strike_and_every_scenario_comes():
    plans = [plan(0, number, CAN) for number in range(1500)]
    assert {drawn.scenario for drawn in plans} == set(SCENARIOS)
    assert {blow.strike for drawn in plans for each in drawn.attempts for blow in each.blows} == set(STRIKES)


def test_what_the_machine_has_not_is_not_drawn():
    for number in range(300):
        drawn = plan(0, number, frozenset())
        assert not drawn.scenario.services
        assert not any("disk" in STRIKES[blow.strike].needs for each in drawn.attempts for blow in each.blows)


def test_a_store_that_a_server_holds_open_is_not_spoilt():
    for number in range(500):
        drawn = plan(0, number, CAN)
        if "server" in drawn.scenario.services:
            assert not any("local" in STRIKES[blow.strike].needs for each in drawn.attempts for blow in each.blows)
