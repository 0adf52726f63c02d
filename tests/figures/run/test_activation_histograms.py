"""Distributions of hidden outputs: the histograms, then the picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from matplotlib.collections import Collection
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from tests.figures.comparisons import collisions, key, written_in
from tests.figures.conftest import texts_of

from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.histograms import BINS, as_arrays, from_arrays, histograms
from zerosweep.figures.run import activation_histograms
from zerosweep.figures.run.activation_histograms import AFTER, BEFORE, panels


def draw(untrained, trained, title):
    """The figure of a single run."""
    run = ComparedRun({}, "", "learned", None, [], [], as_arrays(untrained, trained))
    return activation_histograms.draw([run], [], title)


FLOATS = st.floats(-(2.0**99), 2.0**99, width=32)


def layers(n: int, seed: int = 0, scale: float = 1.0) -> dict[str, np.ndarray]:
    """Outputs (50, 20) of n ReLU layers."""
    rng = np.random.default_rng(seed)
    normal = scale * rng.standard_normal((n, 50, 20))
    return {f"hidden{i + 1}": np.maximum(y, 0).astype(np.float32) for i, y in enumerate(normal)}


@settings(deadline=None)
@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=FLOATS))
def test_a_histogram_is_of_all_outputs(y):
    (histogram,) = histograms({"hidden1": y})

    assert histogram.share.shape == (BINS,)
    assert histogram.edges.shape == (BINS + 1,)
    assert histogram.share.sum() == pytest.approx(1)
    assert (histogram.share >= 0).all()
    assert (np.diff(histogram.edges) > 0).all()
    assert histogram.edges[0] <= y.min()
    assert histogram.edges[-1] >= y.max()
    assert histogram.std == pytest.approx(np.std(y.astype(np.float64)), rel=1e-9, abs=1e-300)
    assert histogram.zero == pytest.approx(np.count_nonzero(y == 0) / y.size)


def test_shares_by_hand():
    """0 to 40 in 40 bins of width 1: three outputs in the first, one in the eleventh, one, the largest, in the last."""
    (histogram,) = histograms({"hidden1": np.array([[0.0, 0.0, 0.5], [10.5, 40.0, 40.0]])})

    assert np.flatnonzero(histogram.share).tolist() == [0, 10, 39]
    assert histogram.share[[0, 10, 39]].tolist() == pytest.approx([3 / 6, 1 / 6, 2 / 6])
    assert histogram.zero == pytest.approx(2 / 6)
    assert histogram.density[[0, 10, 39]].tolist() == pytest.approx([3 / 6, 1 / 6, 2 / 6])


def test_the_area_under_a_density_is_one():
    for histogram in histograms(layers(3, scale=7.0)):
        assert np.sum(histogram.density * np.diff(histogram.edges)) == pytest.approx(1)


def test_what_is_not_finite_is_left_out():
    y = np.array([[1.0, np.nan, 2.0], [np.inf, 3.0, -np.inf]], np.float32)
    (histogram,) = histograms({"hidden1": y})

    assert histogram.share.sum() == pytest.approx(1)
    assert (histogram.edges[0], histogram.edges[-1]) == (1, 3)
    assert histogram.std == pytest.approx(np.std([1, 2, 3]))


def test_a_layer_with_nothing_finite_is_left_out():
    outputs = {"hidden1": np.full((3, 2), np.nan), "hidden2": np.ones((3, 2)), "hidden3": np.full((3, 2), np.inf)}

    assert [histogram.layer for histogram in histograms(outputs)] == ["hidden2"]


NARROW = {
    "a constant": np.full((4, 3), 0.5),
    "zeros": np.zeros((4, 3)),
    "neighbours in float32": np.array([[0.5, np.nextafter(np.float32(0.5), np.float32(1))]]),
    "neighbours in float64": np.array([[0.5, np.nextafter(0.5, 1)]]),  # a collapsed sigmoid layer in float64
    "a huge constant": np.array([[1e30]]),  # all that is left of a diverged layer: the rest is infinite
    "denormal": np.array([[0.0, 1e-323]]),
}


@pytest.mark.parametrize("y", NARROW.values(), ids=NARROW.keys())
def test_a_layer_that_has_collapsed_has_a_histogram_and_a_picture(image, y):
    found = histograms({"hidden1": y})

    assert found[0].share.sum() == pytest.approx(1)
    image(draw(found, found, "collapsed"))


def drawn(figure: Figure) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The corners of the areas, of the trained network, and of the outlines, of the untrained one, in inches."""
    areas, outlines, _ = (artist for artist in figure.artists if isinstance(artist, Collection))
    assert same_color(areas.get_facecolor()[0, :3], AFTER) if areas.get_paths() else True
    assert same_color(outlines.get_edgecolor(), BEFORE)
    return [path.vertices for path in areas.get_paths()], [path.vertices for path in outlines.get_paths()]


