"""Every model by its name on the command line."""

from zerosweep.nn.cnn import CNN
from zerosweep.nn.mlp import MLP
from zerosweep.nn.model import Model

MODELS: dict[str, type[Model]] = {"mlp": MLP, "cnn": CNN}
