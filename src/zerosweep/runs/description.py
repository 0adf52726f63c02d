"""A run in words: its last line on the terminal, its description in MLflow, and its data as a dataset input."""

from __future__ import annotations

from collections.abc import Mapping

from zerosweep.config.change import command
from zerosweep.config.read import Config
from zerosweep.metrics import LINES, not_measured, objectives
from zerosweep.recipe import Purpose
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.trainable import NO_DATA
from zerosweep.tracking.inputs import DatasetInfo
from zerosweep.tracking.runlog import RunLog
from zerosweep.training.diagnosis import Diagnosis
from zerosweep.training.records import History
from zerosweep.training.stream import Stream

MOST_METRICS = 6
"""The most metrics in the last line of a run."""

PRUNED, PRUNED_BY = "pruned", "pruned_by"
"""Tags of a run that a search has stopped early: `true`, and the pruner or the finding that stopped it."""

WORDS = {
    "learned": "It reached its goal.",
    "slow": "The loss fell, but the run did not reach its goal.",
    "stuck": "The loss did not fall.",
    "dying": "It did not learn, and most units of a hidden layer are inactive.",
    "diverged": "Training stopped where a number was no longer finite.",
    "finished": "It recorded too little to tell whether it learned.",
}
"""The meaning of each verdict, in a sentence."""

HEALTH_WORDS = {
    "dying": "Most units of a hidden layer are inactive for all of the data.",
    "saturated": "Most outputs of a hidden layer are at a bound, where hardly any gradient passes.",
}
"""The meaning of each health that is not ok, in a sentence."""


def description(
    config: Config,
    verdict: str,
    health: str | None,
    history: History,
    diagnosis: Diagnosis | None,
    problem: Problem | Stream,
) -> str:
    """Return the description of a run as Markdown: what came out, why, what to try, and how to do it again.

    Args:
        config: The configuration of the run.
        verdict: Its verdict.
        health: The health of its hidden units; None without any.
        history: All records of the run.
        diagnosis: The diagnosis of a run that did not learn.
        problem: What was trained.
    """
    names = dict.fromkeys(
        [config.settings.objective.metric, *(problem.names if isinstance(problem, Stream) else LINES)]
    )
    values = [f"{name} {value:.4g}" for name in names if (value := history.last(name)) is not None][:MOST_METRICS]
    data = dataset_of(config, problem, "")
    on = f" on {data.name} ({data.sizes})" if data and data.sizes else f" on {data.name}" if data else ""
    parts = [f"**{verdict}** after {history.steps} steps{on}: {', '.join(values) or 'nothing was measured'}."]
    parts.append(WORDS[verdict])
    if health in HEALTH_WORDS and verdict != "dying":
        parts.append(HEALTH_WORDS[health])
    paragraphs = [" ".join(parts)]
    if diagnosis:
        found, remedy = diagnosis.finding, diagnosis.remedy
        why = f"Diagnosis: **{found.short}** ({found.evidence}). Try `{remedy.override}`: {remedy.why}."
        paragraphs.append(f"{why} The artifact `diagnosis.md` has more.")
    again = command(config.overrides, config.flags)
    ticks = "``" if "`" in again else "`"
    return "\n\n".join([*paragraphs, f"To do it again: {ticks}{again}{ticks}"])


def dataset_of(config: Config, problem: Problem | Stream, data_id: str) -> DatasetInfo | None:
    """Return the data of a run for MLflow, or None for a task without data.

    Args:
        config: The configuration of the run.
        problem: What is trained.
        data_id: The hash of the data.
    """
    if isinstance(problem, Stream):
        named = data_id not in ("", NO_DATA)
        return DatasetInfo(config.choices["task"], data_id, {}, {}, {}) if named else None
    if not isinstance(problem, ClassificationProblem):
        return None
    dataset, data = config.settings.dataset, problem.data
    own = getattr(dataset, "name", None)
    places = {name: value for name, value in dataset.of(Purpose.PLACE).items() if value is not None}
    facts = {"classes": data.classes, "input_shape": [*data.preprocessing.input_shape]}
    splits = {"train": len(data.train.x), "validation": len(data.validation.x), "test": len(data.test.x)}
    return DatasetInfo(own or config.choices["dataset"], data_id, places, facts, splits)


def summary(history: History, runlog: RunLog, problem: Problem | Stream, objective: str, seconds: float) -> str:
    """Return the verdict, the last metrics, the duration and the id of the run in one line."""
    names = dict.fromkeys([objective, *problem.names] if isinstance(problem, Stream) else LINES)
    metrics = [f"{name}={value:.4g}" for name in names if (value := history.last(name)) is not None][:MOST_METRICS]
    word = runlog.tags["verdict"] + (f" at step {history.diverged.step}" if history.diverged else "")
    word += f", {pruned_words(runlog.tags)}" if PRUNED in runlog.tags else ""
    return f"{word}: {' '.join(metrics)} ({history.steps} steps, {seconds:.1f} s) run {runlog.run_id}"


def unrecorded(objective: str, stream: Stream) -> str | None:
    """Return a line that names what a trainable recorded, if the objective's metric is not among it; else None."""
    if objective in stream.names:
        return None
    return str(not_measured("objective.metric", objective, objectives(stream.names), "this run"))


def pruned_words(tags: Mapping[str, str]) -> str:
    """Return the words for a pruned run, as in "pruned (hidden5 collapsed from step 0)"."""
    return f"pruned ({tags[PRUNED_BY]})" if PRUNED_BY in tags else "pruned"
