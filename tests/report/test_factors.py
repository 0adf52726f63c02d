"""Finding the settings that varied, and those that follow from them."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.report.factors import find_factors, levels
from zerosweep.tracking.record import Recorded

RATES = {"sgd": "0.01", "adam": "0.001"}


def test_a_grid_has_its_settings(run):
    runs = [run({"optimizer": o, "bn": b, "model": "mlp"}) for o, b in product(("sgd", "adam"), ("true", "false"))]
    assert find_factors(runs).names == ("optimizer", "bn")


def test_nothing_varied(run):
    assert find_factors([run({"bn": "true"})]).names == ()
    assert find_factors([]).names == ()


def test_a_choice_is_named_before_the_settings_of_groups(run):
    runs = [run({"init.scale": s, "bn": b, "model": m}) for s in "123" for b in ("true", "false") for m in "ab"]
    assert find_factors(runs).names == ("model", "bn", "init.scale")


def test_the_seed_repeats_and_is_no_factor(run):
    assert find_factors([run({"seed": str(seed)}) for seed in range(3)]).names == ()


@pytest.mark.parametrize(
    "name",
    ["tracking.run_name", "objective.metric", "report.y", "plan", "reuse", "rerun", "dataset.dir", "dataset.path"],
)
def test_what_changes_no_number_is_no_factor(run, name):
    runs = [run({name: value, "bn": value}) for value in ("true", "false")]
    assert find_factors(runs).names == ("bn",)


@pytest.mark.parametrize("swept", [(), ("dataset.path",)])
def test_a_place_is_a_factor_where_each_has_data_of_its_own(run, swept):
    def runs(*places_and_data):
        return [replace(run({"dataset.path": place}), tags={"data_id": data}) for place, data in places_and_data]

    assert find_factors(runs("ab", "cd"), swept).names == ("dataset.path",)
    assert find_factors(runs("aa", "ba"), swept).names == ()  # the same file in two places
    assert find_factors(runs("aa", "ba", "cc"), swept).names == ()


def test_what_an_option_brings_along_follows_from_it(run):
    runs = [run({"optimizer": name, "optimizer.lr": rate}) for name, rate in RATES.items()]
    found = find_factors(runs)
    assert found.names == ("optimizer",)
    assert found.follows == {"optimizer.lr": "optimizer"}


def test_what_only_one_option_has_is_not_worth_a_word(run):
    runs = [run({"optimizer": "sgd"}), run({"optimizer": "adam", "optimizer.beta1": "0.9"})]
    found = find_factors(runs)
    assert (found.names, dict(found.follows)) == (("optimizer",), {})


def test_a_setting_of_one_option_that_varied_is_a_factor(run):
    runs = [run({"optimizer": "sgd"}), *(run({"optimizer": "adam", "optimizer.beta1": b}) for b in ("0.9", "0.8"))]
    assert find_factors(runs).names == ("optimizer", "optimizer.beta1")
    assert levels(runs, "optimizer.beta1") == ["", "0.9", "0.8"]


def test_a_rate_that_varied_within_an_optimizer_is_a_factor(run):
    runs = [run({"optimizer": o, "optimizer.lr": lr}) for o in RATES for lr in ("0.1", "0.01")]
    assert find_factors(runs).names == ("optimizer", "optimizer.lr")


def test_a_task_without_a_network_leaves_the_other_groups_out(run):
    runs = [run({"task": "surface"}), run({"task": "classification", "dataset": "digits", "model": "mlp"})]
    assert find_factors(runs).names == ("task",)


def test_a_random_search_varied_everything_that_it_drew(run):
    runs = [run({"optimizer.lr": f"0.{i}1", "init.scale": f"1.{i}"}) for i in range(20)]
    assert find_factors(runs).names == ("optimizer.lr", "init.scale")


def test_two_settings_that_always_went_together_are_one_factor(run):
    pairs = [("1", "100"), ("2", "200"), ("3", "300")]
    runs = [run({"trainer.batch_size": b, "trainer.epochs": e, "bn": bn}) for e, b in pairs for bn in ("true", "false")]
    found = find_factors(runs)
    assert found.names == ("bn", "trainer.batch_size")
    assert found.follows == {"trainer.epochs": "trainer.batch_size"}


def test_two_runs_that_differ_in_two_choices_tell_both(run):
    runs = [run({"optimizer": "sgd", "bn": "true"}), run({"optimizer": "adam", "bn": "false"})]
    assert find_factors(runs).names == ("optimizer", "bn")


def test_what_was_swept_is_taken_at_its_word_and_order(run):
    runs = [run({"bn": b, "optimizer": o, "optimizer.lr": r}) for b in ("true", "false") for o, r in RATES.items()]
    swept = ["optimizer.lr", "seed", "bn", "model", "tracking.figures", "optimizer", "bn"]
    assert find_factors(runs, swept).names == ("optimizer.lr", "bn", "optimizer")


def test_levels_are_in_the_order_of_figures(run):
    runs = [
        run({"a": a, "b": b, "c": c})
        for a, b, c in zip(("10", "9", "1e1"), ("false", "true", "true"), "zyz", strict=True)
    ]
    assert levels(runs, "a")[0] == "9"
    assert levels(runs, "b") == ["true", "false"]
    assert levels(runs, "c") == ["z", "y"]


params = st.dictionaries(st.sampled_from(["optimizer", "bn", "init.scale", "model.hidden"]), st.sampled_from("123"))


@given(st.lists(params, max_size=8))
def test_what_varied_is_a_factor_or_follows_from_one_or_belongs_to_an_option(settings):
    runs = [Recorded(str(i), "1", "", "FINISHED", i, 0.1, given, {}, {}) for i, given in enumerate(settings)]
    found = find_factors(runs)
    for name in ("optimizer", "bn", "init.scale", "model.hidden"):
        varied = len(levels(runs, name)) > 1
        assert (
            (name in found.names or name in found.follows or "" in levels(runs, name))
            if varied
            else (name not in found.names and name not in found.follows)
        )
    assert set(found.follows.values()) <= set(found.names)