def handles(figure: Figure) -> list[Line2D]:
    """The samples of the key."""
    return [line for line in figure.findobj(Line2D) if line.get_markevery() == [1]]


def written(figure: Figure) -> list[str]:
    return written_in(figure)


@pytest.mark.parametrize("n", [1, 2, 5, 6, 10])
def test_a_panel_for_each_hidden_layer(image, n):
    """Five in a row, one row below the other; nothing written on another."""
    before, after = histograms(layers(n)), histograms(layers(n, seed=1, scale=3))
    figure = draw(before, after, "a run: learned")
    image(figure)

    names = [text.split("\n")[0] for text in written(figure) if text.startswith("hidden")]
    assert names == [f"hidden{i + 1}" for i in range(n)]
    areas, outlines = drawn(figure)
    assert len(areas) == len(outlines) == n
    corners = [area.min(axis=0) for area in areas]
    assert np.allclose(corners, [outline.min(axis=0) for outline in outlines])
    assert len({round(x, 6) for x, _ in corners}) == min(n, 5)
    assert len({round(y, 6) for _, y in corners}) == -(-n // 5)
    assert "a run: learned" in texts_of(figure)
    assert collisions(figure) == []


def test_areas_are_as_large_as_what_they_stand_for():
    """On one axis a uniform distribution three times as wide is a third as high: both areas are the same."""
    y = np.linspace(1, 2, 4001)[:, None]
    figure = draw(histograms({"hidden1": y}), histograms({"hidden1": 1 + 3 * (y - 1)}), "")
    ((area,), (outline,)) = drawn(figure)
    wide, narrow = (np.ptp(corners, axis=0) for corners in (area, outline))

    assert wide[0] == pytest.approx(3 * narrow[0])
    assert wide[1] == pytest.approx(narrow[1] / 3, rel=0.01)
    assert {"1", "4", "output", "density"} <= set(written(figure))


def test_one_that_would_vanish_has_an_axis_of_its_own():
    y = np.linspace(1, 2, 4001)[:, None]
    together, apart = (panels(histograms({"a": y}), histograms({"a": factor * y}))[0] for factor in (25, 100))

    assert together.apart is None
    assert together.ends == (1, 50)
    assert apart.apart == pytest.approx((1, 2))
    assert apart.ends == pytest.approx((100, 200))
    assert np.allclose(apart.before, apart.after, atol=0.01)  # each as wide and as high as its panel
    assert "1 to 2" in written(draw(histograms({"a": y}), histograms({"a": 100 * y}), ""))


def test_before_and_after_are_labelled():
    figure = draw(histograms(layers(2)), histograms(layers(2, 1)), "")

    assert key(figure) == ["after training", "before training"]
    assert [line.get_color() for line in handles(figure)] == [AFTER, BEFORE]


@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 3), (3, 2), (2, 3)])
def test_a_diverged_network_may_have_no_layer_left_to_show(image, before, after):
    figure = draw(histograms(layers(before)), histograms(layers(after)), "a run: diverged")
    image(figure)

    areas, outlines = drawn(figure)
    assert (len(outlines), len(areas)) == (before, after)
    assert sum(text.startswith("hidden") for text in written(figure)) == 3


def test_no_hidden_layer_is_no_error():
    draw([], [], "softmax regression")


