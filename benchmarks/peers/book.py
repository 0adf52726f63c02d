"""The book style: a network written anew in the style of the book "Deep Learning from Scratch".

It uses float64 (NumPy's default), a dictionary of parameters, an OrderedDict of layer objects, a new array for every
expression, ReLU by boolean indexing, mini-batches from np.random.choice, one optimizer state per parameter, L2 added by
hand to the loss and the gradient, and a second forward pass after each update to compute the loss. An evaluation
predicts all 10,000 images at once.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import numpy as np
from workloads import BATCH, TRAINING_ROWS, Images, Workload

from peers.book_layers import Affine, BatchNormalization, Dropout, Relu, Sigmoid, SoftmaxWithLoss
from peers.candidate import Candidate, stepwise


class Net:
    """A multilayer perceptron for a workload."""

    def __init__(self, workload: Workload):
        self.l2 = workload.l2
        self.params, self.layers = {}, OrderedDict()
        self.affine_count = len(workload.widths) - 1
        for i, (inputs, units) in enumerate(pairwise(workload.widths), 1):
            self.params[f"W{i}"] = workload.start(inputs) * np.random.randn(inputs, units)  # noqa: NPY002
            self.params[f"b{i}"] = np.zeros(units)
            self.layers[f"Affine{i}"] = Affine(self.params[f"W{i}"], self.params[f"b{i}"])
            if i == self.affine_count:
                break
            if workload.bn:
                self.params[f"gamma{i}"], self.params[f"beta{i}"] = np.ones(units), np.zeros(units)
                self.layers[f"BatchNorm{i}"] = BatchNormalization(self.params[f"gamma{i}"], self.params[f"beta{i}"])
            self.layers[f"Activation{i}"] = {"relu": Relu, "sigmoid": Sigmoid}[workload.activation]()
            if workload.dropout:
                self.layers[f"Dropout{i}"] = Dropout(workload.dropout)
        self.last_layer = SoftmaxWithLoss()

    def predict(self, x, train_flg=False):
        for key, layer in self.layers.items():
            x = layer.forward(x, train_flg) if "Dropout" in key or "BatchNorm" in key else layer.forward(x)
        return x

    def loss(self, x, t, train_flg=False):
        y = self.predict(x, train_flg)
        weight_decay = 0
        for i in range(1, self.affine_count + 1):
            weight_decay += 0.5 * self.l2 * np.sum(self.params[f"W{i}"] ** 2)
        return self.last_layer.forward(y, t) + weight_decay

    def accuracy(self, x, t):
        y = np.argmax(self.predict(x), axis=1)
        return np.sum(y == t) / float(x.shape[0])

    def gradient(self, x, t):
        self.loss(x, t, train_flg=True)
        dout = self.last_layer.backward(1)
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        grads = {}
        for i in range(1, self.affine_count + 1):
            affine = self.layers[f"Affine{i}"]
            grads[f"W{i}"], grads[f"b{i}"] = affine.dW + self.l2 * affine.W, affine.db
            if f"BatchNorm{i}" in self.layers:
                norm = self.layers[f"BatchNorm{i}"]
                grads[f"gamma{i}"], grads[f"beta{i}"] = norm.dgamma, norm.dbeta
        return grads


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def update(self, params, grads):
        for key in params:
            params[key] -= self.lr * grads[key]


class Adam:
    def __init__(self, lr, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2, self.iter, self.m, self.v = lr, beta1, beta2, 0, None, None

    def update(self, params, grads):
        if self.m is None:
            self.m = {key: np.zeros_like(value) for key, value in params.items()}
            self.v = {key: np.zeros_like(value) for key, value in params.items()}
        self.iter += 1
        lr_t = self.lr * np.sqrt(1.0 - self.beta2**self.iter) / (1.0 - self.beta1**self.iter)
        for key in params:
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)


def candidates(workload: Workload, images: Images) -> list[Candidate]:
    """Return the book style, or nothing for a convolutional network."""
    if workload.channels:
        return []
    np.random.seed(0)  # noqa: NPY002
    net, optimizer = Net(workload), {"sgd": SGD, "adam": Adam}[workload.optimizer](workload.lr)
    evaluated_x, evaluated_t = images.x.astype(np.float64), images.labels
    x_train, t_train = evaluated_x[:TRAINING_ROWS], images.training_labels

    def step() -> float:
        batch_mask = np.random.choice(TRAINING_ROWS, BATCH)  # noqa: NPY002
        x_batch, t_batch = x_train[batch_mask], t_train[batch_mask]
        optimizer.update(net.params, net.gradient(x_batch, t_batch))
        return net.loss(x_batch, t_batch)

    return [stepwise("book", workload, step, lambda: net.accuracy(evaluated_x, evaluated_t))]
