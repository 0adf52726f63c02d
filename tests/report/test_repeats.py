"""Statistics of repeats, against numbers from textbooks and numbers worked out by hand."""

import math
import warnings
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.report.repeats import MOST_LEVELS, Observation, differences, group, repeated, without_duplicates


def seeds(levels, values, **more):
    return [Observation(levels, str(seed), value, **more) for seed, value in enumerate(values)]


def pairs(before, after, factor="bn", levels=("false", "true")):
    return [
        observation
        for level, values in zip(levels, (before, after), strict=True)
        for observation in seeds({factor: level}, values)
    ]


def test_mean_and_interval_by_hand():
    # Mean 5, s² = (9 + 1 + 1 + 1 + 0 + 0 + 4 + 16) / 7, and t is 2.364624 for 7 degrees of freedom in every table.
    (found,) = group(seeds({}, [2, 4, 4, 4, 5, 5, 7, 9]))
    half = 2.364624 * math.sqrt(32 / 7) / math.sqrt(8)
    assert (found.n, found.diverged, found.missing) == (8, 0, 0)
    assert found.mean == pytest.approx(5)
    assert found.sd == pytest.approx(math.sqrt(32 / 7))
    assert found.interval == pytest.approx((5 - half, 5 + half), rel=1e-6)


def test_three_values_by_hand():
    (found,) = group(seeds({}, [1.0, 2.0, 3.0]))  # s = 1, t = 4.302653
    assert found.interval == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)), rel=1e-6)


SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)
"""Hours of sleep gained by ten patients with two drugs: the data of Student's paper of 1908."""


def test_the_paired_test_of_student():
    (found,) = differences(pairs(*SLEEP))
    assert (found.factor, found.a, found.b, found.seeds, found.lost) == ("bn", "false", "true", 10, 0)
    assert found.mean == pytest.approx(1.58)
    assert found.interval == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert found.p == pytest.approx(0.002833, abs=1e-6)
    assert found.corrected == found.p  # a single comparison


def test_a_difference_is_of_the_later_level_from_the_earlier():
    lr = pairs([1.0, 2.0], [4.0, 6.0], "optimizer.lr", ("0.1", "0.01"))
    (found,) = differences(lr)
    assert (found.a, found.b) == ("0.01", "0.1")
    assert found.mean == pytest.approx(-3.5)
    (switch,) = differences(list(reversed(pairs([1.0], [3.0]))))
    assert (switch.a, switch.b, switch.mean) == ("false", "true", pytest.approx(2))


def three_optimizers(added):
    """Return observations in which bn adds `added[optimizer][seed]`, while the optimizers are 10 apart."""
    return [
        Observation({"optimizer": optimizer, "bn": bn}, str(seed), 10.0 * base + seed + (more if bn == "true" else 0.0))
        for base, (optimizer, by_seed) in enumerate(added.items())
        for bn in ("true", "false")
        for seed, more in enumerate(by_seed)
    ]


def test_pairs_of_one_seed_count_once():
    # The means over the optimizers are 1, 2 and 3, of which s = 1 and t = 2 / (1 / sqrt 3) = 3.4641 with 2 degrees of
    # freedom. There p = 1 - t / sqrt(2 + t²) = 1 - sqrt(12 / 14), and the interval is 2 ± 4.302653 / sqrt 3. As nine
    # independent pairs they would have p < 0.001.
    observations = three_optimizers({"sgd": [0.9, 2.0, 3.1], "adam": [1.0, 1.9, 2.9], "rmsprop": [1.1, 2.1, 3.0]})
    observations.append(Observation({"optimizer": "sgd", "bn": "true"}, "7", 1000.0))  # a seed without a partner
    bn = next(found for found in differences(observations) if found.factor == "bn")
    assert (bn.a, bn.b, bn.seeds, bn.lost) == ("false", "true", 3, 0)
    assert bn.mean == pytest.approx(2)
    assert bn.interval == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)), rel=1e-6)
    assert bn.p == pytest.approx(1 - math.sqrt(12 / 14))


def test_a_seed_is_as_much_as_the_pairs_that_have_both_values():
    # Seed 0: (1 + 3) / 2, since adam's is lost; seed 1: 5; seed 2 has values on one side alone, and is lost.
    observations = three_optimizers({"sgd": [1.0, 5.0, 0.0], "adam": [0.0, 5.0, 0.0], "rmsprop": [3.0, 5.0, 0.0]})
    gone = {("adam", "0"), ("sgd", "2"), ("adam", "2"), ("rmsprop", "2")}
    observations = [
        replace(one, value=None) if one.levels["bn"] == "true" and (one.levels["optimizer"], one.seed) in gone else one
        for one in observations
    ]
    bn = next(found for found in differences(observations) if found.factor == "bn")
    assert (bn.seeds, bn.lost) == (2, 4)
    assert bn.mean == pytest.approx((2 + 5) / 2)


def test_combinations_of_one_seed_are_no_repeats():
    observations = three_optimizers({"sgd": [1.0], "adam": [2.0], "rmsprop": [6.0]})
    bn = next(found for found in differences(observations) if found.factor == "bn")
    assert (bn.seeds, bn.mean, bn.interval, bn.p) == (1, pytest.approx(3), None, None)


