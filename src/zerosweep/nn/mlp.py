"""The multilayer perceptron."""

from __future__ import annotations

from dataclasses import dataclass, field

from zerosweep.nn.activations import ACTIVATIONS, activation
from zerosweep.nn.batchnorm import BatchNorm
from zerosweep.nn.dense import Dense, Flatten
from zerosweep.nn.dropout import Dropout
from zerosweep.nn.layer import Layer
from zerosweep.nn.model import Model
from zerosweep.recipe import added_later, named_in, number


@dataclass
class MLP(Model):
    """Multilayer perceptron: for each entry of `hidden`, Dense - BatchNorm? - activation - Dropout?; then Dense.

    hidden: units of each hidden layer; an empty list gives softmax regression. activation: relu, leaky_relu, sigmoid,
    tanh, or a layer of a plugin. slope: of leaky_relu left of zero. bn_epsilon, bn_momentum, bn_affine: batch normalization's
    ε > 0, the momentum of its running statistics from 0 to 1, which stay at mean 0 and variance 1 with 1, and whether it has
    a γ and a β to train. absorb_bias: of a layer in front of BatchNorm leave out the bias, which has no effect there; false
    computes it, and the gradient that it gets, all the same (experiment E6).
    """

    hidden: list[int] = number([100, 100, 100, 100, 100], at_least=1)
    activation: str = named_in(ACTIVATIONS, "relu")
    slope: float = number(0.01, above=0, below=1)
    bn_epsilon: float = number(1e-5, above=0)
    absorb_bias: bool = True
    bn_momentum: float = added_later(number(0.9, at_least=0, at_most=1))
    bn_affine: bool = added_later(field(default=True))

    def layers(self, classes: int, bn: bool, dropout: float) -> list[Layer]:
        row: list[Layer] = [Flatten()]
        for units in self.hidden:
            row.append(Dense(units, bias_absorbed=bn and self.absorb_bias))
            if bn:
                row.append(BatchNorm(self.bn_epsilon, self.bn_momentum, self.bn_affine))
            row.append(activation(self.activation, self.slope))
            if dropout:
                row.append(Dropout(dropout))
        return [*row, Dense(classes)]
