"""Sets of images in MNIST's format under a name of their own."""

import numpy as np
import pytest
from tests.data.conftest import as_idx, small_mnist

from zerosweep.data.idx import Idx
from zerosweep.data.mnist import Mnist
from zerosweep.errors import DataError, SettingError


def test_reads_what_mnist_reads(write_mnist):
    folder = str(write_mnist(small_mnist()))
    mine, mnist = Idx(dir=folder, name="small").source(), Mnist(dir=folder).source()
    np.testing.assert_array_equal(mine.x, mnist.x)
    names = np.array(mine.names)[mine.labels]
    assert names.tolist() == [str(label) for label in mnist.labels]
    assert (mine.own_test, mine.shape) == (10, (3, 3))


def test_the_folder_may_hold_a_folder_of_the_name(write_mnist):
    folder = write_mnist(small_mnist(), name="small")
    inside, direct = (Idx(dir=str(place), name="small").source() for place in (folder.parent, folder))
    assert inside.identity == direct.identity


def test_classes_are_the_labels_that_occur(write_mnist):
    """EMNIST's letters are numbered from 1."""
    labels = {
        "train-labels-idx1-ubyte": as_idx(np.arange(40) % 26 + 1),
        "t10k-labels-idx1-ubyte": as_idx(np.arange(1, 11)),
    }
    source = Idx(dir=str(write_mnist(small_mnist() | labels)), name="letters").source()
    assert (source.classes, source.names[0], source.names[-1]) == (26, "1", "26")


def test_images_need_not_be_square(write_mnist):
    oblong = {
        "train-images-idx3-ubyte": as_idx(np.zeros((40, 2, 5))),
        "t10k-images-idx3-ubyte": as_idx(np.zeros((10, 2, 5))),
    }
    assert Idx(dir=str(write_mnist(small_mnist() | oblong)), name="small").source().shape == (2, 5)


def test_images_of_as_many_pixels_in_another_shape_are_refused(write_mnist):
    files = small_mnist(side=4) | {"t10k-images-idx3-ubyte": as_idx(np.zeros((10, 2, 8)))}
    with pytest.raises(DataError, match=r"16 pixels \(4×4\) and test images 16 \(2×8\)"):
        Idx(dir=str(write_mnist(files)), name="small").source()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"name": "small"}, "dir=null: must be a folder with the four IDX files"),
        ({"dir": "."}, "name=null: must be what the images are called, as in fashion_mnist"),
    ],
)
def test_folder_and_name_are_needed(settings, says):
    with pytest.raises(SettingError) as caught:
        Idx(**settings).source()
    assert str(caught.value) == says


@pytest.mark.parametrize("name", ["", "../up", "a/b", "two words", ".hidden"])
def test_a_name_is_one_word(name):
    with pytest.raises(SettingError, match=r"^name="):
        Idx(name=name)


def test_other_images_than_mnist_are_not_taken_for_it_in_silence(write_mnist, caplog):
    Mnist(dir=str(write_mnist(small_mnist()))).source()
    assert "not the published MNIST" in caplog.text


def test_the_published_images_are_known(mnist_folder, caplog):
    Mnist(dir=str(mnist_folder)).source()
    assert caplog.text == ""
