"""A network of PyTorch on scikit-learn's digits."""

import io
from dataclasses import dataclass
from itertools import pairwise

import torch
from sklearn.datasets import load_digits
from torch import nn

import zerosweep as zs


@zs.trainable("torch_mlp", objective="val/loss")
@dataclass
class TorchMLP:
    """A fully connected network with ReLUs, by Adam.

    Attributes:
        hidden: The units of each hidden layer.
        lr: The learning rate.
        epochs: Passes over the training images.
        batch_size: Images of a mini-batch.
    """

    hidden: list[int] = zs.number([100], at_least=1)
    lr: float = zs.number(1e-3, above=0)
    epochs: int = zs.number(5, at_least=1)
    batch_size: int = zs.number(100, at_least=1)

    classes = 10

    @property
    def steps(self):
        return self.epochs

    def train(self, seed):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        images, labels = map(torch.tensor, load_digits(return_X_y=True))
        images, order = images.float() / 16, torch.randperm(len(images))
        rows, val_rows = order[:1437], order[1437:]

        sizes = [images.shape[1], *self.hidden]
        layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
        network = nn.Sequential(*layers, nn.Linear(sizes[-1], self.classes))
        optimizer = torch.optim.Adam(network.parameters(), lr=self.lr)

        def measure(split, rows):
            with torch.no_grad():
                outputs = network(images[rows])
                accuracy = (outputs.argmax(1) == labels[rows]).float().mean()
                loss = nn.functional.cross_entropy(outputs, labels[rows])
                return {f"{split}/loss": loss, f"{split}/accuracy": accuracy}

        for _ in range(self.epochs):
            for batch in rows[torch.randperm(len(rows))].split(self.batch_size):
                optimizer.zero_grad()
                nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
                optimizer.step()
            yield measure("train", rows) | measure("val", val_rows)

        weights = io.BytesIO()
        torch.save(network.state_dict(), weights)
        return {"network.pt": weights.getvalue()}
