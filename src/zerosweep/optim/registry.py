"""Every optimizer by its name on the command line."""

from zerosweep.optim.adaptive import AdaGrad, Adam, AdamW, RMSProp
from zerosweep.optim.descent import SGD, Momentum, Nesterov
from zerosweep.optim.optimizer import Optimizer

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}
