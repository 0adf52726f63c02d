"""One run, whole: train, judge, draw, and keep all of it in MLflow."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from time import perf_counter
from types import MappingProxyType

import numpy as np
from tqdm import tqdm

from zerosweep import interruption
from zerosweep.assemble import assemble, outline
from zerosweep.config.read import Config
from zerosweep.config.schemas import Settings
from zerosweep.identity import Identity, code_id, config_id
from zerosweep.nn.losses import CrossEntropy
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tracking.claims import claim
from zerosweep.tracking.runlog import RunInfo, RunLog, as_typed
from zerosweep.tracking.store import store_uri
from zerosweep.training.loop import train
from zerosweep.training.records import History, Step
from zerosweep.training.verdict import verdict


@dataclass(frozen=True)
class Result:
    """What came out of a run. objective: NaN where it diverged, or was never finite. line: the whole in one line."""

    run_id: str
    verdict: str
    objective: float
    line: str


def run(config: Config, tags: Mapping[str, str] = MappingProxyType({})) -> Result:
    """Do the run that `config` describes. tags: more of them, for the store.

    Whatever the user can put right is a `UserError`, raised before a run is created.
    """
    uri = store_uri(config.settings.tracking.uri)
    ids = asdict(identify(config.settings))
    with claim(uri, ids):  # a run that nobody holds is taken for one whose process died
        return _run(config, uri, ids, tags)


def identify(settings: Settings) -> Identity:
    """Which run these settings describe. Reads the data; a mistake in it is a `UserError`."""
    return Identity(config_id(settings), code_id(), outline(settings).data_id)


def _run(config: Config, uri: str, ids: dict[str, str], more: Mapping[str, str]) -> Result:
    began = perf_counter()
    settings = config.settings
    problem = assemble(settings)
    tags = {"role": "run", **ids, **({"sweep": config.sweep} if config.sweep else {}), **more}
    params = {name: as_typed(value) for name, value in config.flat().items()}
    name = (settings.tracking.run_name or config.telling)[:250]
    info = RunInfo(uri, settings.tracking.experiment, name, params, tags)
    with RunLog(info) as kept:
        kept.file("config/config.yaml", config.yaml)
        kept.file("config/schemas.yaml", "".join(f"{group}: {name}\n" for group, name in config.schemas.items()))
        kept.file("config/overrides.yaml", "".join(f"- {override}\n" for override in config.overrides) or "[]\n")
        untrained = problem.activations() if settings.tracking.figures else {}
        history = follow(settings, problem, kept)
        steps = len(history.losses)
        kept.metrics({"time/seconds": perf_counter() - began, "time/steps": steps}, steps)
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
    line = summary(history, kept, perf_counter() - began)
    objective = history.last(settings.objective.metric)
    diverged = history.diverged or objective is None
    return Result(kept.run_id, kept.tags["verdict"], math.nan if diverged else objective, line)  # type: ignore[arg-type]


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
