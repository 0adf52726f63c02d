"""MNIST from a folder of IDX files: what is read, and what a wrong folder or file costs."""

import gzip

import numpy as np
import pytest
from tests.data.conftest import as_idx, small_mnist

from zerosweep.data.mnist import Mnist
from zerosweep.errors import DataError
from zerosweep.randomness import generator

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


@pytest.mark.parametrize("gzipped", [False, True])
def test_the_training_files_come_first_and_the_test_files_last(write_mnist, gzipped):
    files = small_mnist(train=40, test=10)
    source = Mnist(dir=str(write_mnist(files, gzipped=gzipped))).source()

    assert source.x.tobytes() == files[IMAGES][16:] + files[TEST_IMAGES][16:]
    assert source.labels.tobytes() == files[LABELS][8:] + files[TEST_LABELS][8:]
    assert source.own_test == 10
    assert source.x.shape == (50, 9)


def test_a_folder_may_mix_gzipped_and_plain_files(write_mnist):
    files = small_mnist()
    folder = write_mnist(files)
    (folder / LABELS).unlink()
    (folder / f"{LABELS}.gz").write_bytes(gzip.compress(files[LABELS]))

    assert Mnist(dir=str(folder)).source().labels.tobytes() == files[LABELS][8:] + files[TEST_LABELS][8:]


def test_a_tilde_is_the_home_folder(write_mnist, monkeypatch):
    folder = write_mnist(small_mnist(train=7))
    monkeypatch.setenv("HOME", str(folder.parent))

    assert len(Mnist(dir=f"~/{folder.name}").source().labels) == 17


def test_loading_keeps_the_file_order_and_the_own_test_set(write_mnist):
    """The first pixel of each image is its number in its file."""
    folder = write_mnist(small_mnist(train=40, test=10))
    data = Mnist(dir=str(folder), val_size=8, train_size=15, normalize=False).load(generator(0, "split"))

    validation = data.validation.x[:, 0].tolist()
    assert len(set(validation)) == 8
    assert min(validation) >= 20
    assert data.train.x[:, 0].tolist() == list(range(15))
    assert data.test.x[:, 0].tolist() == list(range(10))


def mistakes() -> dict[str, tuple[dict[str, bytes], str, str]]:
    """What replaces a good file, the file that the message must name, and a part of what it must say."""
    good = small_mnist(train=40)
    digits = np.arange(40) % 10
    ten = digits.copy()
    ten[17] = 10
    return {
        "a label too few": ({LABELS: as_idx(digits[:-1])}, LABELS, "39 labels for the 40 images"),
        "a label too many": ({LABELS: as_idx(np.arange(41) % 10)}, LABELS, "41 labels for the 40 images"),
        "a label of ten": ({LABELS: as_idx(ten)}, LABELS, "label 10; must be 0 to 9"),
        "a test label of 255": ({TEST_LABELS: as_idx(np.full(10, 255))}, TEST_LABELS, "label 255"),
        "images as labels": ({LABELS: good[IMAGES]}, LABELS, "3 dimensions; expected type 8 in 1"),
        "labels as images": ({IMAGES: good[LABELS]}, IMAGES, "1 dimensions; expected type 8 in 3"),
        "truncated images": ({TEST_IMAGES: good[TEST_IMAGES][:-5]}, TEST_IMAGES, "truncated"),
        "no images at all": ({IMAGES: as_idx(np.zeros((0, 3, 3))), LABELS: as_idx(np.zeros(0))}, LABELS, "0 labels"),
    }


@pytest.mark.parametrize(("replaced", "named", "complaint"), mistakes().values(), ids=mistakes().keys())
@pytest.mark.parametrize("gzipped", [False, True])
def test_a_wrong_file_costs_one_line_that_names_it(write_mnist, replaced, named, complaint, gzipped):
    folder = write_mnist(small_mnist(train=40) | replaced, gzipped=gzipped)

    with pytest.raises(DataError) as caught:
        Mnist(dir=str(folder)).source()

    message = str(caught.value)
    assert str(folder / named) in message
    assert complaint in message
    assert "\n" not in message


def test_images_of_two_sizes_are_refused(write_mnist):
    folder = write_mnist(small_mnist(side=3) | {TEST_IMAGES: as_idx(np.zeros((10, 4, 4)))})

    with pytest.raises(DataError, match=r"9 pixels .* 16") as caught:
        Mnist(dir=str(folder)).source()

    assert str(folder) in str(caught.value)


def test_an_absent_folder_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        Mnist(dir=str(tmp_path / "nowhere")).source()

    assert str(caught.value) == f"dataset.dir={tmp_path / 'nowhere'}: no such folder"


def test_an_absent_file_is_named_with_its_folder(write_mnist):
    folder = write_mnist(small_mnist())
    (folder / TEST_LABELS).unlink()

    with pytest.raises(DataError) as caught:
        Mnist(dir=str(folder)).source()

    assert str(caught.value) == f"dataset.dir={folder}: holds neither {TEST_LABELS} nor {TEST_LABELS}.gz"


@pytest.mark.parametrize("shape", [(40, 0, 3), (40, 3, 0), (40, 0, 0)])
def test_images_without_pixels_are_refused(write_mnist, shape):
    files = small_mnist(train=40) | {IMAGES: as_idx(np.zeros(shape))}
    with pytest.raises(DataError, match=r"images of .* pixels; must have at least one pixel"):
        Mnist(dir=str(write_mnist(files))).source()
