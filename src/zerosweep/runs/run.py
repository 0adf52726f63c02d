"""One run, whole: train, judge, draw, and keep all of it in MLflow."""

from __future__ import annotations

import io
import logging
import math
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from zerosweep import interruption
from zerosweep.config.read import Config, as_yaml
from zerosweep.config.schemas import Settings
from zerosweep.errors import last_line
from zerosweep.figures.drawing.histograms import as_arrays, histograms
from zerosweep.figures.names import ACTIVATIONS
from zerosweep.metrics import LINES
from zerosweep.nn.layer import Array
from zerosweep.nn.losses import CrossEntropy
from zerosweep.runs.assemble import assemble, validate
from zerosweep.runs.diagnosis_page import diagnosis_page, setup_of
from zerosweep.runs.identity import Identity, config_id
from zerosweep.runs.sources import code_id
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tracking.claims import INSTANCE, claim
from zerosweep.tracking.runlog import RunInfo, RunLog, as_typed
from zerosweep.tracking.store import store_uri
from zerosweep.training.diagnosis import Diagnosis, diagnose
from zerosweep.training.loop import train
from zerosweep.training.records import Evaluation, History, Step
from zerosweep.training.traces import traces
from zerosweep.training.verdict import verdict

log = logging.getLogger(__name__)

tqdm.set_lock(threading.RLock())
"""Its own is a semaphore between processes, which a worker that is killed would leave behind."""

FLAGS = "config/flags.yaml"
"""The artifact of a run whose configuration files were chosen by flags: these."""

DIAGNOSIS_PAGE = "diagnosis.md"
"""The artifact of a run that did not learn."""

REMEDY = "remedy"
"""The tag of such a run: the override that its diagnosis suggests."""


@dataclass(frozen=True)
class Result:
    """What came out of a run. objective: NaN where it diverged, or was never finite. line: the whole in one line. pruned: whether
    it was stopped before its end, as not worth the rest. diagnosis: of a run that did not learn."""

    run_id: str
    verdict: str
    objective: float
    line: str
    pruned: bool = False
    diagnosis: Diagnosis | None = None


Watch = Callable[[Evaluation], bool]
"""Is shown every evaluation of a trained state; whether the run should stop there."""


def run(config: Config, tags: Mapping[str, str] = MappingProxyType({}), watch: Watch | None = None) -> Result:
    """Do the run that `config` describes. tags: more of them, for the store. watch: may end it early.

    Whatever the user can put right is a `UserError`, raised before a run is created.
    """
    uri, experiment = store_uri(config.settings.tracking.uri), config.settings.tracking.experiment
    ids = asdict(identify(config.settings))
    mine = ids | dict(tags)
    with ExitStack() as claims:  # a run that nobody holds is taken for one whose process died
        if not claims.enter_context(claim(uri, experiment, ids)):
            mine[INSTANCE] = uuid.uuid4().hex
            claims.enter_context(claim(uri, experiment, mine))
        return _run(config, uri, mine, watch)


def identify(settings: Settings) -> Identity:
    """Which run these settings describe. Reads the data; a mistake in it is a `UserError`."""
    return Identity(config_id(settings), code_id(), validate(settings).data_id)


