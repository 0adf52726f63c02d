"""What every model is: a recipe that lays out the layers of a network."""

from __future__ import annotations

from dataclasses import dataclass

from zerosweep.nn.layer import Layer, Shape
from zerosweep.recipe import Recipe


@dataclass
class Model(Recipe):
    """A recipe for a network that tells classes apart."""

    def layers(self, classes: int, bn: bool, dropout: float) -> list[Layer]:
        """Fresh layers from the input to `classes` outputs (logits), with batch normalization where `bn` is true and
        dropout at this rate where it is not zero."""
        raise NotImplementedError

    def check_inputs(self, shape: Shape) -> None:
        """Refuse, with a `SettingError`, inputs of this shape, (D,) or (C, H, W), if the network cannot take them."""
