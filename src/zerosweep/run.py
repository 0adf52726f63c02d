"""One run, whole: train, judge, draw, and keep all of it in MLflow."""

from __future__ import annotations

import io
import logging
import math
from time import perf_counter

import numpy as np
from tqdm import tqdm

from zerosweep import interruption
from zerosweep.assemble import assemble
from zerosweep.config.read import Config
from zerosweep.config.schemas import Settings
from zerosweep.errors import SettingError
from zerosweep.identity import code_id, config_id
from zerosweep.nn.losses import CrossEntropy
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tracking.runlog import RunInfo, RunLog, as_typed
from zerosweep.tracking.store import store_uri
from zerosweep.training.loop import train
from zerosweep.training.records import History, Step
from zerosweep.training.verdict import verdict

log = logging.getLogger(__name__)


def run(config: Config) -> float:
    """Do the run that `config` describes and return its objective; NaN where it diverged, or was never finite.

    Whatever the user can put right is a `UserError`, raised before a run is created.
    """
    began = perf_counter()
    settings = config.settings
    uri = store_uri(settings.tracking.uri)
    problem, data_id = assemble(settings)
    check_objective(settings, problem)
    if settings.tracking.model and not isinstance(problem, ClassificationProblem):
        raise SettingError("tracking.model", "true", "this task has no model to keep; must be false")
    ids = {"config_id": config_id(settings), "code_id": code_id(), "data_id": data_id}
    sweep = {"sweep": config.sweep} if config.sweep else {}
    params = {name: as_typed(value) for name, value in config.flat().items()}
    info = RunInfo(uri, settings.tracking.experiment, run_name(config), params, {"role": "run", **ids, **sweep})
    with RunLog(info) as kept:
        kept.file("config/config.yaml", config.resolved)
        kept.file("config/overrides.yaml", "".join(f"- {override}\n" for override in config.overrides) or "[]\n")
        untrained = problem.activations() if settings.tracking.figures else {}
        history = follow(settings, problem, kept)
        kept.tags["verdict"] = verdict(history)
        kept.file("weights.npz", as_npz(problem))
        kept.wait()
        if settings.tracking.figures:
            from zerosweep.figures.registry import run_figures  # matplotlib takes longer to import than a run to train
            from zerosweep.figures.style import to_png, undisturbed

            with undisturbed():
                for name, figure in run_figures(history, problem, untrained, f"{info.name}: {kept.tags['verdict']}"):
                    kept.file(f"figures/{name}.png", to_png(figure))
        if settings.tracking.model:
            assert isinstance(problem, ClassificationProblem)
            from zerosweep.tracking.model import log_model

            softmax = isinstance(settings.loss, CrossEntropy)
            log_model(uri, kept.run_id, problem, settings.model, settings.bn, settings.dataset.scale, softmax)
    log.info(summary(history, kept, perf_counter() - began))
    objective = history.last(settings.objective.metric)
    return math.nan if history.diverged or objective is None else objective


def follow(settings: Settings, problem: Problem, kept: RunLog) -> History:
    """Train to the end, keep every record, and show how far it is where a terminal watches."""
    history = History(problem.classes)
    total = settings.trainer.steps(problem.steps_per_epoch)
    with tqdm(total=total, unit="step", leave=False, disable=None, delay=1) as bar:
        for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
            interruption.check()
            kept.record(record)
            history.add(record)
            if isinstance(record, Step):
                bar.update()
    return history


def check_objective(settings: Settings, problem: Problem) -> None:
    """Refuse an objective that this run will not measure."""
    measured = ["train/loss", *problem.measures]
    if settings.objective.metric not in measured:
        allowed = f"is not measured in this run; must be one of {', '.join(measured)}"
        raise SettingError("objective.metric", settings.objective.metric, allowed, measured)


def run_name(config: Config) -> str:
    """As configured, else what distinguishes the run on the command line: its overrides."""
    telling = [
        o for o in config.overrides if not o.startswith(("tracking.", "sweeps=", "dataset.dir=", "dataset.path="))
    ]
    return (config.settings.tracking.run_name or " ".join(telling) or "default")[:250]


def as_npz(problem: Problem) -> bytes:
    """Everything learnt, as the content of a NumPy archive."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **problem.weights())
    return buffer.getvalue()


def summary(history: History, kept: RunLog, seconds: float) -> str:
    """The run in one line."""
    metrics = ("train/accuracy", "val/accuracy", "test/accuracy", "surface/value")
    seen = [f"{metric}={value:.4g}" for metric in metrics if (value := history.last(metric)) is not None]
    word = kept.tags["verdict"] + (f" at step {history.diverged.step}" if history.diverged else "")
    return f"{word}: {' '.join(seen)} ({len(history.losses)} steps, {seconds:.1f} s) run {kept.run_id}"
