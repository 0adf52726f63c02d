"""Arrays of one's own: what is read, how it is split and scaled, and what a wrong archive costs."""

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from zerosweep.data.npz import Npz
from zerosweep.errors import DataError, SettingError
from zerosweep.randomness import generator

X, Y = np.arange(12.0).reshape(4, 3), np.array([7, 5, 7, 9])


@pytest.fixture
def write(tmp_path):
    """write(x=..., y=..., **settings): the dataset of an archive with these arrays; others are settings."""

    def dataset(**given) -> Npz:
        names = [name for name in given if isinstance(given[name], np.ndarray)]
        np.savez(tmp_path / "own.npz", **{name: given.pop(name) for name in names})
        return Npz(path=str(tmp_path / "own.npz"), **given)

    return dataset


def refusal(dataset: Npz) -> str:
    with pytest.raises((DataError, SettingError)) as caught:
        dataset.load(generator(0, "split"))
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value).removeprefix(f"{dataset.path}: ")


def test_reads_inputs_and_numbers_the_classes(write):
    source = write(x=X, y=Y).source()
    assert source.x.tolist() == X.tolist()
    assert (source.labels.tolist(), source.names, source.classes) == ([1, 0, 1, 2], ("5", "7", "9"), 3)


@pytest.mark.parametrize("labels", [["b", "a", "b", "c"], [True, False, True, False], [2.0, 0.0, 2.0, 3.0]])
def test_labels_may_be_words_booleans_or_floats_without_a_fraction(write, labels):
    source = write(x=X, y=np.array(labels)).source()
    names = sorted({str(int(label)) if not isinstance(label, str) else label for label in labels})
    assert source.names == tuple(names)
    assert [source.names[label] for label in source.labels] == [
        str(int(label)) if not isinstance(label, str) else label for label in labels
    ]


@given(
    arrays(
        st.sampled_from([np.uint8, np.float32, np.float64, np.int16, np.bool_]),
        array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=5),
        elements={"allow_nan": False, "allow_infinity": False, "allow_subnormal": False},
    )
)
def test_round_trip(x):
    x = np.concatenate([x, x])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "own.npz")
        np.savez_compressed(file, x=x, y=np.arange(len(x)))
        source = Npz(path=str(file)).source()
    np.testing.assert_array_equal(source.x, x.reshape(len(x), -1))
    assert source.shape == x.shape[1:]
    assert source.x.dtype == (x.dtype if x.dtype in (np.uint8, np.float32) else np.float64)


@pytest.mark.parametrize(
    ("shape", "settings", "image"),
    [
        ((6, 5), {}, (1, 6, 5)),
        ((6, 5, 3), {}, (3, 6, 5)),
        ((3, 6, 5), {}, (3, 6, 5)),
        ((6, 5, 1), {}, (1, 6, 5)),
        ((3, 6, 3), {"channels": "first"}, (3, 6, 3)),
        ((3, 6, 3), {"channels": "last"}, (3, 3, 6)),
        ((6, 5, 7), {"channels": "last"}, (7, 6, 5)),
        ((30,), {"shape": [6, 5]}, (1, 6, 5)),
        ((90,), {"shape": [6, 5, 3]}, (3, 6, 5)),
        ((30,), {}, None),
    ],
)
def test_the_shape_of_images(write, shape, settings, image):
    assert write(x=np.zeros((4, *shape)), y=Y, **settings).source().preprocessing.image == image


def test_an_archive_may_bring_its_own_sets(write):
    """Rows are told by their number, labels repeat, and nothing of a set gets into another."""
    arrays = {}
    for start, part, rows in ((0, "train", 20), (100, "val", 6), (200, "test", 4)):
        arrays |= {f"x_{part}": np.arange(start, start + rows)[:, None], f"y_{part}": np.arange(rows) % 2}
    data = write(**arrays, normalize=False).load(generator(0, "split"))
    train, validation, test = (part.x[:, 0].tolist() for part in (data.train, data.validation, data.test))
    assert sorted(train) == [*range(20)]
    assert train != sorted(train)  # a file sorted by class would train on few classes with train_size
    assert sorted(validation) == [*range(100, 106)]
    assert sorted(test) == [*range(200, 204)]
    some = write(**arrays, normalize=False, train_size=3, val_size=2, test_size=1).load(generator(0, "split"))
    assert [part.x[:, 0].tolist() for part in (some.train, some.validation, some.test)] == [
        train[:3],
        validation[:2],
        test[:1],
    ]


