"""Arrays in memory, saved once under a name that is their content."""

import numpy as np
import pandas as pd
import pytest

from zerosweep.data.arrays import saved
from zerosweep.data.npz import Npz
from zerosweep.errors import DataError, SettingError

X, Y = np.arange(12.0).reshape(4, 3), np.array([0, 1, 0, 1])


def test_what_is_saved_is_read_back(tmp_path):
    file = saved(X, Y, x_test=X[:2], y_test=Y[:2], folder=tmp_path / "data")
    source = Npz(path=str(file)).source()
    np.testing.assert_array_equal(source.x, np.concatenate([X, X[:2]]))
    assert (source.labels.tolist(), source.own_test) == ([0, 1, 0, 1, 0, 1], 2)
    assert [file] == list((tmp_path / "data").iterdir())


def test_equal_arrays_have_one_file_and_others_another(tmp_path):
    file = saved(X, Y, folder=tmp_path)
    written = file.stat().st_mtime_ns
    same = [saved(X.tolist(), list(Y), folder=tmp_path), saved(np.asfortranarray(X), Y.astype(bool), folder=tmp_path)]
    assert same == [file, file]
    assert file.stat().st_mtime_ns == written
    others = {
        saved(X.astype(np.float32), Y, folder=tmp_path),
        saved(X.reshape(4, 3, 1), Y, folder=tmp_path),
        saved(X, Y[::-1], folder=tmp_path),
        saved(X, Y, x_val=X, y_val=Y, folder=tmp_path),
    }
    assert len(others | {file}) == 5


def test_a_frame_and_its_words_are_arrays_too(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False], "c": [0.5, 1.5]})
    source = Npz(path=str(saved(frame, pd.Series(["x", "y"]), folder=tmp_path))).source()
    assert (source.x.tolist(), source.names) == ([[1, 1, 0.5], [2, 0, 1.5]], ("x", "y"))


WRONG = {
    "ragged": ([[1, 2], [3]], [0, 1], "the arrays: x: setting an array element"),
    "text in a frame": (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), [0, 1], "the arrays: x[0, 1] is 'x'; must be a number"),
    "nothing in a frame": (pd.DataFrame({"a": [1, None], "b": [1, 2]}), [0, 1], "the arrays: x[1, 0] is nan"),
    "words and numbers": (X[:2], pd.Series(["x", 1]), "the arrays: y[1] is 1; must be a word"),
    "too few": (X, Y[:3], "the arrays: y has 3 labels for the 4 rows of x"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "y", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_array_of_numbers_costs_one_line(tmp_path, x, y, says):
    with pytest.raises(DataError) as caught:
        saved(x, y, folder=tmp_path)
    assert str(caught.value).startswith(says)
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"^data=.*: cannot be made or written to"):
        saved(X, Y, folder=tmp_path / "file" / "data")
