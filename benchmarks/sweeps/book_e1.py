"""Experiment E1 in the style of the book: 32 networks, one after another, in one process, in float64.

    python benchmarks/sweeps/book_e1.py MNIST_FOLDER [EPOCHS]

It reads the first 1,000 images, draws mini-batches of 100 with replacement, trains each network for 20 epochs of 10
updates, and computes the training accuracy once an epoch. It prints the accuracies of the last epoch and writes no
file. Like the book's experiment, and unlike the book style in `benchmarks/step.py`, it computes no loss after an
update.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np  # noqa: E402
from peers.book import SGD, Net  # noqa: E402
from workloads import BATCH, Workload  # noqa: E402

IMAGES, PIXELS = 1_000, 784
SCALES = np.logspace(0, -4, num=16)


def load_mnist(folder):
    """Return the first `IMAGES` images, in [0, 1], shape (IMAGES, PIXELS), and their labels, shape (IMAGES,)."""
    contents = []
    for name, header, size in (("train-images-idx3-ubyte", 16, PIXELS), ("train-labels-idx1-ubyte", 8, 1)):
        plain = Path(folder, name)
        with plain.open("rb") if plain.exists() else gzip.open(f"{plain}.gz") as f:
            f.read(header)
            contents.append(np.frombuffer(f.read(IMAGES * size), np.uint8))
    return contents[0].reshape(IMAGES, PIXELS) / 255.0, contents[1].astype(int)


def train(x_train, t_train, weight_init_std, use_batchnorm, max_epochs):
    """Train a network and return its training accuracy after each epoch."""
    network = Net(Workload("E1", (100,) * 5, deviation=weight_init_std, bn=use_batchnorm))
    optimizer = SGD(lr=0.01)
    train_acc_list = []
    for _ in range(max_epochs):
        for _ in range(IMAGES // BATCH):
            batch_mask = np.random.choice(IMAGES, BATCH)  # noqa: NPY002
            grads = network.gradient(x_train[batch_mask], t_train[batch_mask])
            optimizer.update(network.params, grads)
        train_acc_list.append(network.accuracy(x_train, t_train))
    return train_acc_list


def main():
    x_train, t_train = load_mnist(sys.argv[1])
    max_epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    np.random.seed(0)  # noqa: NPY002
    np.seterr(all="ignore")  # weights of 1.0 overflow
    rows = []
    for w in SCALES:
        bn_acc = train(x_train, t_train, w, True, max_epochs)[-1]
        acc = train(x_train, t_train, w, False, max_epochs)[-1]
        rows.append(f"{w:8.3g} {bn_acc:.3f} {acc:.3f}")
    print("\n".join(["   scale with BN without", *rows]))


if __name__ == "__main__":
    main()
