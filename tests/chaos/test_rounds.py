"""A complete round with real processes."""

import pytest
from tests.chaos import lanes
from tests.chaos.plan import Attempt, Blow, Plan
from tests.chaos.rounds import play
from tests.chaos.scenarios import SCENARIOS

THREE = (
    Attempt((Blow("SIGSTOP, SIGCONT parent", 0.0, line=1), Blow("kill -9 worker", 0.0, line=2)), 0),
    Attempt((Blow("kill -9 parent", 0.5),), 0),
)


@pytest.mark.long
@pytest.mark.slow
def test_a_grid_that_is_struck_three_times_comes_whole(tmp_path):
    ground = lanes.lay(tmp_path)
    grid = SCENARIOS[0]
    played = play(
        Plan(0, grid, True, THREE), 0, tmp_path / "round", ground.template, False, ground.undisturbed, ground.seconds
    )
    assert not played.broken, played.broken
    assert not played.findings, (played.findings, played.story)
    assert played.struck
    assert not (tmp_path / "round").exists()
