"""From recorded runs to trials: state, values and intermediate values; the tag of runs that answer several trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import TrialState

from zerosweep.tracking.members import tag_name
from zerosweep.tracking.record import Recorded, curve


def state_and_values(
    measured: Mapping[str, float], verdict: str, pruned: bool, metrics: Sequence[str], diverged_value: float | None
) -> tuple[TrialState, list[float] | None]:
    """Return the state in which a trial ends, and its objective values where that state is COMPLETE.

    Args:
        measured: The last value of each metric of the trial's run, by name; empty where the run failed.
        verdict: The run's verdict: learned, stuck, dying or diverged; "" without one.
        pruned: Whether the pruner stopped the run.
        metrics: The metrics that the study optimises, in its order.
        diverged_value: The value that each metric of a diverged run counts as; None where such a trial fails.
    """
    if pruned:
        return TrialState.PRUNED, None
    if verdict == "diverged" and diverged_value is not None:
        return TrialState.COMPLETE, [diverged_value] * len(metrics)
    if verdict == "diverged" or not measured.keys() >= set(metrics):
        return TrialState.FAIL, None
    return TrialState.COMPLETE, [measured[metric] for metric in metrics]


def intermediate_values(client: Any, run: Recorded, metric: str) -> dict[int, float]:
    """Return the metric's recorded values by step.

    Step 0 is left out, as a worker does not report it to the study either.
    """
    return {step: value for step, value in zip(*curve(client, run.run_id, metric), strict=True) if step}


def answers_tag(study: str) -> str:
    """Return the name of the tag that lists the further trials of a study which a run answers."""
    return tag_name(f"trial.{study}")
