"""The published MNIST, where its files are there."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from zerosweep.data.idx import read_idx
from zerosweep.data.mnist import Mnist
from zerosweep.randomness import generator


def load(folder, **settings):
    """Raw pixels as bytes, which is quick and exact."""
    return Mnist(dir=str(folder), normalize=False, **settings).load(generator(0, "split"), np.uint8)


def in_file_order(folder) -> np.ndarray:
    """All 60,000 training images (60000, 784), read without the package."""
    file = folder / "train-images-idx3-ubyte"
    content = file.read_bytes() if file.exists() else gzip.decompress((folder / f"{file.name}.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=16).reshape(60_000, 784)


def test_the_numbers_of_rows(real_mnist):
    assert len(real_mnist.train) + len(real_mnist.validation) == 60_000
    assert len(real_mnist.test) == 10_000
    assert real_mnist.train.x.shape[1:] == (784,)


def test_the_first_labels_are_those_that_everybody_knows(real_mnist):
    assert real_mnist.train.targets[:5].tolist() == [5, 0, 4, 1, 9]
    assert real_mnist.test.targets[:5].tolist() == [7, 2, 1, 0, 4]


def test_each_class_has_its_published_count(real_mnist):
    """Counts of the ten digits among the 60,000 training images."""
    together = np.concatenate([real_mnist.train.targets, real_mnist.validation.targets])
    assert np.bincount(together).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def test_a_thousand_training_images_are_the_first_thousand_of_the_file(mnist_folder):
    data = load(mnist_folder, train_size=1000)

    assert np.array_equal(data.train.x, in_file_order(mnist_folder)[:1000])


def test_validation_images_come_from_the_second_half_and_are_not_trained_on(real_mnist, mnist_folder):
    """Training and validation together are the file, each row once, and the first half of the file is all training."""
    images = in_file_order(mnist_folder)

    assert len(real_mnist.validation) == 3000
    assert np.array_equal(real_mnist.train.x[:30_000], images[:30_000])
    seen = np.concatenate([real_mnist.train.x, real_mnist.validation.x])
    assert sorted(row.tobytes() for row in seen) == sorted(row.tobytes() for row in images)


def test_validation_images_do_not_depend_on_train_size(real_mnist, mnist_folder):
    fewer = load(mnist_folder, train_size=300)

    assert np.array_equal(fewer.validation.x, real_mnist.validation.x)
    assert np.array_equal(fewer.test.x, real_mnist.test.x)


UNPACKED = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the published files once unpacked; how they were packed again does not show in it."""


@pytest.mark.parametrize(("name", "checksum"), UNPACKED.items())
def test_what_is_read_is_what_was_published(mnist_folder, name, checksum):
    file = Mnist(dir=str(mnist_folder)).file(name)
    array = read_idx(file, 3 if "images" in name else 1)
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)

    assert hashlib.sha256(header + array.tobytes()).hexdigest() == checksum
