"""The ranking goes by means over repeats, and says nothing that the runs do not show."""

from dataclasses import replace

from zerosweep.config.schemas import Objective
from zerosweep.report.conclusion import conclusion
from zerosweep.report.description import best_line, lines, ranking_table
from zerosweep.report.results import analyse
from zerosweep.tracking.record import Recorded


def run(value, verdict="learned", tags=None, **params):
    """A recorded run with a final validation accuracy; a diverged one has none."""
    metrics = {} if value is None else {"val/accuracy": value}
    name = " ".join(map(str, params.values()))
    tags = {"role": "run", "verdict": verdict, **(tags or {})}
    return Recorded(
        f"id-{name}", "1", name, "FINISHED", 0.0, 1.0, {k: str(v) for k, v in params.items()}, metrics, tags
    )


def repeats(**values):
    """Runs of each optimizer, a value for each seed."""
    return [run(x, "diverged" if x is None else "learned", optimizer=name, seed=seed) for name, xs in values.items() for seed, x in enumerate(xs)]  # fmt: skip


def test_the_mean_ranks_and_not_one_lucky_seed():
    results = analyse(repeats(sgd=[0.5, 0.99, 0.5], adam=[0.8, 0.8, 0.81]), Objective())
    assert [standing.levels["optimizer"] for standing in results.ranking] == ["adam", "sgd"]
    assert results.ranking[0].value == (0.8 + 0.8 + 0.81) / 3
    assert best_line(results) == "best: val/accuracy=0.8033 with adam, the mean of 3 runs"


def test_survivors_are_not_averaged_without_those_that_diverged():
    results = analyse(repeats(sgd=[0.5, 0.6], adam=[0.9, None]), Objective())
    best, other = results.ranking
    assert (best.levels["optimizer"], other.levels["optimizer"]) == ("sgd", "adam")
    assert (other.place, other.value, other.diverged, other.verdicts) == (None, None, 1, "1 learned, 1 diverged")
    assert "not compared, as runs without a value are missing on one side: optimizer: sgd and adam" in conclusion(
        results
    )


def test_smaller_is_better_where_the_objective_says_so():
    results = analyse([run(0.2, bn="true"), run(0.1, bn="false")], Objective("val/accuracy", "minimize"))
    assert [standing.levels["bn"] for standing in results.ranking] == ["false", "true"]


def test_ties_share_a_place_and_are_named():
    runs = [run(0.5, optimizer="sgd"), run(0.9, optimizer="adam"), run(0.9, optimizer="adamw")]
    results = analyse(runs, Objective())
    assert [standing.place for standing in results.ranking] == [1, 1, 3]
    assert best_line(results).endswith("; equal: adamw")


def test_one_seed_claims_nothing():
    results = analyse([run(0.5, optimizer="sgd", bn="true"), run(0.9, optimizer="adam", bn="true")], Objective())
    assert results.differences == []
    assert conclusion(results)[0].startswith("one seed: differences may be chance")
    assert "one learning rate" in conclusion(results)[1]


def test_a_significant_difference_names_the_better_level_first():
    results = analyse(repeats(sgd=[0.5, 0.52, 0.51], adam=[0.9, 0.93, 0.91]), Objective())
    claim = conclusion(results)[0]
    # by hand: differences 0.40, 0.41, 0.40; mean 0.40333, sd 0.0057735, t(2) = 4.3027 → half-width 0.01434
    assert claim.startswith("optimizer: adam > sgd by 0.4033 [0.389, 0.4177], p = ")
    assert claim.endswith(" in val/accuracy")


def test_a_difference_that_may_be_chance_is_a_tie():
    results = analyse(repeats(sgd=[0.5, 0.9, 0.6], adam=[0.6, 0.5, 0.8]), Objective())
    assert "no significant difference: sgd and adam (optimizer)" in conclusion(results)


def test_failures_are_counted_by_what_to_try_with_layer_step_and_whether_it_was_tried():
    stuck = {"mechanism": "collapsed", "remedy": "init=he", "failed_layer": "hidden2", "failed_at": "0"}
    later = stuck | {"failed_layer": "hidden5", "failed_at": "12"}
    runs = [run(0.1, "stuck", stuck, seed=1), run(0.1, "stuck", later, seed=2), run(None, "diverged", seed=3)]
    assert [each.line for each in analyse(runs, Objective()).explanations] == [
        "2 stuck: collapsed in hidden2 to hidden5 from step 0 to 12; try init=he",
        "1 diverged",
    ]
    tried = {runs[0].run_id: run(0.9, seed=4), runs[1].run_id: run(0.1, "stuck", seed=5)}
    explained = analyse(runs, Objective(), tried=tried).explanations[0]
    assert explained.verified == "tried on 2 of them: it helped in 1"
    assert "the signal" in explained.meaning


def test_several_objectives_give_the_front_first():
    def trial(name, accuracy, seconds):
        found = run(accuracy, optimizer=name)
        return replace(found, metrics={**found.metrics, "time/seconds": seconds})

    runs = [trial("sgd", 0.9, 9.0), trial("adam", 0.8, 1.0), trial("adamw", 0.85, 9.5), trial("rmsprop", 0.7, 2.0)]
    results = analyse(runs, Objective(), others={"time/seconds": "minimize"})
    # by hand: adamw is worse than sgd in both, rmsprop worse than adam in both
    assert [(each.levels["optimizer"], each.place) for each in results.ranking] == [
        ("sgd", 1),
        ("adam", 1),
        ("adamw", None),
        ("rmsprop", None),
    ]
    rows = [line.split() for line in ranking_table(results).splitlines()]
    assert rows[1] == ["front", "sgd", "0.9", "9", "learned"]
    assert best_line(results) == (
        "front of val/accuracy and time/seconds: 2 combinations that none beats in all; "
        "val/accuracy=0.9 with sgd; time/seconds=1 with adam"
    )


def test_the_terminal_shows_ten_and_counts_the_others():
    runs = [run(i / 100, **{"optimizer.lr": 0.0123456 + i}) for i in range(12)]
    results = analyse(runs, Objective())
    table = ranking_table(results).splitlines()
    assert len(table) == 11
    assert table[0].split() == ["optimizer.lr", "val/accuracy", "verdict"]
    assert table[1].split() == ["1", "11", "0.11", "learned"]
    assert "… 2 more in the report" in lines(results)
