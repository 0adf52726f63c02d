"""The judge of a round: it compares the store with that of an undisturbed command."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from tests.chaos.portrait import Picture
from tests.chaos.scenarios import Key, Scenario

Reference = Mapping[Key, Picture]


@dataclass
class Findings:
    """What was wrong in a round: sentences, by the column of the table in which they count."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)

    def add(self, more: Mapping[str, list[str]]) -> None:
        for column, sentences in more.items():
            getattr(self, column).extend(sentences)

    def __bool__(self) -> bool:
        return any(getattr(self, column) for column in COLUMNS)


COLUMNS = tuple(one.name for one in fields(Findings))


def reference(runs: list[Picture]) -> Reference:
    """Return the finished runs of an undisturbed command, by their keys."""
    return {run.key: run for run in runs if run.status == "FINISHED" and run.role == "run"}


def judge(scenario: Scenario, runs: list[Picture], undisturbed: Reference) -> Mapping[str, list[str]]:
    """Return what is wrong with the runs of a scenario whose command has finished, by the column of the table."""
    finished: dict[Key, list[Picture]] = defaultdict(list)
    for run in runs:
        if run.status == "FINISHED" and run.role == "run":
            finished[run.key].append(run)
    asked = {key: run for key, run in undisturbed.items() if scenario.expected is None or key in scenario.expected}
    return {
        "lost": [f"{' '.join(key)} has no finished run" for key in sorted((scenario.expected or set()) - set(finished))]
        + _no_summary(scenario, runs),
        "twice": [] if scenario.repeats else [_twice(key, same) for key, same in finished.items() if _whole(same) > 1]
        + _summaries_twice(runs),
        "left_open": [f"{run.role} {run} is {run.status}" for run in runs if run.status not in CLOSED],
        "different": [
            f"run {run} has {difference}"
            for key, same in finished.items()
            for run in same
            if (difference := differs(run, asked.get(key)))
        ],
    }  # fmt: skip


CLOSED = ("FINISHED", "FAILED", "KILLED")


def differs(run: Picture, undisturbed: Picture | None) -> str:
    """Return the first difference between a run and the undisturbed run; "" if they are equal to the last bit.

    The curves of a pruned run must be the beginnings of the undisturbed ones.
    """
    if undisturbed is None:
        return "settings that nobody asked for"
    if names := sorted(name for name, _ in run.params.items() ^ undisturbed.params.items()):
        return f"other settings ({', '.join(dict.fromkeys(names))})"
    pruned = "pruned" in run.tags
    if not run.tags.get("verdict") and not pruned:
        return "no verdict"
    for name in sorted(run.metrics.keys() | undisturbed.metrics.keys()):
        ours, theirs = run.metrics.get(name, ()), undisturbed.metrics.get(name, ())
        if ours != (theirs[: len(ours)] if pruned else theirs):
            steps = [step for step, _ in sorted(set(ours) ^ set(theirs))]
            return f"another {name} at step {steps[0] if steps else '?'}"
    return "" if pruned or run.weights == undisturbed.weights else "other weights.npz"


def _whole(same: list[Picture]) -> int:
    return sum("pruned" not in run.tags for run in same)


def _twice(key: Key, same: list[Picture]) -> str:
    return f"{' '.join(key)} is finished {len(same)} times ({', '.join(run.run_id[:8] for run in same)})"


def _summaries(runs: list[Picture]) -> list[Picture]:
    return [run for run in runs if run.role == "summary" and run.status == "FINISHED"]


def _no_summary(scenario: Scenario, runs: list[Picture]) -> list[str]:
    if scenario.repeats:
        return []
    if not (found := _summaries(runs)):
        return ["no finished summary"]
    return [f"summary {run} has no report.html" for run in found if not (run.artifacts / "report.html").is_file()]


def _summaries_twice(runs: list[Picture]) -> list[str]:
    names = [run.tags.get("sweep", "") for run in _summaries(runs)]
    return [f"{names.count(name)} summaries of {name}" for name in dict.fromkeys(names) if names.count(name) > 1]