def test_the_correction_of_benjamini_and_hochberg():
    sets = [[0.1, 0.2, 0.15, 0.12], [0.5, 0.1, -0.2, 0.3], [0.9, 0.8, 0.85, 0.9]]
    levels = {"a": [0.0] * 4, **dict(zip("bcd", sets, strict=True))}
    observations = [o for level, values in levels.items() for o in seeds({"model": level}, values)]
    found = differences(observations)
    assert len(found) == 6
    by_p = sorted(found, key=lambda difference: difference.p)
    expected = [min(by_p[j].p * 6 / (j + 1) for j in range(i, 6)) for i in range(6)]
    assert [difference.corrected for difference in by_p] == pytest.approx([min(p, 1) for p in expected])


def test_a_single_seed_has_a_difference_and_no_test():
    (found,) = differences(pairs([1.0], [3.0]))
    assert (found.seeds, found.mean, found.interval, found.p, found.corrected) == (1, 2.0, None, None, None)


def test_all_differences_zero_speak_for_nothing():
    (found,) = differences(pairs([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]))
    assert (found.mean, found.interval, found.p, found.corrected) == (0.0, None, 1.0, 1.0)


def test_the_same_difference_everywhere_cannot_be_tested():
    (found,) = differences(pairs([0.9, 0.8, 0.7], [0.8, 0.7, 0.6]))  # equal but for rounding
    assert found.mean == pytest.approx(-0.1)
    assert (found.interval, found.p, found.corrected) == (None, None, None)


def test_equal_values_have_no_interval():
    (found,) = group(seeds({}, [0.1, 0.1, 0.1]))
    assert (found.n, found.mean, found.sd, found.interval) == (3, pytest.approx(0.1), 0.0, None)


def test_what_has_no_value_is_counted_and_in_no_mean():
    observations = [*seeds({}, [1.0, 3.0, None]), Observation({}, "9", None, diverged=True)]
    (found,) = group(observations)
    assert (found.n, found.diverged, found.missing, found.mean) == (2, 1, 1, 2.0)
    (none,) = group([Observation({}, "0", None, diverged=True)])
    assert (none.n, none.mean, none.sd, none.interval) == (0, None, None, None)


def test_a_pair_without_one_of_its_values_is_lost_and_counted():
    (found,) = differences(pairs([1.0, 2.0, None], [2.0, None, None]))
    assert (found.seeds, found.lost, found.mean) == (1, 1, 1.0)


def test_levels_that_never_meet_are_not_compared():
    observations = [Observation({"init.scale": str(i), "optimizer.lr": str(i)}, "0", float(i)) for i in range(5)]
    assert differences(observations) == []
    assert differences([]) == []


def test_a_factor_of_many_levels_is_not_compared_pair_by_pair():
    many = [o for i in range(MOST_LEVELS + 1) for o in seeds({"init.scale": str(i)}, [1.0, 2.0])]
    assert differences(many) == []
    assert len(differences(many[2:])) == MOST_LEVELS * (MOST_LEVELS - 1) / 2


def test_groups_are_in_the_order_of_the_runs():
    observations = [*seeds({"bn": "true"}, [1.0]), *seeds({"bn": "false"}, [2.0, 4.0]), *seeds({"bn": "true"}, [3.0])]
    assert [(found.levels, found.mean) for found in group(observations)] == [(("true",), 2.0), (("false",), 3.0)]


def test_whether_there_are_repeats():
    assert not repeated(group(pairs([1.0], [2.0])))
    assert repeated(group(pairs([1.0, 2.0], [2.0])))
    assert not repeated([])


def test_equal_levels_and_seed_count_once():
    observations = [Observation({"bn": "true"}, "0", 1.0), Observation({"bn": "true"}, "0", 2.0)]
    assert without_duplicates(observations) == observations[:1]


numbers = (
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.1, 1e300, -1e308, 5e-324])
)
observations = st.lists(
    st.builds(
        Observation,
        st.fixed_dictionaries({"bn": st.sampled_from(["true", "false"]), "model": st.sampled_from("abc")}),
        st.sampled_from("0123"),
        numbers,
        st.booleans(),
    )
)


@given(observations)
def test_any_values_are_described_without_a_warning(seen):
    seen = without_duplicates(seen)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        groups, found = group(seen), differences(seen)
    assert sum(g.n + g.diverged + g.missing for g in groups) == len(seen)
    for described in [*groups, *found]:
        assert described.mean is None or not math.isnan(described.mean)
        if described.interval is not None:
            low, high = described.interval
            assert low <= described.mean <= high
    for difference in found:
        assert (difference.p is None) == (difference.corrected is None)
        if difference.p is not None:
            assert 0 <= difference.p <= difference.corrected <= 1
        assert difference.seeds + difference.lost > 0


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=2, max_size=9))
def test_the_formula_of_student(values):
    before, after = [a / 8 for a, _ in values], [b / 8 for _, b in values]
    (found,) = differences(pairs(before, after))
    n, away = len(values), [b - a for a, b in zip(before, after, strict=True)]
    mean = sum(away) / n
    s = math.sqrt(sum((d - mean) ** 2 for d in away) / (n - 1))
    assert found.mean == pytest.approx(mean, abs=1e-9)
    t = (0, 12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004)[n - 1]
    if s > 1e-9:
        assert found.interval == pytest.approx(
            (mean - t * s / math.sqrt(n), mean + t * s / math.sqrt(n)), rel=1e-6, abs=1e-6 * (1 + s)
        )
    else:
        assert found.interval is None
        assert found.p == (1.0 if mean == 0 else None)
