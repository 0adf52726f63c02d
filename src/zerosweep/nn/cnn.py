"""The convolutional network."""

from __future__ import annotations

from dataclasses import dataclass, field

from zerosweep.errors import SettingError
from zerosweep.nn.activations import ACTIVATIONS, activation
from zerosweep.nn.conv import Images
from zerosweep.nn.conv_pool import ConvPool
from zerosweep.nn.dense import Dense, Flatten
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Layer, Shape
from zerosweep.nn.model import Model
from zerosweep.recipe import added_later, named_in, number


@dataclass
class CNN(Model):
    """For each entry of `channels` a stage of ConvPool (convolution, batch normalization where wanted, 2×2 pool) - activation -
    Dropout?; then Dense. The default is the network of experiment E2.

    E2 has the activation before the pool. That comes to the same, as activations are monotone: the largest of the values is
    the value of the largest. Behind the pool there is a quarter of the work.
    Dropout drops single numbers of a stage's maps.

    channels: filters of each stage, at least one stage; kernel: their width and height, >= 1. activation, slope, bn_epsilon,
    bn_momentum, bn_affine: as for the MLP. Images have any number of channels, and each stage takes a side of s pixels to ⌊(s - kernel + 1) / 2⌋, of
    which one must be left.
    """

    channels: list[int] = number([32, 64], at_least=1)
    kernel: int = number(3, at_least=1)
    activation: str = named_in(ACTIVATIONS, "relu")
    slope: float = number(0.01, above=0, below=1)
    bn_epsilon: float = number(1e-5, above=0)
    bn_momentum: float = added_later(number(0.9, at_least=0, at_most=1))
    bn_affine: bool = added_later(field(default=True))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.channels:
            raise SettingError("channels", self.channels, "must have one stage at least, as in model.channels=[32]")

    def layers(self, classes: int, bn: bool, dropout: float) -> list[Layer]:
        row: list[Layer] = [Images()]
        for filters in self.channels:
            row.append(ConvPool(filters, self.kernel, bn, self.bn_epsilon, self.bn_momentum, self.bn_affine))
            row.append(activation(self.activation, self.slope))
            if dropout:
                row.append(Dropout(dropout))
        return [*row, Flatten(), Dense(classes)]

    def check_inputs(self, shape: Shape) -> None:
        if len(shape) != 3:
            said = f"a CNN needs images, and a row of these data is {shape[0]} features"
            raise SettingError("channels", self.channels, f"{said} (of npz and csv, dataset.shape=[h,w] makes images)")
        height, width = shape[1:]
        side, along = (width, "wide") if width <= height else (height, "high")
        sizes = [side]
        for _ in self.channels:
            sizes += [sizes[-1] - self.kernel + 1, (sizes[-1] - self.kernel + 1) // 2]
            if sizes[-1] < 1:
                break
        else:
            return
        fitting = (len(sizes) - 1) // 2 - 1
        pixels = f"{height}×{width} pixels ({' → '.join(str(max(size, 0)) for size in sizes)} {along})"
        if not fitting:
            raise SettingError("kernel", self.kernel, f"leaves nothing of {pixels}; must be <= {side - 1}")
        example = ",".join(map(str, self.channels[:fitting]))
        stages = f"{fitting} stage{'s' if fitting > 1 else ''}"
        allowed = f"leave nothing of {pixels}; must be {stages} at most, as in model.channels=[{example}]"
        raise SettingError("channels", self.channels, allowed)
