"""Settings of hydra/sweeper=optuna. Hydra's plugins inherit them on every start, so this module imports next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zerosweep.errors import SettingError
from zerosweep.metrics import DIRECTIONS, refuse_test
from zerosweep.recipe import Recipe, number

if TYPE_CHECKING:
    from zerosweep.config.schemas import Objective


@dataclass
class Search(Recipe):
    """n_trials: in total, those of earlier commands included. timeout: seconds after which no trial is begun. study_name, storage:
    null for ones that follow from what is searched. metrics: what is optimised, null for the objective's; several for a front.
    direction: of each metric, null for the objective's. sampler, pruner: a name, or {name: ..., argument: ...}. seed: of the
    sampler. diverged_value: what a run that diverged counts as, null for a trial that failed."""

    n_trials: int = number(20, at_least=1)
    timeout: float | None = number(None, above=0)
    study_name: str | None = None
    storage: str | None = None
    metrics: list[str] | None = None
    direction: Any = None
    sampler: Any = "tpe"
    pruner: Any = "median"
    seed: int | None = number(0, at_least=0)
    diverged_value: float | None = number(None)
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pruner is None:
            self.pruner = "none"

    def targets(self, objective: Objective) -> dict[str, str]:
        """The direction of each metric that is optimised, in order."""
        from zerosweep.tracking.runlog import as_typed  # NumPy, and more

        metrics = self.metrics or [objective.metric]
        for metric in metrics:
            refuse_test("metrics", metric)
        if self.direction is None:
            directions = [] if self.metrics else [objective.direction]
        else:
            directions = self.direction if isinstance(self.direction, list) else [self.direction]
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
