"""Estimate of a run's memory from its settings, so that a run that cannot fit into memory is refused at once."""

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from zerosweep.config.schemas import Settings
from zerosweep.data.dataset import Source
from zerosweep.errors import SettingError
from zerosweep.nn.conv import Conv2D
from zerosweep.nn.layer import Layer, Shape
from zerosweep.nn.network import CHUNK, CHUNK_OF_IMAGES

VECTORS = 5
"""Number of vectors of the size of all parameters, without the optimizer's own.

They hold values, gradients, zeros to compare with, the values before an update, and the weights file that is saved."""

STEP = 100
"""Bytes that each update adds: its loss, in the history and on its way to the store."""

CGROUP = Path("/sys/fs/cgroup/memory.max")
"""File with the memory limit of a container, if there is one: a number of bytes or the word `max`."""


@dataclass(frozen=True)
class Size:
    """Sizes of a network's arrays.

    Attributes:
        parameters: Number of parameters.
        row: Numbers that the layers store for each row of a mini-batch.
        images: Whether a layer's output consists of images.
    """

    parameters: int
    row: int
    images: bool


def check_memory(settings: Settings, steps: int, source: Source, rows: tuple[int, int, int]) -> None:
    """Check that a classification fits into the memory of this machine.

    Args:
        settings: The settings of the run.
        steps: Number of updates.
        source: The data.
        rows: Numbers of training, validation and test rows.

    Raises:
        SettingError: The run needs more memory than is available. The error names the setting that takes most of it.
    """
    trainer, model = settings.trainer, settings.model
    number = np.dtype(trainer.dtype).itemsize
    classes, inputs = source.classes, source.x.shape[1]
    layers = model.layers(classes, settings.bn, settings.regularizer.dropout)
    size = network_size(layers, source.preprocessing.input_shape)
    vectors = VECTORS + len(settings.optimizer.accumulators)
    batch = min(trainer.batch_size, rows[0]) if trainer.sampling == "shuffle" else trainer.batch_size
    chunk = min(CHUNK_OF_IMAGES if size.images else CHUNK, max(rows))
    widths = fields(model)[0].name  # hidden, or channels
    takes = {
        "dataset.train_size": sum(rows) * (inputs + (classes if settings.dataset.one_hot else 0)) * number,
        f"model.{widths}": (size.parameters * vectors + chunk * size.row) * number,
        "trainer.batch_size": batch * (inputs + size.row) * number,
        "trainer.iterations" if trainer.iterations else "trainer.epochs": steps * STEP,
    }
    needed, there = sum(takes.values()), available()
    if needed > there:
        setting = max(takes, key=lambda name: takes[name])
        group, _, name = setting.partition(".")
        said = f"the run takes about {needed} bytes of memory, and {there} are available; choose a smaller one"
        raise SettingError(setting, getattr(getattr(settings, group), name), said)


def network_size(layers: list[Layer], shape: Shape) -> Size:
    """Return a lower bound for the arrays of a network.

    Per row, a layer stores at least its input and its output. A convolution also stores its columns, twice.

    Args:
        layers: The layers of the network, in order.
        shape: The shape of one input row.
    """
    parameters = row = 0
    images = False
    for layer in layers:
        after = layer.output_shape(shape)
        needs = layer.parameters(shape)
        parameters += sum(need.size for need in needs.values())
        row += math.prod(shape) + math.prod(after)
        if isinstance(layer, Conv2D):
            row += 2 * needs["W"].fan_in * layer.convolved_shape(shape)[2]
        shape, images = after, images or len(after) == 3
    return Size(parameters, row, images)


def available() -> int:
    """Return the bytes of memory that a process can have at most: the machine's memory, or a limit that is set.

    Memory that other processes use at the moment is not subtracted, since a sweep runs for hours.
    """
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limits += [soft for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA) if (soft := resource.getrlimit(kind)[0]) > 0]
    if CGROUP.exists() and (limit := CGROUP.read_text().strip()).isdigit():
        limits.append(int(limit))
    return min(limits)