def _run(config: Config, uri: str, tags: dict[str, str], watch: Watch | None) -> Result:
    began = perf_counter()
    settings = config.settings
    tags = {"role": "run", **({"sweep": config.sweep} if config.sweep else {}), **tags}
    params = {name: as_typed(value) for name, value in config.flat().items()}
    name = (settings.tracking.run_name or config.telling)[:250]
    info = RunInfo(uri, settings.tracking.experiment, name, params, tags)
    with RunLog(info) as kept:
        kept.file("config/config.yaml", config.yaml)
        kept.file("config/schemas.yaml", "".join(f"{group}: {name}\n" for group, name in config.schemas.items()))
        kept.file("config/overrides.yaml", as_yaml(config.overrides))
        if config.flags:
            kept.file(FLAGS, as_yaml([*config.flags]))
        problem = assemble(settings)
        untrained = problem.activations() if settings.tracking.figures else {}
        history, pruned = train_and_record(settings, problem, kept, watch)
        steps = len(history.losses)
        kept.metrics({"time/seconds": perf_counter() - began, "time/steps": steps}, steps)
        word = kept.tags["verdict"] = verdict(history)
        diagnosis = diagnose(history, word, setup_of(settings))
        if diagnosis:
            kept.file(DIAGNOSIS_PAGE, diagnosis_page(diagnosis, word, history, config))
            kept.tags[REMEDY] = diagnosis.remedy.override
        kept.file("weights.npz", as_npz(problem.weights()))
        for name, arrays in problem.arrays().items():
            kept.file(f"arrays/{name}.npz", as_npz(arrays))
        if settings.trainer.trace:
            kept.file("arrays/traces.npz", as_npz(traces(problem, history)))
        kept.wait()  # before Matplotlib is imported
        if settings.tracking.figures:
            draw(kept, history, problem, untrained)
        if settings.tracking.model:
            assert isinstance(problem, ClassificationProblem)
            from zerosweep.tracking.model import log_model

            softmax = isinstance(settings.loss, CrossEntropy)
            log_model(kept.client, kept.run_id, problem, settings.model, settings.bn, settings.dataset.scale, softmax)
    line = summary(history, kept, perf_counter() - began)
    objective = history.last(settings.objective.metric)
    value = math.nan if history.diverged or objective is None else objective
    return Result(kept.run_id, kept.tags["verdict"], value, line, pruned, diagnosis)


def train_and_record(settings: Settings, problem: Problem, kept: RunLog, watch: Watch | None) -> tuple[History, bool]:
    """Train to the end, or to where `watch` says to stop; keep every record, and show how far it is where a terminal watches.
    The history, and whether it was stopped."""
    history = History(problem.classes)
    total = settings.trainer.steps(problem.steps_per_epoch)
    with tqdm(total=total, unit="step", leave=False, disable=None, delay=1) as bar:
        for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
            interruption.check()
            kept.record(record)
            history.add(record)
            if isinstance(record, Step):
                bar.update()
            elif isinstance(record, Evaluation) and record.step and watch and watch(record) and record.step < total:
                kept.tags["pruned"] = "true"
                return history, True
    return history, False


def draw(kept: RunLog, history: History, problem: Problem, untrained: dict[str, Array]) -> None:
    """Draw the run's figures, and save with them the histograms of activations, for comparisons.

    A figure that cannot be drawn costs the run nothing: a warning says so, and its traceback is saved in its place.

    Args:
        untrained: The activations before training.
    """
    from zerosweep.figures.drawing.style import to_png
    from zerosweep.figures.run.registry import run_figures  # matplotlib takes longer to import than a run to train

    before, after = histograms(untrained), histograms(problem.activations())
    if before or after:
        kept.file(f"arrays/{ACTIVATIONS}.npz", as_npz(as_arrays(before, after)))
    for name, figure in run_figures(history, problem, before, after, f"{kept.info.name}: {kept.tags['verdict']}"):
        try:
            kept.file(f"figures/{name}.png", to_png(figure()))
        except Exception as error:
            interruption.check()  # Matplotlib turns the exception of a signal into one of its own now and then
            log.warning(f"figures/{name}.png could not be drawn: {last_line(error)}")
            kept.file(f"figures/{name}.txt", traceback.format_exc())


def as_npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays, as the content of a NumPy archive."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def summary(history: History, kept: RunLog, seconds: float) -> str:
    """The run in one line."""
    seen = [f"{metric}={value:.4g}" for metric in LINES if (value := history.last(metric)) is not None]
    word = kept.tags["verdict"] + (f" at step {history.diverged.step}" if history.diverged else "")
    word += ", pruned" if "pruned" in kept.tags else ""
    return f"{word}: {' '.join(seen)} ({len(history.losses)} steps, {seconds:.1f} s) run {kept.run_id}"
