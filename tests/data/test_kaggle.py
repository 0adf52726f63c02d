"""The Digit Recognizer's CSV, written by the tests."""

import numpy as np
import pytest

from zerosweep.data.kaggle import Kaggle
from zerosweep.errors import DataError, SettingError
from zerosweep.randomness import generator

HEADER = "label,pixel0,pixel1,pixel2\n"


def rows(n: int = 20, seed: int = 0) -> np.ndarray:
    """(n, 4): a label, the row's number, and two pixels."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, 10, n), np.arange(n), rng.integers(0, 256, (n, 2))])


def test_reads_labels_and_pixels(tmp_path):
    file = tmp_path / "train.csv"
    file.write_text(HEADER + "7,0,128,255\n0,1,2,3\n")

    source = Kaggle(path=str(file)).source()

    assert source.x.tolist() == [[0, 128, 255], [1, 2, 3]]
    assert source.labels.tolist() == [7, 0]
    assert source.own_test == 0


@pytest.mark.parametrize("content", ["7,0,128,255\r\n", "7,0,128,255"], ids=["Windows line ends", "no last line end"])
def test_line_ends_do_not_matter(tmp_path, content):
    file = tmp_path / "train.csv"
    file.write_bytes((HEADER.replace("\n", "\r\n" if "\r" in content else "\n") + content).encode())

    assert Kaggle(path=str(file)).source().x.tolist() == [[0, 128, 255]]


def test_a_split_deals_out_the_rows_of_the_file(digit_recognizer):
    table = rows(20)
    dataset = Kaggle(path=str(digit_recognizer(table)), val_size=3, test_size=4, normalize=False)
    data = dataset.load(generator(0, "split"))

    parts = (data.train, data.validation, data.test)
    assert [len(part) for part in parts] == [13, 3, 4]
    dealt = np.concatenate([np.column_stack([part.targets, part.x]) for part in parts])
    assert sorted(dealt.tolist()) == sorted(table.tolist())


def test_default_sizes_are_those_of_experiment_e2():
    """42,000 rows, a tenth for validation."""
    dataset = Kaggle()

    assert (dataset.val_size, dataset.normalize) == (4200, True)


WRONG = {
    "no header": ("7,0,128,255\n0,1,2,3\n", "header"),
    "the competition's test.csv": ("pixel0,pixel1,pixel2\n0,128,255\n", "header"),
    "columns in another order": ("label,pixel1,pixel0,pixel2\n7,0,128,255\n", "header"),
    "label only": ("label\n7\n", "header"),
    "nothing at all": ("", "header"),
    "text in a cell": (HEADER + "7,0,128,255\n0,1,two,3\n", "must hold integers from 0 to 255"),
    "an empty cell": (HEADER + "7,0,,255\n", "must hold integers from 0 to 255"),
    "a fraction": (HEADER + "7,0,0.5,255\n", "must hold integers from 0 to 255"),
    "256": (HEADER + "7,0,256,255\n", "must hold integers from 0 to 255"),
    "a negative number": (HEADER + "7,0,-1,255\n", "must hold integers from 0 to 255"),
    "a huge number": (HEADER + f"7,0,{10**30},255\n", "must hold integers from 0 to 255"),
    "one row a column short": (HEADER + "7,0,128,255\n0,1,2\n", "number of columns changed"),
    "every row a column short": (HEADER + "7,0,128\n0,1,2\n", "truncated; 4 columns"),
    "every row a column too long": (HEADER + "7,0,128,255,9\n", "truncated; 4 columns"),
    "a label of ten": (HEADER + "7,0,128,255\n10,1,2,3\n", "label 10; must be 0 to 9"),
    "cut in the middle of a row": (HEADER + "7,0,128,255\n0,1,", "number of columns changed"),
    "not text": (HEADER + "7,0,\xff\xfe,1\n", "must hold integers from 0 to 255"),
}


@pytest.mark.parametrize(("content", "complaint"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_costs_one_line_that_names_it(tmp_path, content, complaint):
    file = tmp_path / "train.csv"
    file.write_bytes(content.encode("latin-1"))

    with pytest.raises(DataError) as caught:
        Kaggle(path=str(file)).source()

    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert complaint in message
    assert "\n" not in message


def test_a_header_without_rows_costs_one_line_and_no_warning(tmp_path):
    file = tmp_path / "train.csv"
    file.write_text(HEADER)

    with pytest.raises(DataError, match="truncated"):
        Kaggle(path=str(file)).source()


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        Kaggle(path=str(tmp_path / "nowhere.csv")).source()

    assert str(caught.value) == f"dataset.path={tmp_path / 'nowhere.csv'}: no such file"


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        Kaggle(path=str(tmp_path)).source()

    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_path_is_a_setting_to_give():
    with pytest.raises(SettingError, match=r"train\.csv") as caught:
        Kaggle().source()

    assert caught.value.setting == "path"
    assert str(caught.value.within("dataset")).startswith("dataset.path=null: ")


@pytest.mark.parametrize("row", ["#7,0,128,255", "# a remark", "7,0,128,255 # a remark"])
def test_a_row_with_a_remark_is_refused_and_not_passed_over(tmp_path, row):
    file = tmp_path / "train.csv"
    file.write_text(f"{HEADER}7,0,128,255\n{row}\n1,1,2,3\n")
    with pytest.raises(DataError, match="must hold integers from 0 to 255"):
        Kaggle(path=str(file)).source()
