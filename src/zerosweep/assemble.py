"""From settings to the problem that is trained. Everything random in it comes from the run's seed."""

from __future__ import annotations

from functools import partial

from zerosweep.config.schemas import Settings
from zerosweep.data.batches import Batches
from zerosweep.errors import SettingError
from zerosweep.nn.network import Network
from zerosweep.randomness import generator
from zerosweep.tasks.classification import ClassificationProblem
from zerosweep.tasks.problem import Problem
from zerosweep.tasks.surface import Surface, SurfaceProblem


def assemble(settings: Settings) -> tuple[Problem, str]:
    """The problem, with its parameters drawn, and the id of the data in it ("none" where there is none).

    Reads the data. A mistake in a file or in how settings fit the data is a `UserError`.
    """
    if isinstance(settings.task, Surface):
        return SurfaceProblem(settings.task, settings.trainer.dtype), "none"
    for group in ("dataset", "model", "regularizer", "init", "loss"):
        if getattr(settings, group) is None:
            raise SettingError(group, "null", "task=classification needs one")
    trainer, draw = settings.trainer, partial(generator, settings.seed)
    try:
        data = settings.dataset.load(draw("split"), trainer.dtype)
    except SettingError as error:
        raise error.within("dataset") from None
    rows = len(data.train)
    if trainer.batch_size > rows and trainer.sampling == "shuffle":
        allowed = f"must be <= {rows}, the training rows, where sampling=shuffle"
        raise SettingError("trainer.batch_size", trainer.batch_size, allowed)
    layers = settings.model.layers(data.classes, settings.bn, settings.regularizer.dropout)
    network = Network(layers, data.train.x.shape[1:], trainer.dtype, draw)
    network.initialize(settings.init, draw)
    batches = Batches(data.train, trainer.batch_size, trainer.sampling, draw("batches"))
    problem = ClassificationProblem(network, settings.loss, settings.regularizer, data, batches, trainer.gradient)
    return problem, data.identity
