"""Made-up runs of E6, with the traces of their units."""

from __future__ import annotations

import numpy as np

from zerosweep.report.evidence import Evidence
from zerosweep.report.finding import JudgedFinding, judge
from zerosweep.tracking.record import Recorded


def run(lr, accuracy=0.1, verdict="learned", at=None, arrays=None, steps=600, **params):
    """Return a run and the arrays of its trace; `at` is the mini-batch where it diverged, if it did."""
    params = {"optimizer.lr": str(lr), "seed": "20170523"} | {name: str(value) for name, value in params.items()}
    tags = {"verdict": "diverged", "diverged_at": str(at)} if at else {"verdict": verdict}
    metrics = {"train/accuracy": accuracy, "time/steps": at or steps}
    run_id = "/".join(params.values())
    return Recorded(run_id, "1", "", "FINISHED", 0.0, 1.0, params, metrics, tags), arrays or {}


def seeds(lr, *ats, **same):
    """Return a run for each mini-batch at which one diverges; None for one that stays finite."""
    return [run(lr, at=at, seed=seed, **same) for seed, at in enumerate(ats)]


def judged(finding, *runs) -> JudgedFinding:
    kept = {one.run_id: arrays for one, arrays in runs}
    assert len(kept) == len(runs), "each run has an id of its own"
    evidence = Evidence([one for one, _ in runs], lambda *_: ([], []), lambda run_id, _: kept[run_id])
    (found,) = judge([finding], evidence)
    return found


def layer(still, units=64, steps=120, ends=10, end=-1.0):
    """Return the trace of a layer that moves at random, of which the first `still` units stop at mini-batch `ends`.

    From there on they are at `end`, and the others are above zero.
    """
    weights = np.abs(np.random.default_rng(0).standard_normal((steps, units))) + 0.1
    weights[ends - 1 :, :still] = end
    return {"hidden_weight": weights, "hidden_bias": weights / 10}
