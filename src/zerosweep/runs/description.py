"""A run in words in MLflow: its description, and its data as a dataset input."""

from __future__ import annotations

from zerosweep.config.change import command
from zerosweep.config.read import Config
from zerosweep.metrics import LINES
from zerosweep.recipe import Purpose
from zerosweep.runs.lines import MOST_METRICS
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.trainable import NO_DATA
from zerosweep.tracking.inputs import DatasetInfo
from zerosweep.training.diagnosis import Diagnosis
from zerosweep.training.records import History
from zerosweep.training.stream import Stream

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
    return DatasetInfo(own or config.choices.get("dataset", type(dataset).__name__), data_id, places, facts, splits)