@pytest.mark.parametrize(("rows", "sizes"), [(100, (70, 10, 20)), (11, (6, 2, 3)), (3, (1, 1, 1))])
def test_a_fifth_is_for_testing_and_a_tenth_for_validation(write, rows, sizes):
    data = write(x=np.zeros((rows, 2)), y=np.arange(rows) % 2).load(generator(0, "split"))
    assert (len(data.train), len(data.validation), len(data.test)) == sizes


def test_bytes_are_divided_and_other_numbers_standardized_on_the_training_rows(write):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (50, 3)), rng.integers(0, 2, 50)
    as_bytes = write(x=x.astype(np.uint8), y=y).load(generator(0, "split"), np.float64)
    raw = write(x=x, y=y, normalize=False).load(generator(0, "split"), np.float64)
    scaled = write(x=x, y=y).load(generator(0, "split"), np.float64)
    for part in ("train", "validation", "test"):
        mine = getattr(raw, part).x
        np.testing.assert_array_equal(getattr(as_bytes, part).x, mine / 255)
        expected = (mine - raw.train.x.mean(axis=0)) / raw.train.x.std(axis=0)
        np.testing.assert_allclose(getattr(scaled, part).x, expected, rtol=1e-12)


def test_where_the_sets_end_is_part_of_the_identity(write):
    one = write(x_train=X[:3], y_train=Y[:3], x_test=X[3:], y_test=Y[3:]).source()
    other = write(x_train=X[:2], y_train=Y[:2], x_test=X[2:], y_test=Y[2:]).source()
    np.testing.assert_array_equal(one.x, other.x)
    assert one.identity != other.identity


def test_other_names_of_the_classes_are_other_data(write):
    assert write(x=X, y=Y).source().identity != write(x=X, y=Y + 1).source().identity


def nan_at(*place):
    x = np.zeros((4, 3) if len(place) == 2 else (4, 2, 3))
    x[place] = np.nan
    return x


