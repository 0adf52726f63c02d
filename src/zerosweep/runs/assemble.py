"""Assembly of the problem to train from the settings of a run. Everything random in it comes from the run's seed."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from math import ceil
from typing import Any

from zerosweep.config.schemas import Settings
from zerosweep.data.batches import Batches
from zerosweep.data.dataset import Data, Dataset, Source
from zerosweep.errors import SettingError, UserError, last_line
from zerosweep.metrics import AT_THE_END, check_measured, objectives, refuse_test
from zerosweep.nn.dropout import scale_dropout
from zerosweep.nn.network import Network, hidden_layers, trained_layer
from zerosweep.plugins.parts import own_parts
from zerosweep.randomness import generator
from zerosweep.recipe import chosen_from
from zerosweep.runs.memory import check_memory
from zerosweep.tasks.classification import ClassificationProblem, measures
from zerosweep.tasks.function import FunctionProblem, FunctionTask, function_measures
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.surface import Surface, SurfaceProblem, surface_measures
from zerosweep.tasks.task import NETWORK_GROUPS
from zerosweep.tasks.trainable import NO_DATA, Trainable
from zerosweep.training.diagnostics import UPDATE_MEASURES, hidden_measures
from zerosweep.training.loop import train
from zerosweep.training.records import Record
from zerosweep.training.stream import Stream

RUN_METRICS = ("lr", "time/steps_per_second", *AT_THE_END)
"""Metrics that every run of a network or on a surface has."""

DATA_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
"""What a trainable's data may be identified by."""

WITHOUT_NETWORK = {
    "tracking.model": "model to save",
    "bn": "network to normalize",
    "trainer.trace": "units to follow",
    "trainer.slice": "weight to vary",
    "trainer.frozen": "layers to freeze",
}
"""Settings that only a network may have true or filled, and what other tasks lack."""


@dataclass(frozen=True)
class Validated:
    """Facts about a run that are known before it is assembled.

    Attributes:
        data_id: Identifier of its data.
        steps: Number of updates; None for a trainable that does not know it.
        measures: Names of the metrics that an evaluation of its problem gives; None for a trainable, whose metrics are
            known only when it records them.
    """

    data_id: str
    steps: int | None
    measures: tuple[str, ...] | None


def validate(settings: Settings) -> Validated:
    """Read the data and check that the run can be trained.

    Raises:
        UserError: A data file is wrong, or settings do not fit the data or one another.
    """
    target = settings.objective.metric
    if "model" in settings.task.unused:
        _check_without_network(settings)
    if isinstance(settings.task, Trainable):
        validated = _validate_trainable(settings)
    elif isinstance(settings.task, Surface):
        trainer = settings.trainer
        validated = Validated(NO_DATA, trainer.steps(1), surface_measures(trainer.gradient))
    elif isinstance(settings.task, FunctionTask):
        trainer = settings.trainer
        validated = Validated(NO_DATA, trainer.steps(1), function_measures(trainer.gradient))
    else:
        validated = _validate_classification(settings)
    refuse_test("objective.metric", target)
    if validated.measures is not None:
        check_measured("objective.metric", target, objectives(["train/loss", *validated.measures]), "this run")
    return validated


def _check_without_network(settings: Settings) -> None:
    """Refuse settings that are for networks only."""
    for name, lacking in WITHOUT_NETWORK.items():
        section, _, inner = name.rpartition(".")
        holder = getattr(settings, section) if section else settings
        value = getattr(holder, inner, False)
        if value:
            said, without = ("true", "false") if value is True else (f"[{','.join(value)}]", "[]")
            raise SettingError(name, said, f"this task has no {lacking}; must be {without}")


def _validate_classification(settings: Settings) -> Validated:
    trainer = settings.trainer
    for group in NETWORK_GROUPS:
        if getattr(settings, group) is None:
            raise SettingError(group, "null", "task=classification needs one")
    try:
        source = read_source(settings.dataset)
        sizes = settings.dataset.sizes(len(source), source.own_test, source.own_val)
    except SettingError as error:
        raise error.within("dataset") from None
    if settings.tracking.model and (own := own_parts(type(settings.model), *chosen_from(settings.model))):
        allowed = f"must be false, because a server would not have the plugin of {own[0].kind}={own[0].name}"
        raise SettingError("tracking.model", "true", allowed)
    try:
        settings.model.check_inputs(source.preprocessing.input_shape)
    except SettingError as error:
        raise error.within("model") from None
    _check_frozen(settings, source)
    rows = dict(zip(("train", "val", "test"), sizes, strict=True))
    if trainer.batch_size > rows["train"] and trainer.sampling == "shuffle":
        allowed = f"must be <= {rows['train']}, the training rows, where sampling=shuffle"
        raise SettingError("trainer.batch_size", trainer.batch_size, allowed)
    steps = trainer.steps(ceil(rows["train"] / trainer.batch_size))
    check_memory(settings, steps, source, sizes)
    return Validated(source.identity, steps, measures(rows, settings.regularizer, trainer.gradient))


