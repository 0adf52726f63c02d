"""Assembly of the problem to train from the settings of a run. Everything random in it comes from the run's seed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from math import ceil
from typing import Any

from zerosweep.config.schemas import NETWORK_GROUPS, Settings
from zerosweep.data.batches import Batches
from zerosweep.data.dataset import Data, Dataset, Source
from zerosweep.errors import SettingError
from zerosweep.metrics import AT_THE_END, check_measured, objectives, refuse_test
from zerosweep.nn.network import Network, hidden_layers
from zerosweep.randomness import generator
from zerosweep.runs.memory import check_memory
from zerosweep.tasks.classification import ClassificationProblem, measures
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.surface import Surface, SurfaceProblem, surface_measures
from zerosweep.training.diagnostics import UPDATE_MEASURES, hidden_measures

NO_DATA = "none"
"""The `data_id` of a run without data."""

RUN_METRICS = ("lr", "time/steps_per_second", *AT_THE_END)
"""Metrics that every run has, whatever its problem."""


@dataclass(frozen=True)
class Validated:
    """Facts about a run that are known before it is assembled.

    Attributes:
        data_id: Identifier of its data.
        steps: Number of updates.
        measures: Names of the metrics that an evaluation of its problem gives.
    """

    data_id: str
    steps: int
    measures: tuple[str, ...]


def validate(settings: Settings) -> Validated:
    """Read the data and check that the run can be trained.

    Raises:
        UserError: A data file is wrong, or settings do not fit the data or one another.
    """
    trainer, target = settings.trainer, settings.objective.metric
    if isinstance(settings.task, Surface):
        if settings.tracking.model:
            raise SettingError("tracking.model", "true", "this task has no model to save; must be false")
        if settings.bn:
            raise SettingError("bn", "true", "this task has no network to normalize; must be false")
        if trainer.trace:
            raise SettingError("trainer.trace", "true", "this task has no units to follow; must be false")
        measured, data_id, steps_per_epoch = surface_measures(trainer.gradient), NO_DATA, 1
    else:
        for group in NETWORK_GROUPS:
            if getattr(settings, group) is None:
                raise SettingError(group, "null", "task=classification needs one")
        try:
            source = read_source(settings.dataset)
            rows = settings.dataset.sizes(len(source), source.own_test, source.own_val)
        except SettingError as error:
            raise error.within("dataset") from None
        try:
            settings.model.check_inputs(source.preprocessing.input_shape)
        except SettingError as error:
            raise error.within("model") from None
        train, val, test = rows
        if trainer.batch_size > train and trainer.sampling == "shuffle":
            allowed = f"must be <= {train}, the training rows, where sampling=shuffle"
            raise SettingError("trainer.batch_size", trainer.batch_size, allowed)
        measured = measures({"train": train, "val": val, "test": test}, settings.regularizer, trainer.gradient)
        data_id, steps_per_epoch = source.identity, ceil(train / trainer.batch_size)
        check_memory(settings, trainer.steps(steps_per_epoch), source, rows)
    refuse_test("objective.metric", target)
    check_measured("objective.metric", target, objectives(["train/loss", *measured]), "this run")
    return Validated(data_id, trainer.steps(steps_per_epoch), measured)


def recordable(settings: Settings) -> list[str]:
    """Return the names of all metrics that a run of these settings can record.

    Raises:
        UserError: The settings cannot be trained; see `validate`.
    """
    of_surface = isinstance(settings.task, Surface)
    layers = [] if of_surface else settings.model.layers(1, settings.bn, settings.regularizer.dropout)
    hidden = hidden_measures(hidden_layers(layers))
    return ["train/loss", *validate(settings).measures, *hidden, *UPDATE_MEASURES, *RUN_METRICS]


def assemble(settings: Settings) -> Problem:
    """Return the problem of these settings, which `validate` accepts, with its parameters initialized."""
    if isinstance(settings.task, Surface):
        return SurfaceProblem(settings.task, settings.trainer.dtype, settings.trainer.gradient)
    trainer, draw = settings.trainer, partial(generator, settings.seed)
    data = read_data(settings.dataset, settings.seed, trainer.dtype)
    layers = settings.model.layers(data.classes, settings.bn, settings.regularizer.dropout)
    network = Network(layers, data.preprocessing.input_shape, trainer.dtype, draw)
    network.initialize(settings.init, draw)
    batches = Batches(data.train, trainer.batch_size, trainer.sampling, draw("batches"))
    by, rows = trainer.gradient, trainer.eval_rows
    return ClassificationProblem(network, settings.loss, settings.regularizer, data, batches, by, rows)


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
