"""One whole run: train, find the verdict and the diagnosis, draw figures, and record all of it in MLflow."""

from __future__ import annotations

import io
import logging
import math
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from zerosweep import interruption
from zerosweep.activity import doing
from zerosweep.blas import one_thread
from zerosweep.config.read import Config, to_yaml
from zerosweep.config.schemas import Settings
from zerosweep.errors import last_line
from zerosweep.figures.drawing.histograms import as_arrays, histograms
from zerosweep.figures.names import ACTIVATIONS, PREDICTIONS
from zerosweep.importing import is_own_process
from zerosweep.nn.layer import Array
from zerosweep.predictor import NETWORK, WEIGHTS
from zerosweep.runs.assemble import assemble, last_step, records
from zerosweep.runs.description import PRUNED, PRUNED_BY, dataset_of, description, summary, unrecorded
from zerosweep.runs.diagnosis_page import diagnosis_page, setup_of
from zerosweep.runs.identity import Identity
from zerosweep.runs.plugin_record import PLUGINS, plugin_record, plugin_sources
from zerosweep.runs.predictor import network_spec
from zerosweep.runs.serving import serving_lines
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tracking.claims import INSTANCE, claim
from zerosweep.tracking.members import MEMBER, member_tag
from zerosweep.tracking.params import as_typed
from zerosweep.tracking.recorded import HEALTH, NOTE, STEPS_PER_EPOCH
from zerosweep.tracking.runlog import RunInfo, RunLog
from zerosweep.tracking.store import store_uri
from zerosweep.training.diagnosis import Diagnosis, diagnose
from zerosweep.training.records import Evaluation, History
from zerosweep.training.slices import along_one_weight
from zerosweep.training.stream import Stream
from zerosweep.training.traces import traces
from zerosweep.training.verdict import health, verdict
from zerosweep.training.weight_histogram import weight_histogram

log = logging.getLogger(__name__)

FLAGS = "config/flags.yaml"
"""Artifact with the command-line flags that chose the configuration files, if any did."""

DIAGNOSIS_PAGE = "diagnosis.md"
"""Artifact of a run that did not learn."""

MECHANISM = "mechanism"
"""Tag of a run that did not learn: the mechanism of its diagnosis, such as "dead"."""

FAILED_LAYER = "failed_layer"
"""Tag of a run that did not learn: the layer that failed first, if one did, such as "hidden5"."""

FAILED_AT = "failed_at"
"""Tag of a run that did not learn: the number of updates before its failure was first recorded."""

REMEDY = "remedy"
"""Tag of a run that did not learn: the override that its diagnosis suggests."""


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Attributes:
        run_id: The run's id in MLflow.
        verdict: The run's verdict, such as "learned".
        objective: The last value of the objective's metric; NaN if the run diverged or the metric was never finite.
        line: A summary in one line.
        pruned: Whether a search stopped the run early because it was not promising.
        diagnosis: The diagnosis of a run that did not learn.
        metrics: The last recorded value of each metric.
        lacking: A line about the objective's metric if a trainable did not record it; else None.
        serving: Lines that tell how to serve the run's model and how to ask it; () without a model.
    """

    run_id: str
    verdict: str
    objective: float
    line: str
    pruned: bool = False
    diagnosis: Diagnosis | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    lacking: str | None = None
    serving: tuple[str, ...] = ()


Watch = Callable[[History], str | None]
"""A function that is called with the history at every evaluation and returns why the run should stop there, if it should.

