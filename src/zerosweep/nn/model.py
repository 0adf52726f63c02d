"""What every model is: a recipe that lays out the layers of a network."""

from __future__ import annotations

from dataclasses import dataclass

from zerosweep.nn.layer import Layer, Shape
from zerosweep.recipe import Recipe


@dataclass
class Model(Recipe):
    """A recipe for a network that tells classes apart. A subclass is a dataclass that implements `layers`.

    Its layers may be any of `zerosweep.nn` and any of one's own. Each call makes new ones: a layer has a place in one
    network only.
    """

    def layers(self, classes: int, bn: bool, dropout: float) -> list[Layer]:
        """Return new layers, from the input to one output for each class.

        Args:
            classes: The number of classes, K. The last layer has K outputs per row, without a softmax.
            bn: Whether hidden layers have batch normalization. A model without it ignores this.
            dropout: The rate of dropout behind hidden layers, in [0, 1); 0 for none.
        """
        raise NotImplementedError

    def check_inputs(self, shape: Shape) -> None:
        """Check that the network can take inputs of this shape, (D,) or (C, H, W). By default it can.

        Raises:
            SettingError: It cannot. The error names a setting of the model.
        """
