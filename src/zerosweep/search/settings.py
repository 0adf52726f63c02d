"""Settings of hydra/sweeper=optuna. Hydra imports them on every start, so this module imports as little as possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zerosweep.errors import SettingError
from zerosweep.metrics import DIRECTIONS, refuse_test
from zerosweep.recipe import Recipe, number
from zerosweep.tracking.params import as_typed

if TYPE_CHECKING:
    from zerosweep.config.schemas import Objective


@dataclass
class Search(Recipe):
    """Settings of a search.

    Attributes:
        n_trials: Number of trials in total, those of earlier commands included.
        timeout: Seconds after which no further trial starts; null for no limit.
        study_name: Name of the study; null for a name derived from the search.
        storage: URL of the study's storage; null for a journal named after the study.
        metrics: The metrics to optimise; null for the objective's. Several metrics give a Pareto front.
        direction: maximize or minimize, or a list with one for each metric; null for the objective's.
        sampler: Name of the sampler, or {name: ..., argument: ...}, or {_target_: optuna.samplers.X, argument: ...}.
        pruner: Name of the pruner, or {name: ..., argument: ...}, or {_target_: optuna.pruners.X, argument: ...}.
        constraints: Bounds of metrics, as in ["time/seconds <= 60"]; a trial that violates one is never the best.
        enqueue: Configurations to try first, as in ["optimizer.lr=0.1 init.scale=0.05"]; the sampler draws the rest.
        warm_start: Whether recorded runs of the same space become trials that the sampler learns from.
        seed: Seed of the sampler; null for another one each time.
        diverged_value: The value that each metric of a diverged run counts as; null if such a trial fails.
        params: The settings to search, each with its values, range or interval.
    """

    n_trials: int = number(20, at_least=1)
    timeout: float | None = number(None, above=0)
    study_name: str | None = None
    storage: str | None = None
    metrics: list[str] | None = None
    direction: Any = None
    sampler: Any = "tpe"
    pruner: Any = "median"
    constraints: list[str] | None = None
    enqueue: list[str] | None = None
    warm_start: bool = False
    seed: int | None = number(0, at_least=0)
    diverged_value: float | None = number(None)
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pruner is None:
            self.pruner = "none"

    def targets(self, objective: Objective) -> dict[str, str]:
        """Return the direction of each metric to optimise, by metric.

        Args:
            objective: The objective of the runs, whose metric and direction are the defaults.
        """
        metrics = self.metrics or [objective.metric]
        for metric in metrics:
            refuse_test("metrics", metric)
        if self.direction is None:
            directions = [] if self.metrics else [objective.direction]
        else:
            directions = self.direction if isinstance(self.direction, list) else [self.direction]
        return self.targets_of(metrics, directions)

    def targets_of(self, metrics: list[str], directions: list[str]) -> dict[str, str]:
        """Return the direction of each metric, by metric.

        Raises:
            SettingError: A direction is unknown, or there is not one for each metric.
        """
        for direction in directions:
            if direction not in DIRECTIONS:
                raise SettingError("direction", direction, f"must be one of {', '.join(DIRECTIONS)}", DIRECTIONS)
        if len(directions) != len(metrics):
            raise SettingError(
                "direction",
                as_typed(self.direction),
                f"must be a list of {len(metrics)}, one for each of {', '.join(metrics)}",
            )
        if len(set(metrics)) < len(metrics):
            raise SettingError("metrics", as_typed(metrics), "has a metric more than once")
        return dict(zip(metrics, directions, strict=True))
