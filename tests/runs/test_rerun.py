"""The command `rerun=<run id>`: repeating a recorded run and comparing the metrics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.runs.rerun import MetricDifference, compare
from zerosweep.tracking.store import open_store

RUN = (
    "optimizer=momentum",
    "regularizer=dropout",
    "model.hidden=[20,10]",
    "trainer.iterations=15",
    "trainer.eval_every=5",
)


@pytest.fixture
def recorded(train, runs):
    result = train(*RUN, "tracking.figures=false")
    assert result.returncode == 0, result.stderr
    return runs()[0]


@pytest.mark.slow
def test_a_run_again_is_identical(recorded, train, runs):
    result = train(f"rerun={recorded.info.run_id}")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].startswith("identical to ")
    again, first = runs()
    assert again.data.tags["rerun_of"] == first.info.run_id
    assert again.data.tags["config_id"] == first.data.tags["config_id"]
    differing = {name for name in first.data.params if first.data.params[name] != again.data.params.get(name)}
    assert differing <= {"tracking.run_name"}


@pytest.mark.slow
def test_other_numbers_are_told_by_their_first_step(recorded, train, store):
    client = open_store(store)
    client.log_metric(recorded.info.run_id, "val/accuracy", 0.125, step=10, timestamp=2**42)
    result = train(f"rerun={recorded.info.run_id}")
    assert result.returncode == 1
    assert "first val/accuracy at step 10: 0.125 before, " in result.stdout
    assert result.stderr == ""


@pytest.mark.slow
def test_other_code_is_warned_of(recorded, train, store):
    open_store(store).set_tag(recorded.info.run_id, "code_id", "of another version")
    result = train(f"rerun={recorded.info.run_id}")
    assert result.returncode == 0
    assert "warning: the code, or NumPy's version, has changed since" in result.stdout


MISTAKES = {
    "no such run": (["rerun=0123456789abcdef"], "rerun=0123456789abcdef: is no run of this store"),
    "another setting": (["rerun={}", "optimizer=adam"], "optimizer=adam: cannot be set with rerun"),
    "a sweep": (["-m", "rerun={}", "seed=0,1"], "rerun={}: is for one run; leave out -m"),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(mistake, recorded, train, runs):
    arguments, begins = MISTAKES[mistake]
    result = train(*(word.format(recorded.info.run_id) for word in arguments))
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(begins.format(recorded.info.run_id))
    assert len(runs()) == 1


CURVES = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.dictionaries(st.integers(0, 9), st.floats(allow_nan=False), min_size=1)
)


@given(CURVES)
def test_curves_are_the_same_as_themselves(curves):
    assert compare(curves, curves) is None


@given(CURVES, CURVES)
def test_the_first_difference_is_one_and_the_first(before, after):
    found = compare(before, after)
    flat = [
        {(step, name): value for name, curve in side.items() for step, value in curve.items()}
        for side in (before, after)
    ]
    places = sorted(place for place in flat[0].keys() | flat[1].keys() if flat[0].get(place) != flat[1].get(place))
    expected = [MetricDifference(*place, flat[0].get(place), flat[1].get(place)) for place in places]
    assert found == (expected[0] if expected else None)
