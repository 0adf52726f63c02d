"""Why runs did not learn: their diagnoses, grouped by mechanism and remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zerosweep.figures.drawing.levels import in_order
from zerosweep.jobs.reuse import VERIFIED
from zerosweep.jobs.verification import helped
from zerosweep.runs.diagnosis_page import MEANING
from zerosweep.runs.run import FAILED_AT, FAILED_LAYER, MECHANISM, REMEDY
from zerosweep.tracking.record import Recorded

FINE = ("learned", "")
"""The verdicts that are no failure: success, and none."""


@dataclass(frozen=True)
class Explanation:
    """The runs that failed in one way.

    Attributes:
        mechanism: The mechanism of their diagnosis; "" without a diagnosis.
        remedy: The override that their diagnosis suggests; "" for none.
        runs: The runs, at least one.
        tried: The run with the remedy, by the id of a run whose diagnosis was verified.
    """

    mechanism: str
    remedy: str
    runs: Sequence[Recorded]
    tried: Mapping[str, Recorded]

    @property
    def verdicts(self) -> list[tuple[str, int]]:
        """The verdicts and the number of runs with each, the most frequent first."""
        return Counter(run.verdict for run in self.runs).most_common()

    @property
    def meaning(self) -> str:
        """How the mechanism works, in sentences; "" where it is unknown."""
        along = "from layer to layer and " if any(FAILED_LAYER in run.tags for run in self.runs) else ""
        return MEANING.get(self.mechanism, "").format(along=along)

    @property
    def layers(self) -> str:
        """The layers that failed first, as text: "hidden2", or "hidden2 to hidden5"; "" where none is to blame."""
        return _span(sorted({*self._recorded(FAILED_LAYER)}, key=lambda layer: (len(layer), layer)))

    @property
    def steps(self) -> str:
        """The steps at which the failures were first recorded, as text: "12", or "0 to 12"; "" where unknown."""
        return _span(in_order(self._recorded(FAILED_AT)))

    def _recorded(self, tag: str) -> list[str]:
        return [run.tags[tag] for run in self.runs if tag in run.tags]

    @property
    def verified(self) -> str:
        """How often the remedy was tried, and whether it helped, as text."""
        tried = [(run, self.tried[run.run_id]) for run in self.runs if run.run_id in self.tried]
        if not tried:
            return "not tried yet" if self.remedy else ""
        better = sum(helped(run, after) for run, after in tried)
        return f"tried on {len(tried)} of them: it helped {f'in {better}' if better else 'in none'}"

    @property
    def line(self) -> str:
        """The explanation in a line for the terminal."""
        where = f" in {self.layers}" if self.layers else ""
        when = f" from step {self.steps}" if self.steps else ""
        what = f": {self.mechanism}{where}{when}" if self.mechanism else ""
        tried = f" ({self.verified})" if any(run.run_id in self.tried for run in self.runs) else ""
        who = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts)
        return f"{who}{what}{f'; try {self.remedy}{tried}' if self.remedy else ''}"


def _span(values: Sequence[str]) -> str:
    """Return the first and the last of several values as text."""
    return f"{values[0]} to {values[-1]}" if len(values) > 1 else "".join(values)


def explanations(runs: Iterable[Recorded], tried: Mapping[str, Recorded] | None = None) -> list[Explanation]:
    """Return an explanation for each way in which finished runs did not learn, the most frequent first.

    Args:
        runs: The runs.
        tried: The run with the remedy, by the id of a run whose diagnosis was verified.
    """
    groups: dict[tuple[str, str, str], list[Recorded]] = {}
    for run in runs:
        if run.status == "FINISHED" and run.verdict not in FINE:
            mechanism = run.tags.get(MECHANISM, "")
            key = mechanism, run.tags.get(REMEDY, ""), "" if mechanism else run.verdict
            groups.setdefault(key, []).append(run)
    found = [Explanation(mechanism, remedy, each, tried or {}) for (mechanism, remedy, _), each in groups.items()]
    return sorted(found, key=lambda each: -len(each.runs))


def verifying(runs: Iterable[Recorded]) -> dict[str, str]:
    """Return the id of the run with the remedy, by the id of each run whose diagnosis was verified."""
    return {run.run_id: run.tags[VERIFIED] for run in runs if VERIFIED in run.tags}
