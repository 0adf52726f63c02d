"""Constraints of a search: bounds of recorded metrics. A trial that violates one is never the best.

Optuna knows them as constraints of the trial. TPE, GP, NSGA-II and NSGA-III learn from them; the other samplers do not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial

from zerosweep.errors import SettingError
from zerosweep.metrics import refuse_test

PATTERN = re.compile(r"\s*(?P<metric>[^\s<>=]+)\s*(?P<relation><=|>=)\s*(?P<bound>[^\s<>=]+)\s*")


@dataclass(frozen=True)
class Constraint:
    """A bound of a metric.

    Attributes:
        metric: Name of the metric.
        relation: "<=" or ">=".
        bound: The bound, a finite number.
    """

    metric: str
    relation: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric} {self.relation} {repr(self.bound).removesuffix('.0')}"

    def violation(self, measured: Mapping[str, float]) -> float:
        """Return by how much the last value of the metric is beyond the bound, <= 0 where the constraint is met.

        Args:
            measured: The last value of each metric. The violation is infinite where the metric is not among them, as
                in a run that diverged.
        """
        value = measured.get(self.metric)
        if value is None:
            return math.inf
        return value - self.bound if self.relation == "<=" else self.bound - value


def read_constraints(given: Sequence[str]) -> list[Constraint]:
    """Return the constraints that `hydra.sweeper.constraints` lists.

    Raises:
        SettingError: One is not of the form METRIC <= NUMBER or METRIC >= NUMBER, or is about test data.
    """
    return [_read(text) for text in dict.fromkeys(given)]


def _read(text: str) -> Constraint:
    found = PATTERN.fullmatch(text)
    bound = _finite(found["bound"]) if found else None
    if found is None or bound is None:
        raise SettingError(
            "constraints", text, "must be METRIC <= NUMBER or METRIC >= NUMBER, as in time/seconds <= 60"
        )
    refuse_test("constraints", found["metric"])
    return Constraint(found["metric"], found["relation"], bound)


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def violations(constraints: Sequence[Constraint], measured: Mapping[str, float]) -> dict[str, float]:
    """Return the violation of each constraint, by the constraint as text."""
    return {str(constraint): constraint.violation(measured) for constraint in constraints}


def violated(trial: FrozenTrial) -> list[str]:
    """Return the constraints that a trial violates, as text."""
    return [name for name, violation in trial.constraints.items() if violation > 0]
