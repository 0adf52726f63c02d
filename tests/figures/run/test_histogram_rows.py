"""Histograms of a comparison: the rows, their axes, and the corners of a histogram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from tests.figures.comparisons import collisions, failed, figures, product, run, written_in

from zerosweep.figures.drawing.histograms import BINS, as_arrays, histograms
from zerosweep.figures.drawing.style import to_png
from zerosweep.figures.run.activation_histograms import blocks

ACTIVATIONS = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}

FACTORS = ["model.activation", "init.scale"]


def kept(activation: str, scale: float, seed: int = 0):
    """Return the saved histograms of three layers of 20 units over 50 rows."""
    normal = np.random.default_rng(seed).standard_normal((3, 50, 20))
    found = histograms({f"hidden{i + 1}": ACTIVATIONS[activation](scale * x) for i, x in enumerate(normal)})
    return as_arrays(found, found)


def started():
    return [
        replace(run(levels), arrays=kept(levels["model.activation"], float(levels["init.scale"])))
        for levels in product(model__activation=list(ACTIVATIONS), init__scale=["100", "0.1"])
    ]


def test_a_block_for_each_level_of_the_first_factor_and_a_row_for_each_run():
    found = blocks(started(), FACTORS)

    assert [block.name for block in found] == ["tanh", "ReLU"]
    assert [[row.name for row in block.rows] for block in found] == [["weight scale 0.1", "weight scale 100"]] * 2
    assert all(len(row.layers) == 3 for block in found for row in block.rows)


def test_rows_share_an_axis_only_where_none_would_vanish():
    tanh, relu = blocks(started(), FACTORS)

    assert len({(row.low, row.high) for row in tanh.rows}) == 1
    assert tanh.rows[0].span == "-1 to 1"
    assert relu.rows[1].high > 100 * relu.rows[0].high
    assert all(row.low == 0 and row.high == max(one.edges[-1] for one in row.layers) for row in relu.rows)


def test_one_factor_or_none_is_one_block():
    runs = [replace(run({"init.scale": scale}), arrays=kept("tanh", float(scale))) for scale in ("1", "2")]

    assert [(block.name, len(block.rows)) for block in blocks(runs, ["init.scale"])] == [("", 2)]
    assert [(block.name, len(block.rows)) for block in blocks(runs[:1], [])] == [("", 1)]


def test_an_outline_by_hand():
    """Bins of width 1 from 0 to 40 on an axis from 0 to 80: the corners of each, at half of the width."""
    (histogram,) = histograms({"hidden1": np.array([[0.5, 0.5, 1.5, 1.5, 1.5, 1.5], [0.0, 0.0, 0.0, 0.0, 10.5, 40.0]])})
    corners = histogram.outline(0, 80, histogram.tallest)

    assert corners.shape == (2 * BINS + 2, 2)
    assert np.allclose(corners[:, 0], np.repeat(np.arange(41), 2) / 80)
    assert np.allclose(corners[[0, -1], 1], 0)
    assert np.allclose(corners[1:7, 1], [1, 1, 1, 1, 0, 0])  # zero's bin is no taller than the tallest of the others
    assert np.allclose(corners[21:23, 1], 0.25)


def test_the_picture_has_all_of_them_and_no_text_on_another():
    figure = figures(started(), ["init.scale", "model.activation"], figure="histograms", panels="model.activation")[
        "histograms"
    ]

    (areas,) = [artist for artist in figure.artists if isinstance(artist, PolyCollection)]
    assert len(areas.get_paths()) == 12
    assert written_in(figure).count("hidden2") == 2
    assert collisions(figure) == []
    assert len(to_png(figure)) < 150_000


def test_runs_without_histograms_are_counted_in_a_note():
    figure = figures(
        [*started(), failed({"model.activation": "relu", "init.scale": "7"})], FACTORS, figure="histograms"
    )["histograms"]

    assert "1 more runs are not drawn" in " ".join(written_in(figure))


@pytest.mark.parametrize("factors", [[], FACTORS])
def test_nothing_kept_is_no_error(factors):
    to_png(figures([run(dict.fromkeys(factors, "x"))], factors, figure="histograms")["histograms"])
