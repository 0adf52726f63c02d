"""An estimate, from its settings, of the memory that a run takes, to refuse at once what no machine like this can hold."""

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from zerosweep.config.schemas import Settings
from zerosweep.errors import SettingError
from zerosweep.nn.conv import Conv2D
from zerosweep.nn.layer import Layer, Shape
from zerosweep.nn.network import CHUNK, CHUNK_OF_IMAGES

VECTORS = 5
"""Vectors of all parameters beside the optimizer's own: values, gradients, zeros to compare with, those before an update, and
the file of weights that is saved."""

STEP = 100
"""Bytes that are kept of each update: its loss, in the history and on its way to the store."""

CGROUP = Path("/sys/fs/cgroup/memory.max")
"""The limit of a container, where there is one: a number of bytes or the word max."""


@dataclass(frozen=True)
class Size:
    """Numbers in the arrays of a network. parameters: in all; row: of each row of a mini-batch; images: whether layers pass
    images on."""

    parameters: int
    row: int
    images: bool


def check_memory(settings: Settings, steps: int, inputs: int, rows: tuple[int, int, int]) -> None:
    """Refuse a classification that takes more memory than there is, by the setting that takes most of it.

    Args:
        settings: Of the run.
        steps: Updates in all.
        inputs: Numbers of an image.
        rows: Training, validation and test rows.

    Raises:
        SettingError: With the bytes that it takes and the bytes that there are.
    """
    trainer, model = settings.trainer, settings.model
    number = np.dtype(trainer.dtype).itemsize
    classes = settings.dataset.classes
    size = network_size(model.layers(classes, settings.bn, settings.regularizer.dropout), (inputs,))
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
    """Return the size of a network of these layers for rows of this shape. What a layer keeps of a row is at least what goes
    in and what comes out, and of a convolution its columns, twice."""
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
    """Return the bytes of memory that a process can ever have here: the machine's, or less where a limit is set. What others
    use at the moment does not count, since a sweep runs for hours."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limits += [soft for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA) if (soft := resource.getrlimit(kind)[0]) > 0]
    if CGROUP.exists() and (limit := CGROUP.read_text().strip()).isdigit():
        limits.append(int(limit))
    return min(limits)
