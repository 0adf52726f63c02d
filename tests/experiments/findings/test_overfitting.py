"""The findings of E5, on made-up runs that reproduce them and on others that do not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from zerosweep.experiments.findings import overfitting
from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import judge
from zerosweep.tracking.record import Recorded

STEPS = 101

PUBLISHED = {  # train and test accuracy at the end, and how many evaluations it takes to get there
    "none": (1.0, 0.77, 10),
    "l2": (0.94, 0.74, 15),
    "l1": (0.95, 0.75, 20),
    "dropout": (0.97, 0.76, 60),
    "dropout_l1": (0.93, 0.76, 30),
}
NEAR_ZERO = {"l1": (0.012, 0.4), "l2": (0.012, 0.03), "dropout_l1": (0.012, 0.2)}


def rising(end: float, evaluations: int) -> list[float]:
    return [end * min(i / evaluations, 1) for i in range(STEPS)]


def evidence(changes=None, near_zero=None, seeds=1) -> Evidence:
    """Return runs with the published numbers by either way, except for the changes."""
    ends, runs, curves = PUBLISHED | (changes or {}), [], {}
    for (name, end), way in itertools.product(ends.items(), overfitting.WAYS):
        marks = {key.replace("__", "."): str(level) for key, level in overfitting.WAYS[way][name].items()}
        for seed in range(seeds if end and (name != "none" or way == "ours") else 0):
            run_id = f"{name}/{way}/{seed}"
            params = {"regularizer": name, "regularizer.dropout_scaling": "train", "trainer.frozen": "[]"} | marks
            runs.append(Recorded(run_id, "1", name, "FINISHED", 0.0, 1.0, params, {}, {}))
            train, test, evaluations = end
            curves[run_id, "train/accuracy"] = rising(train, evaluations)
            curves[run_id, "test/accuracy"] = rising(test, evaluations)
            if name in (shares := NEAR_ZERO | (near_zero or {})):
                curves[run_id, "weights/near_zero"] = np.linspace(*shares[name], STEPS).tolist()

    def curve(run_id: str, metric: str):
        values = curves.get((run_id, metric), [])
        return list(range(len(values))), values

    return Evidence(runs, curve, lambda run_id, name: {})


def verdict(finding, **made) -> str:
    return judge([finding], evidence(**made))[0].reproduced


BY_HEART = overfitting.the_training_images_are_learnt_by_heart
L2, L1, SLOWER, FASTER, RISES, LESS = (
    getattr(overfitting, name)["ours"]
    for name in (
        "l2_narrows_the_gap_a_little",
        "l1_drives_weights_to_zero",
        "dropout_learns_more_slowly",
        "dropout_with_l1_is_faster_than_dropout",
        "dropout_with_l1_is_not_saturated",
        "dropout_with_l1_overfits_less",
    )
)

CASES = {
    "as published": [(one, {}, "yes") for one in (BY_HEART, L2, L1, SLOWER, FASTER, LESS)],
    "not by heart": [(BY_HEART, {"none": (0.98, 0.77, 10)}, "no")],
    "it generalizes": [(BY_HEART, {"none": (1.0, 0.83, 10)}, "no")],
    "nearly as published": [(BY_HEART, {"none": (0.996, 0.73, 10)}, "yes"), (L2, {"l2": (0.97, 0.75, 15)}, "yes")],
    "L2 widens the gap": [(L2, {"l2": (0.98, 0.7, 15)}, "no")],
    "L2 closes the gap": [(L2, {"l2": (0.9, 0.78, 15)}, "no")],
    "L2 learns little": [(L2, {"l2": (0.8, 0.7, 15)}, "no")],
    "dropout is as fast": [(SLOWER, {"dropout": (1.0, 0.8, 9)}, "no")],
    "both are slower": [(FASTER, {"dropout_l1": (0.93, 0.76, 80)}, "no")],
    "both overfit more": [(LESS, {"dropout_l1": (1.0, 0.76, 30)}, "no")],
    "still rising": [(RISES, {"dropout_l1": (0.93, 0.76, 100)}, "yes")],
    "saturated": [(RISES, {"dropout_l1": (0.93, 0.76, 50)}, "no")],
    "none rises more": [(RISES, {"dropout_l1": (0.93, 0.7, 100), "none": (1.0, 0.9, 100)}, "no")],
    "not run": [(BY_HEART, {"none": None}, "not measured"), (FASTER, {"dropout": None}, "not measured")],
}


@pytest.mark.parametrize("cases", CASES.values(), ids=CASES.keys())
def test_what_is_taken_for_reproduced(cases):
    for finding, changes, expected in cases:
        assert verdict(finding, changes=changes) == expected


@pytest.mark.parametrize(
    ("near_zero", "expected"),
    [
        ({"l1": (0.012, 0.11)}, "yes"),
        ({"l1": (0.012, 0.09)}, "no"),
        ({"l1": (0.3, 0.3)}, "no"),
        ({"l1": (0.012, 0.4), "l2": (0.012, 0.5)}, "no"),
    ],
)
def test_a_part_of_the_weights_is_a_tenth_that_l1_alone_brings_there(near_zero, expected):
    assert verdict(L1, near_zero=near_zero) == expected


def test_numbers_are_shown():
    (judged,) = judge([BY_HEART], evidence())
    assert judged.seen == "train 1.000, test 0.770, gap 0.230"


def test_of_several_seeds_the_mean_counts():
    assert verdict(FASTER, seeds=3) == "yes"
    made = evidence(seeds=2)
    course = overfitting.course(made, "none", "ours")
    assert course.speed == pytest.approx(np.mean(rising(1.0, 10)))


def test_a_curve_that_swings_falls_more_than_any_other():
    made = evidence()
    assert judge([overfitting.l1_swings["published"]], made)[0].reproduced == "no"
    swinging = {name: [*values] for name, values in {"l1": rising(0.95, 20)}.items()}["l1"]
    swinging[50::4] = [0.5] * len(swinging[50::4])
    read = made.read_curve
    changed = replace(made, read_curve=lambda run, metric: (
        (list(range(STEPS)), swinging) if (run.startswith("l1/") and metric == "train/accuracy") else read(run, metric)
    ))  # fmt: skip
    assert judge([overfitting.l1_swings["published"]], changed)[0].reproduced == "yes"
