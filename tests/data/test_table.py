"""Tables of one's own: CSV files written by hand."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerosweep.data.table import Csv, _rows
from zerosweep.errors import DataError, SettingError
from zerosweep.randomness import generator

SMALL = "size,colour,weight\n1,red,-2.5\n3,green,4e1\n5,red,6\n"


@pytest.fixture
def table(tmp_path):
    """table(text, **settings): the dataset of a file with this text, or these bytes, whose target is colour."""

    def dataset(content: str | bytes = SMALL, **settings) -> Csv:
        (tmp_path / "own.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return Csv(**{"path": str(tmp_path / "own.csv"), "target": "colour"} | settings)

    return dataset


def test_reads_numbers_and_names_of_classes(table):
    source = table().source()
    assert source.x.tolist() == [[1, -2.5], [3, 40], [5, 6]]
    assert (source.labels.tolist(), source.names) == ([1, 0, 1], ("green", "red"))


@pytest.mark.parametrize(
    "content",
    [
        SMALL.replace(",", ";"),
        SMALL.replace(",", "\t"),
        SMALL.replace("\n", "\r\n"),
        SMALL.rstrip("\n"),
        SMALL + "\n\n",
        SMALL.replace(",", ", "),
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.replace("red", '"red"').replace("size", '"size"'),
    ],
    ids=["semicolons", "tabs", "Windows", "no last line end", "blank lines", "spaces", "byte order mark", "quotes"],
)
def test_the_same_table_in_other_spellings(table, content):
    plain, other = table().source(), table(content).source()
    assert other.x.tolist() == plain.x.tolist()
    assert (other.labels.tolist(), other.names, other.identity) == (plain.labels.tolist(), plain.names, plain.identity)


def test_a_column_may_have_commas_and_line_ends_in_quotes(table):
    source = table('"a, b",colour\n1,"red,\nor so"\n2,blue\n').source()
    assert (source.names, source.x.tolist()) == (("blue", "red,\nor so"), [[1], [2]])


@pytest.mark.parametrize(
    ("labels", "names"), [("10 9 9", ("9", "10")), ("1.0 0 1", ("0", "1")), ("x 9 10", ("10", "9", "x"))]
)
def test_integers_are_in_their_order_and_words_in_that_of_the_alphabet(table, labels, names):
    rows = "\n".join(f"{row},{label}" for row, label in enumerate(labels.split()))
    assert table(f"size,colour\n{rows}\n").source().names == names


def test_columns_can_be_dropped(table):
    source = table("id,size,name,colour\n7,1,Ann,red\n8,2,Bob,blue\n", drop=["id", "name"]).source()
    assert source.x.tolist() == [[1], [2]]


def test_pixels_in_columns_can_be_images(table):
    text = "colour,a,b,c,d,e,f\nred,1,2,3,4,5,6\nblue,0,0,0,0,0,0\n"
    assert table(text, shape=[2, 3]).source().preprocessing.image == (1, 2, 3)


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False), st.floats(-9, 9), st.text("abcé,;'\" \n\t", min_size=1)
        ),
        min_size=2,
    )
)
def test_whatever_a_csv_writer_writes_is_read(tmp_path_factory, rows):
    rows = [(a, b, f"{number}{word.strip() or 'x'}y") for number, (a, b, word) in enumerate(rows)]
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b", "colour"), *rows])
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_text(text.getvalue(), encoding="utf-8", newline="")
    source = Csv(path=str(file), target="colour").source()
    assert source.x.tolist() == [[a, b] for a, b, _ in rows]
    assert [source.names[label] for label in source.labels] == [word for _, _, word in rows]


def test_the_training_rows_alone_give_the_scales(table):
    rows = "".join(f"{row**3},{'red' if row % 2 else 'blue'}\n" for row in range(40))
    raw, scaled = (
        table(f"size,colour\n{rows}", normalize=normalize).load(generator(0, "split"), np.float64)
        for normalize in (False, True)
    )
    mean, deviation = raw.train.x.mean(), raw.train.x.std()
    for part in ("train", "validation", "test"):
        np.testing.assert_allclose(getattr(scaled, part).x, (getattr(raw, part).x - mean) / deviation, rtol=1e-12)


WRONG = {
    "text": ("size,colour\n1,red\nbig,blue\n", "line 3, column size: 'big'; must be a number; dataset.drop"),
    "an empty cell": ("size,colour\n1,red\n ,blue\n", "line 3, column size: empty; must be a number"),
    "NaN": ("size,colour\n1,red\n2,blue\nnan,red\n", "line 4, column size: 'nan'; must be a finite number"),
    "infinity": ("size,colour\n1,red\n1e999,blue\n", "line 3, column size: 'inf'; must be a finite number"),
    "after blank lines": ("size,colour\n\n1,red\n\nx,blue\n", "line 5, column size: 'x'"),
    "after a cell of two lines": ('size,colour\n1,"a\nb"\nx,blue\n', "line 4, column size: 'x'"),
    "a column of two lines": ('"si\nze",colour\n1,red\nx,blue\n', r"line 4, column 'si\nze': 'x'"),
    "a short row": ("size,colour\n1,red\n2\n", "line 3 has 1 columns; must have 2"),
    "a long row": ("size,colour\n1,red,9\n", "line 2 has 3 columns; must have 2"),
    "no label": ("size,colour\n1,red\n2,\n", "line 3, column colour: empty; must be a class"),
    "NaN as label": ("size,colour\n1,2\n2,NaN\n", "line 3, column colour: 'NaN'; must be a class"),
    "regression": ("size,colour\n1,2\n2,2.5\n", "line 3, column colour: '2.5'; must be a class, an integer or a word"),
    "large labels": ("size,colour\n1,2\n2,1e300\n", "line 3, column colour: '1e300'; must be a class"),
    "one class": ("size,colour\n1,red\n2,red\n", "column colour must be of two classes at least; found only 'red'"),
    "empty": ("", "is empty; its first line must name the columns"),
    "no rows": ("size,colour\n", "has no rows below its first line"),
    "two of a name": ("size,colour,size\n1,red,2\n", "columns 1 and 3 have the same name 'size'"),
    "an index": (",size,colour\n0,1,red\n", "column 1 has no name; name it (pandas: to_csv(..., index=False))"),
    "an open quote": ('size,colour\n1,"red\n', "line 2: unexpected end of data"),
    "not UTF-8": ("size,colour\n1,grün\n".encode("latin-1"), "must be text in UTF-8; holds byte 0xfc"),
    "NUL": ("size,colour\n1\0,red\n", r"line 2, column size: '1\x00'; must be a number"),
}


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_costs_one_line_with_row_and_column(table, content, says):
    dataset = table(content)
    with pytest.raises(DataError) as caught:
        dataset.source()
    assert str(caught.value).startswith(f"{dataset.path}: {says}")
    assert len(str(caught.value).splitlines()) == 1


SETTINGS = {
    "no target": ({"target": None}, "target=null: must be a column of own.csv: size, colour, weight"),
    "misspelt": ({"target": "color"}, "target=color: must be a column of own.csv: .*; did you mean colour"),
    "no such column": ({"drop": ["wieght"]}, "drop=wieght: must be columns of own.csv: .*; did you mean weight"),
    "the target": ({"drop": ["colour"]}, "drop=colour: is the target"),
    "nothing left": ({"drop": ["size", "weight"]}, "drop=.*: leaves no feature"),
    "no image": ({"shape": [2, 2]}, r"shape=\[2, 2\]: must have 2 numbers in all"),
}


@pytest.mark.parametrize(("settings", "says"), SETTINGS.values(), ids=SETTINGS.keys())
def test_a_wrong_setting_is_named(table, settings, says):
    with pytest.raises(SettingError, match=says):
        table(**settings).source()


def test_many_columns_are_not_all_listed(table):
    header = ",".join(f"pixel{i}" for i in range(785))
    with pytest.raises(SettingError, match=r"own.csv: pixel0, .*, pixel10, …, pixel784$"):
        table(f"{header}\n", target="label").source()


def test_a_row_is_known_by_its_last_line(tmp_path):
    assert [line for line, _ in _rows(tmp_path, iter(['a,"b\n', 'c"\n', "\n", "d,e\n"]))] == [2, 4]