def _check_frozen(settings: Settings, source: Source) -> None:
    """Refuse names in `trainer.frozen` that no layer with parameters has."""
    layers = settings.model.layers(source.classes, settings.bn, settings.regularizer.dropout)
    for name in settings.trainer.frozen:
        try:
            trained_layer(name, layers, source.preprocessing.input_shape)
        except SettingError as error:
            raise error.within("trainer") from None


def _validate_trainable(settings: Settings) -> Validated:
    if settings.diagnose.verify:
        raise SettingError("diagnose.verify", "true", "a trainable has no diagnosis to verify; must be false")
    task: Trainable = settings.task
    for name, value in {"steps": task.steps, "classes": task.classes}.items():
        if value is not None and not (isinstance(value, int) and value > 0):
            raise UserError(f"{type(task).__name__}.{name}: must be None or an integer > 0, not {value!r}")
    return Validated(_data_id(task), task.steps, None)


def _data_id(task: Trainable) -> str:
    where = f"{type(task).__name__}.data_id"
    try:
        found = task.data_id()
    except Exception as error:  # as of a file that is not there
        raise UserError(f"{where}: {last_line(error)}") from error
    if not isinstance(found, str) or not DATA_ID.fullmatch(found):
        raise UserError(f"{where}: must return at most 64 letters, digits and signs of _-.:, not {found!r}")
    return found


def recordable(settings: Settings) -> list[str] | None:
    """Return the names of all metrics that a run of these settings can record; None for a trainable, which may any.

    Raises:
        UserError: The settings cannot be trained; see `validate`.
    """
    measured = validate(settings).measures
    if measured is None:
        return None
    without = "model" in settings.task.unused
    layers = [] if without else settings.model.layers(1, settings.bn, settings.regularizer.dropout)
    hidden = hidden_measures(hidden_layers(layers))
    return ["train/loss", "lr", *measured, *hidden, *UPDATE_MEASURES, *RUN_METRICS]


def assemble(settings: Settings) -> Problem | Stream:
    """Return the problem of these settings, which `validate` accepts, with its parameters initialized."""
    if isinstance(settings.task, Trainable):
        return Stream(settings.task, settings.seed, AT_THE_END)
    problem = _assemble(settings)
    problem.differentiation.h = settings.trainer.difference_step
    return problem


def _assemble(settings: Settings) -> ClassificationProblem | SurfaceProblem | FunctionProblem:
    if isinstance(settings.task, Surface):
        return SurfaceProblem(settings.task, settings.trainer.dtype, settings.trainer.gradient)
    if isinstance(settings.task, FunctionTask):
        return FunctionProblem(settings.task, settings.trainer.dtype, settings.trainer.gradient)
    trainer, draw = settings.trainer, partial(generator, settings.seed)
    data = read_data(settings.dataset, settings.seed, trainer.dtype)
    layers = settings.model.layers(data.classes, settings.bn, settings.regularizer.dropout)
    scale_dropout(layers, settings.regularizer.dropout_scaling)
    network = Network(layers, data.preprocessing.input_shape, trainer.dtype, draw)
    network.initialize(settings.init, draw)
    batches = Batches(data.train, trainer.batch_size, trainer.sampling, draw("batches"))
    by, rows = trainer.gradient, trainer.eval_rows
    return ClassificationProblem(
        network, settings.loss, settings.regularizer, data, batches, by, rows, trainer.reduction
    )


def records(settings: Settings, problem: Problem | Stream) -> Generator[Record]:
    """Return the training of an assembled problem: a generator of its records, which trains while it is read."""
    if isinstance(problem, Stream):
        return problem.records()
    return train(problem, settings.optimizer, settings.schedule, settings.trainer)


def last_step(settings: Settings, problem: Problem | Stream) -> int | None:
    """Return the number of the last step of the training; None for a trainable that does not know it."""
    return problem.steps if isinstance(problem, Stream) else settings.trainer.steps(problem.steps_per_epoch)


def read_source(dataset: Dataset) -> Source:
    """Return the source of `dataset`. The last sources read are cached for the next run of a sweep."""
    kind: Any = type(dataset)
    return _source(kind, json.dumps(dataset.origin), dataset.version)


def read_data(dataset: Dataset, seed: int, dtype: str) -> Data:
    """Return the examples of `dataset`, split and scaled. The last result is cached and must not be written to."""
    kind: Any = type(dataset)
    return _data(kind, json.dumps(asdict(dataset)), dataset.version, seed, dtype)


@lru_cache(maxsize=2)  # a sweep may alternate between two
def _source(kind: Any, origin: str, version: Any) -> Source:
    dataset: Dataset = kind(**json.loads(origin))
    return dataset.source()


@lru_cache(maxsize=1)
def _data(kind: Any, values: str, version: Any, seed: int, dtype: str) -> Data:
    dataset: Dataset = kind(**json.loads(values))
    return dataset.prepare(read_source(dataset), generator(seed, "split"), dtype)