The evaluation is the last of the history. The first one comes before the first update.
"""


def run(
    config: Config, identity: Identity, tags: Mapping[str, str] = MappingProxyType({}), watch: Watch | None = None
) -> Result:
    """Train and record the run that `config` describes.

    Args:
        config: The configuration of the run, whose settings `validate` accepts.
        identity: The identity of the run, as `identify` gives it.
        tags: Additional tags of the run.
        watch: May stop the run early.
    """
    uri, experiment = store_uri(config.settings.tracking.uri), config.settings.tracking.experiment
    ids = asdict(identity)
    own_tags = ids | dict(tags)
    if is_own_process():  # tqdm's own lock is a semaphore shared between processes, which a killed worker would leave
        tqdm.set_lock(threading.RLock())
    # An open run that no process claims is closed, as one that a dead process has left behind.
    with one_thread(), ExitStack() as claims:
        with doing("opening the store"):
            if not claims.enter_context(claim(uri, experiment, ids)):
                own_tags[INSTANCE] = uuid.uuid4().hex
                claims.enter_context(claim(uri, experiment, own_tags))
        return _run(config, uri, own_tags, watch)


def _run(config: Config, uri: str, tags: dict[str, str], watch: Watch | None) -> Result:
    began = perf_counter()
    settings, serving = config.settings, tuple[str, ...]()
    tags = {
        "role": "run",
        **({"sweep": config.sweep, member_tag(config.sweep): MEMBER} if config.sweep else {}),
        **tags,
    }
    params = {name: as_typed(value) for name, value in config.flat().items()}
    name = (settings.tracking.run_name or config.name)[:250]
    info = RunInfo(uri, settings.tracking.experiment, name, params, tags)
    with RunLog(info, monitored=True) as runlog:
        runlog.file("config/config.yaml", config.yaml)
        runlog.file("config/schemas.yaml", "".join(f"{group}: {name}\n" for group, name in config.schemas.items()))
        runlog.file("config/overrides.yaml", to_yaml(config.overrides))
        if config.flags:
            runlog.file(FLAGS, to_yaml([*config.flags]))
        if record := plugin_record(settings):
            runlog.file(PLUGINS, to_yaml(record))
            for name, text in plugin_sources(settings):
                runlog.file(name, text)
        with doing("reading data"):
            problem = assemble(settings)
            untrained = problem.activations() if settings.tracking.figures else {}
        runlog.dataset = dataset_of(config, problem, tags["data_id"])
        if isinstance(problem, ClassificationProblem):
            runlog.tags[STEPS_PER_EPOCH] = str(problem.steps_per_epoch)
        history, pruned = train_and_record(settings, problem, runlog, watch)
        runlog.metrics({"time/seconds": perf_counter() - began, "time/steps": history.steps}, history.steps)
        word = runlog.tags["verdict"] = verdict(history)
        units = health(history)
        if units:
            runlog.tags[HEALTH] = units
        diagnosis, lacking = None, None
        if isinstance(problem, Stream):
            lacking = None if history.diverged or pruned else unrecorded(settings.objective.metric, problem)
            for path, content in problem.files.items():
                runlog.file(f"files/{path}", content)
        else:
            diagnosis = diagnose(history, word, setup_of(settings))
            save_arrays(runlog, settings, problem, history)
        if diagnosis:
            runlog.file(DIAGNOSIS_PAGE, diagnosis_page(diagnosis, word, history, config))
            runlog.tags[MECHANISM] = diagnosis.finding.mechanism
            runlog.tags[FAILED_AT] = str(diagnosis.finding.step)
            if diagnosis.finding.layer:
                runlog.tags[FAILED_LAYER] = diagnosis.finding.layer
            runlog.tags[REMEDY] = diagnosis.remedy.override
        with doing("importing MLflow"):
            runlog.tags[NOTE] = description(config, word, units, history, diagnosis, problem)
        runlog.wait()  # before Matplotlib is imported
        if settings.tracking.figures:
            with doing("drawing"):
                draw(runlog, history, problem, untrained)
        if settings.tracking.model:
            assert isinstance(problem, ClassificationProblem)
            from zerosweep.tracking.model import log_model

            spec = network_spec(settings, problem)
            with doing("saving the model"):
                model = log_model(runlog.client, runlog.run_id, spec, problem.weights(), problem.data.train.x[:1])
            runlog.link_metrics(model.model_id)
            serving = serving_lines(uri, runlog.run_id, model)
    line = summary(history, runlog, problem, settings.objective.metric, perf_counter() - began)
    objective = history.last(settings.objective.metric)
    value = math.nan if history.diverged or objective is None else objective
    last = runlog.last
    return Result(runlog.run_id, runlog.tags["verdict"], value, line, pruned, diagnosis, last, lacking, serving)


def train_and_record(
    settings: Settings, problem: Problem | Stream, runlog: RunLog, watch: Watch | None
) -> tuple[History, bool]:
    """Train to the end, or until `watch` stops the run, and record every step. Show a progress bar on a terminal.

    Returns:
        The history of the run, and whether `watch` stopped it early.
    """
    history = History.of(problem)
    total = runlog.total = last_step(settings, problem)
    with (
        tqdm(total=total, unit="step", leave=False, disable=None, delay=1) as bar,
        closing(records(settings, problem)) as training,
    ):
        for record in training:
            interruption.check()
            runlog.record(record)
            history.add(record)
            if not bar.disable:
                bar.set_postfix_str(latest(history, settings.objective.metric), refresh=False)
            bar.update(record.step - bar.n)
            reason = watch(history) if watch and isinstance(record, Evaluation) else None
            if reason is not None and record.step != total:
                runlog.tags |= {PRUNED: "true", PRUNED_BY: reason}
                return history, True
    return history, False


def latest(history: History, objective: str) -> str:
    """Return the latest loss of a mini-batch and the latest value of the objective's metric, where there are such."""
    loss = {"loss": history.losses[-1]} if history.losses else {}
    value = next((e.metrics[objective] for e in reversed(history.evaluations) if objective in e.metrics), None)
    found = loss | ({} if value is None else {objective: value})
    return ", ".join(f"{name}={value:.4g}" for name, value in found.items())


