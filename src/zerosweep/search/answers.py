"""What a recorded run means to a study: its state, its values, its curve, the trials that it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import TrialState

from zerosweep.tracking.record import Recorded, curve


def ending(
    measured: Mapping[str, float], verdict: str, pruned: bool, metrics: Sequence[str], diverged_value: float | None
) -> tuple[TrialState, list[float] | None]:
    """The state that a trial ends in, and its values, one for each of `metrics`, where it is complete.

    Args:
        measured: The metrics of its run, by name; empty where the run failed.
        diverged_value: What each metric of a diverged run counts as; None where such a trial fails.
    """
    if pruned:
        return TrialState.PRUNED, None
    if verdict == "diverged" and diverged_value is not None:
        return TrialState.COMPLETE, [diverged_value] * len(metrics)
    if verdict == "diverged" or not measured.keys() >= set(metrics):
        return TrialState.FAIL, None
    return TrialState.COMPLETE, [measured[metric] for metric in metrics]


def evaluations(client: Any, run: Recorded, metric: str) -> dict[int, float]:
    """The metric's curve by step, as a worker reports it to the study: without step 0."""
    return {step: value for step, value in zip(*curve(client, run.run_id, metric), strict=True) if step}


def answers_tag(study: str) -> str:
    """The tag of a run with the numbers of further trials of the study that it answers, in the characters that MLflow allows."""
    return re.sub(r"[^\w.\- /:]", "_", f"trial.{study}")
