"""An owner that lives is never taken for dead, and one that is dead always is, whatever the store does meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from zerosweep.tracking.watching import Timing, Watch

TIMING = Timing()


@st.composite
def outages(draw):
    """Sorted intervals in which the store answers nobody, as (begin, end)."""
    found, now = [], 0.0
    for _ in range(draw(st.integers(0, 5))):
        begin = now + draw(st.floats(0.1, 200))
        now = begin + draw(st.floats(0.1, 300))
        found.append((begin, now))
    return found


def answered(moment, intervals, retry):
    """When a call that begins at `moment` is answered, if it is repeated after `retry` seconds while the store is away."""
    while away := next((end for begin, end in intervals if begin <= moment < end), None):
        moment += retry * (1 + int((away - moment) / retry))
    return moment


def story(intervals, dies, owners_delay, readers_delay, until=1500.0):
    """When the watch of another machine finds the owner dead; None if it does not until the end.

    The owner writes at once when it may, and again a second after an attempt that failed. The reader does the same.
    """
    writes, now = [0.0], 0.0
    while now < min(dies, until):
        now = answered(now + TIMING.beat + owners_delay, intervals, 1.0)
        if now < dies:
            writes.append(now)
    watch, now = Watch(TIMING.lease, TIMING.gap), 0.0
    while now < until:
        asked = answered(now, intervals, 1.0)
        value = sum(write <= asked for write in writes)
        if watch.see({"owner": str(value)}, asked, asked + readers_delay):
            return asked
        now = asked + readers_delay + TIMING.reading
    return None


DELAYS = st.floats(0, TIMING.timeout)


@given(outages(), DELAYS, DELAYS)
def test_who_lives_is_never_taken_for_dead(intervals, owners_delay, readers_delay):
    assert story(intervals, float("inf"), owners_delay, readers_delay) is None


@given(outages(), st.floats(1, 400), DELAYS, st.floats(0, 1))
def test_who_is_dead_is_found_within_a_minute_in_which_the_store_answers(intervals, dies, owners_delay, readers_delay):
    found = story(intervals, dies, owners_delay, readers_delay, until=5000.0)
    assert found is not None
    last = max([dies, *(end for begin, end in intervals if begin < found)])
    assert dies < found <= last + 60


def test_a_value_that_appears_later_is_watched_from_then_on():
    watch = Watch(lease=40, gap=15)
    for moment in range(0, 40, 5):
        assert not watch.see({"first": "1"}, moment, moment)
    assert watch.see({"first": "1", "second": "1"}, 40, 40) == {"first"}
    assert not watch.see({"second": "1"}, 45, 45)