def test_the_share_of_zeros_and_the_spread_are_written():
    y = np.zeros((4, 2))
    y[0] = 8.0  # a quarter of the outputs; standard deviation 8 √(¼ ¾) = 3.46
    figure = draw([], histograms({"hidden1": y}), "")

    assert "75%" in texts_of(figure)
    assert "3.5" in texts_of(figure)


def test_the_zeros_of_a_relu_do_not_dwarf_the_rest():
    """90 % of the outputs are zero. The panel ends a tenth above the tallest of the other bins, which is far lower."""
    y = np.zeros((100, 100))
    y[:10] = np.random.default_rng(0).uniform(0.1, 1, (10, 100))
    (histogram,) = histograms({"hidden1": y})
    (panel,) = panels([], [histogram])

    assert panel.after[:, 1].max() == 1
    assert panel.after[3:, 1].max() == pytest.approx(1 / 1.1)  # past both corners of the first bin
    assert histogram.density[1:].max() < 0.1 * histogram.density[0]


@pytest.mark.parametrize("scale", [1e-20, 1e-5, 1e5, 1e30])
def test_layers_of_any_size_have_a_picture(image, scale):
    image(draw(histograms(layers(2)), histograms(layers(2, scale=scale)), ""))


def test_outputs_whose_square_overflows_have_a_picture(image):
    """A diverging network in float64 has such outputs before they are infinite."""
    found = histograms({"hidden1": np.array([[0.0, 1e200], [2e200, 3e200]])})

    assert found[0].share.sum() == pytest.approx(1)
    image(draw(found, found, ""))


def of_spread(spread: float, mean: float = 0.0) -> np.ndarray:
    """(200, 50) outputs, as of a sigmoid that has collapsed to `mean`, or of a ReLU where mean is 0."""
    outputs = spread * np.random.default_rng(0).standard_normal((200, 50))
    return mean + outputs if mean else np.maximum(outputs, 0)


UNLIKE = {
    "three times as wide": (of_spread(1), of_spread(3)),
    "diverged": (of_spread(1), of_spread(1e6)),
    "no longer constant": (np.full((200, 50), 0.5), of_spread(1e-6, 0.5)),
    "no longer collapsed": (of_spread(1e-6, 0.5), of_spread(0.1, 0.5)),
}


@pytest.mark.parametrize(("before", "after"), UNLIKE.values(), ids=UNLIKE.keys())
def test_both_can_be_seen_however_unlike_they_are(image, before, after):
    """At least a hundred pixels have the colour of each, the legend aside."""
    figure = draw(*(histograms({"hidden1": y}) for y in (before, after)), "")
    for line in handles(figure):
        line.remove()
    red, _, blue, _ = np.moveaxis(image(figure), 2, 0)
    untrained, trained = int(np.sum(red - blue > 0.15)), int(np.sum(blue - red > 0.15))

    assert min(untrained, trained) >= 100


def test_what_a_run_keeps_is_what_it_had():
    before, after = histograms(layers(3)), histograms(layers(2, seed=1))
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **as_arrays(before, after))
    kept = dict(np.load(io.BytesIO(buffer.getvalue())))

    assert kept["untrained_share"].shape == (3, BINS)
    assert kept["trained_edges"].shape == (2, BINS + 1)
    for moment, had in (("untrained", before), ("trained", after)):
        for one, other in zip(from_arrays(kept, moment), had, strict=True):
            assert (one.layer, one.std, one.zero, one.lost) == (other.layer, other.std, other.zero, other.lost)
            assert np.array_equal(one.share, other.share)
            assert np.array_equal(one.edges, other.edges)


def test_no_layer_left_is_kept_too():
    assert from_arrays(as_arrays([], histograms(layers(2))), "untrained") == []


def test_the_share_below_by_hand():
    """Bins of width 1 from 0 to 40: of four outputs two in the first, one in the third, one in the last."""
    (histogram,) = histograms({"hidden1": np.array([[0.0, 0.2], [2.5, 40.0]])})

    assert [histogram.below(x) for x in (-1, 0, 0.5, 1, 2, 3, 39, 40, 50)] == [0, 0, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1]