def save_arrays(runlog: RunLog, settings: Settings, problem: Problem, history: History) -> None:
    """Save the parameters of a trained problem, and the arrays that its figures and findings need."""
    runlog.file(WEIGHTS, as_npz(problem.weights()))
    if isinstance(problem, ClassificationProblem):
        runlog.file(NETWORK, network_spec(settings, problem).to_json())
    for name, arrays in problem.arrays().items():
        runlog.file(f"arrays/{name}.npz", as_npz(arrays))
    if settings.trainer.trace:
        runlog.file("arrays/traces.npz", as_npz(traces(problem, history)))
    if isinstance(problem, ClassificationProblem) and problem.regularizer.penalises:
        runlog.file("arrays/weight_histogram.npz", as_npz(weight_histogram(problem)))
    if settings.trainer.slice:
        assert isinstance(problem, ClassificationProblem), "settings with another task are refused before"
        runlog.file("arrays/slice.npz", as_npz(along_one_weight(problem)))


def draw(runlog: RunLog, history: History, problem: Problem | Stream, untrained: dict[str, Array]) -> None:
    """Draw the run's figures, and save with them the histograms of activations and the confusion matrix.

    If a figure cannot be drawn, the run goes through all the same: a warning is logged, and the traceback is saved in
    place of the figure.

    Args:
        runlog: The log of the run.
        history: All records of the run.
        problem: The trained problem.
        untrained: The activations before training, by layer.
    """
    from zerosweep.figures.drawing.style import to_png
    from zerosweep.figures.run.predictions import predictions
    from zerosweep.figures.run.registry import run_figures  # matplotlib takes longer to import than a run to train

    before, after = histograms(untrained), histograms(problem.activations())
    if before or after:
        runlog.file(f"arrays/{ACTIVATIONS}.npz", as_npz(as_arrays(before, after)))
    predicted = None
    if isinstance(problem, ClassificationProblem) and not history.diverged:
        predicted = predictions(problem)
    if predicted is not None:
        runlog.file(f"arrays/{PREDICTIONS}.npz", as_npz(predicted.as_arrays()))
    title = f"{runlog.info.name}: {runlog.tags['verdict']}"
    for name, figure in run_figures(history, problem, before, after, title, predicted):
        try:
            if (drawn := figure()) is not None:
                runlog.file(f"figures/{name}.png", to_png(drawn))
        except Exception as error:
            interruption.check()  # Matplotlib sometimes replaces the exception of a signal by one of its own
            log.warning(f"figures/{name}.png could not be drawn: {last_line(error)}")
            runlog.file(f"figures/{name}.txt", traceback.format_exc())


def as_npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the content of a NumPy archive (.npz) with these arrays."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