WRONG = {
    "NaN": ({"x": nan_at(2, 1), "y": Y}, "x[2, 1] is nan; must be a finite number"),
    "NaN in an image": ({"x": nan_at(3, 0, 2), "y": Y}, "x[3, 0, 2] is nan"),
    "text": ({"x": np.full((4, 3), "a"), "y": Y}, "x is of type <U1; must be numbers"),
    "complex": ({"x": X + 1j, "y": Y}, "x is of type complex128; must be numbers"),
    "objects": ({"x": X.astype(object), "y": Y}, "array 'x' cannot be read (Python objects are refused"),
    "object labels": ({"x": X, "y": np.array([*"abca"], object)}, "array 'y' cannot be read (Python objects are refused"),
    "no y": ({"x": X}, "has no array y; found x"),
    "no x": ({"y": Y}, "has no array x; found y"),
    "a set without labels": ({"x": X, "y": Y, "x_val": X}, "has no array y_val; found x, y, x_val"),
    "a misspelt set": ({"x": X, "y": Y, "x_tset": X}, "array 'x_tset'; must be x and y, or of x_train"),
    "x twice": ({"x": X, "x_train": X, "y": Y}, "has both x and x_train"),
    "a label too few": ({"x": X, "y": Y[:3]}, "y has 3 labels for the 4 rows of x"),
    "one class": ({"x": X, "y": np.ones(4, int)}, "y must be of two classes at least; found only 1"),
    "a fraction": ({"x": X, "y": np.array([0, 1, 0.5, 1])}, "y[2] is 0.5; must be a class, an integer or a word"),
    "NaN as label": ({"x": X, "y": np.array([0, 1, np.nan, 1])}, "y[2] is nan"),
    "no word": ({"x": X, "y": np.array(["a", "", "b", "c"])}, "y[1] is empty"),
    "one-hot": ({"x": X, "y": np.eye(4)}, "y has shape (4, 4); must be (n,); one-hot rows are y.argmax(axis=1)"),
    "a column of labels": ({"x": X, "y": Y[:, None]}, "y has shape (4, 1); must be (n,)"),
    "no rows": ({"x": X[:0], "y": Y[:0]}, "x has shape (0, 3); must be (n, d)"),
    "one number a row": ({"x": X[:, 0], "y": Y}, "x has shape (4,); must be (n, d)"),
    "videos": ({"x": np.zeros((4, 2, 2, 2, 2)), "y": Y}, "x has shape (4, 2, 2, 2, 2)"),
    "a set of other features": ({"x": X, "y": Y, "x_test": X[:, :2], "y_test": Y}, "x_test is float64 of shape (n, 2); must be float64 of shape (n, 3)"),
    "a set of other numbers": ({"x": X, "y": Y, "x_val": X.astype(np.uint8), "y_val": Y}, "x_val is uint8 of shape (n, 3)"),
    "a set of other labels": ({"x": X, "y": Y, "x_val": X, "y_val": np.array([*"abca"])}, "y_val is <U1; must be int64"),
    "channels on both sides": ({"x": np.zeros((4, 3, 6, 3)), "y": Y}, "channels=auto: cannot tell which axis of [3, 6, 3] has the channels"),
    "no room for the shape": ({"x": X, "y": Y, "shape": [2, 2]}, "shape=[2, 2]: must have 3 numbers in all, as a row of the file; has 4"),
    "another shape": ({"x": np.zeros((4, 2, 3)), "y": Y, "shape": [3, 2]}, "shape=[3, 2]: must be [2, 3] or null"),
    "too large for float32": ({"x": X * 1e38, "y": Y, "normalize": False}, "too large for float32"),
    "too many for testing": ({"x": X, "y": Y, "x_test": X, "y_test": Y, "test_size": 5}, "test_size=5: must be <= 4, the rows of the data's own set"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "says"), WRONG.values(), ids=WRONG.keys())
def test_wrong_arrays_cost_one_line(write, given, says):
    assert says in refusal(write(**given))


def archive(**given) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **given)
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


WHOLE = archive(x=X, y=Y)
FILES = {
    "empty": (b"", "must be a NumPy archive"),
    "truncated": (WHOLE[:-30], "must be a NumPy archive"),
    "text": (b"x,y\n1,2\n", "must be a NumPy archive"),
    "one array": (npy(X), "must be a NumPy archive"),
    "a pickle": (b"\x80\x04K\x01.", "must be a NumPy archive"),
    "a flipped byte": (WHOLE.replace(X.tobytes(), X[::-1].tobytes()), "array 'x' cannot be read (Bad CRC-32"),
    "an archive of text": (zipped(x=b"1", y=b"2"), "'x' is no array"),
    "a short array": (zipped(**{"x.npy": npy(X)[:-8], "y.npy": npy(Y)}), "array 'x' cannot be read"),
    "no arrays": (zipped(), "has no array x; found none"),
}


@pytest.mark.parametrize(("content", "says"), FILES.values(), ids=FILES.keys())
def test_a_wrong_file_costs_one_line(tmp_path, content, says):
    (tmp_path / "own.npz").write_bytes(content)
    assert says in refusal(Npz(path=str(tmp_path / "own.npz")))


def test_no_file_is_named(tmp_path):
    assert refusal(Npz(path="nowhere.npz")) == "dataset.path=nowhere.npz: no such file"
    assert refusal(Npz(path=str(tmp_path))).endswith("cannot be read (Is a directory)")
    assert refusal(Npz()).startswith("path=null: must be a NumPy archive")
