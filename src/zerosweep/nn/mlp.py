"""Models: recipes that lay out the layers of a network."""

from __future__ import annotations

from dataclasses import dataclass

from zerosweep.nn.activations import ACTIVATIONS, LeakyReLU
from zerosweep.nn.batchnorm import BatchNorm
from zerosweep.nn.dense import Dense, Flatten
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Layer
from zerosweep.recipe import Recipe, number, one_of


@dataclass
class Model(Recipe):
    """A recipe for a network that tells classes apart."""

    def layers(self, classes: int, bn: bool, dropout: float) -> list[Layer]:
        """Fresh layers from the input to `classes` outputs (logits), with batch normalization where `bn` is true and
        dropout at this rate where it is not zero."""
        raise NotImplementedError


@dataclass
class MLP(Model):
    """Multilayer perceptron: for each entry of `hidden`, Dense - BatchNorm? - activation - Dropout?; then Dense.

    hidden: units of each hidden layer; an empty list gives softmax regression. activation: relu, leaky_relu, sigmoid or
    tanh. slope: of leaky_relu left of zero. absorb_bias: of a layer in front of BatchNorm leave out the bias, which has no effect
    there; false computes it, and the gradient that it gets, all the same (experiment E6).
    """

    hidden: list[int] = number([100, 100, 100, 100, 100], at_least=1)
    activation: str = one_of(*ACTIVATIONS)
    slope: float = number(0.01, above=0, below=1)
    absorb_bias: bool = True

    def layers(self, classes: int, bn: bool, dropout: float) -> list[Layer]:
        row: list[Layer] = [Flatten()]
        for units in self.hidden:
            row.append(Dense(units, bias_absorbed=bn and self.absorb_bias))
            if bn:
                row.append(BatchNorm())
            row.append(LeakyReLU(self.slope) if self.activation == "leaky_relu" else ACTIVATIONS[self.activation]())
            if dropout:
                row.append(Dropout(dropout))
        return [*row, Dense(classes)]


MODELS: dict[str, type[Model]] = {"mlp": MLP}
