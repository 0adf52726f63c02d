"""The findings of E1 about weight scales, on made-up accuracies."""

import pytest
from tests.experiments.findings.conftest import Runs

from zerosweep.experiments.findings.weight_scale import bn_is_ahead, bn_keeps_a_spread, nothing_is_learnt_without_bn
from zerosweep.report.finding import judge

CHANCE, LEARNT = [0.1, 0.1], [0.1, 0.9]


@pytest.fixture
def said(recorded, evidence):
    """Judge a finding: `said(finding, {scale: (curve with BN, curve without)}, diverged)`."""

    def make(finding, accuracies, diverged=()):
        runs, curves = [], {}
        for scale, pair in accuracies.items():
            for bn, curve in zip(("true", "false"), pair, strict=True):
                verdict = "diverged" if bn == "false" and scale in diverged else "learned"
                params = {"init.scale": str(scale), "bn": bn}
                run = recorded(params, curve[-1], metric="train/accuracy", verdict=verdict)
                runs.append(run)
                curves[run.run_id, "train/accuracy"] = curve
        (judged,) = judge([finding], evidence(runs, curves))
        return judged

    return make


def test_bn_is_ahead_but_for_the_two_exceptions(said):
    ahead, behind = (LEARNT, CHANCE), (CHANCE, LEARNT)
    accuracies = {1.0: ahead, 0.293: behind, 0.158: behind, 0.01: ahead}
    assert said(bn_is_ahead, accuracies).reproduced == "yes"
    judged = said(bn_is_ahead, accuracies | {0.01: behind})
    assert judged.reproduced == "no"
    assert "0.01 (0.10 against 0.50)" in judged.seen
    assert said(bn_is_ahead, accuracies | {0.158: ahead}).reproduced == "no"


def test_nothing_is_learnt_without_bn_at_scales_that_do_not_fit(said):
    fits, fails = (LEARNT, LEARNT), (LEARNT, CHANCE)
    accuracies = {1.0: (LEARNT, LEARNT), 0.541: fails, 0.158: fits, 0.0251: fails}
    judged = said(nothing_is_learnt_without_bn, accuracies, diverged=[1.0])
    assert (judged.reproduced, judged.seen) == ("yes", "at most 0.10 there; learnt at 0.158 to 0.158; diverged at 1")
    assert said(nothing_is_learnt_without_bn, accuracies).reproduced == "no"
    assert said(nothing_is_learnt_without_bn, accuracies | {0.0251: fits}, diverged=[1.0]).reproduced == "no"


@pytest.mark.parametrize("finding", [bn_is_ahead, nothing_is_learnt_without_bn])
@pytest.mark.parametrize("scales", [(0.293, 0.158), (1.0, 0.293, 0.158), (0.293, 0.158, 0.01)])
def test_without_scales_on_either_side_of_the_window_nothing_is_said(said, finding, scales):
    judged = said(finding, dict.fromkeys(scales, (CHANCE, LEARNT)))
    assert judged.reproduced == "not measured"
    assert judged.seen.startswith(f"weight scales from {min(scales):g} to {max(scales):g} only")


def test_no_accuracy_is_shown_where_all_diverged(said):
    judged = said(nothing_is_learnt_without_bn, {1.0: (LEARNT, CHANCE), 0.01: (LEARNT, CHANCE)}, diverged=[1.0, 0.01])
    assert judged.seen == "no run stayed finite there; learnt nowhere; diverged at 0.01, 1"


def test_a_narrowed_sweep_is_not_judged(recorded, evidence):
    runs = [recorded({"init.scale": scale, "bn": "true"}, 0.9, metric="train/accuracy") for scale in ("1.0", "0.01")]
    (judged,) = judge([nothing_is_learnt_without_bn], evidence(runs))
    assert (judged.reproduced, judged.seen) == ("not measured", "no run with init.scale=0.01 bn=false")


@pytest.mark.parametrize(("stds", "reproduced"), [((0.5, 1.4), "yes"), ((0.01, 1.4), "no"), ((0.5, 20.0), "no")])
def test_a_spread_is_kept_at_every_scale(stds, reproduced):
    runs = Runs().add({"activation_std/hidden5": [1e-9]}, bn=False, init__scale=0.01)
    for scale, std in zip((1.0, 0.01), stds, strict=True):
        runs.add({"activation_std/hidden5": [std]}, bn=True, init__scale=scale)
    assert runs.judge(bn_keeps_a_spread).reproduced == reproduced
