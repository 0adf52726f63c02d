"""Drawn curves: the places of the panels, the styles of the lines, and the marks of failures."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import collisions, failed, figures, key, panels, product, run, written_in
from tests.figures.conftest import texts_of

from zerosweep.figures.drawing.palette import COLOURS, MOST_WORDS, line_styles
from zerosweep.figures.drawing.panels import columns_of
from zerosweep.figures.drawing.style import to_png

SCALES = [
    "1.0",
    "0.541",
    "0.293",
    "0.158",
    "0.0858",
    "0.0464",
    "0.0251",
    "0.0136",
    "0.00736",
    "0.00398",
    "0.00215",
    "0.00117",
    "0.000631",
    "0.000341",
    "0.000185",
    "0.0001",
]


def e1():
    """Runs as in E1: without batch normalization the largest scales diverge and the smallest are stuck."""
    runs = []
    for levels in product(init__scale=SCALES, bn=["true", "false"]):
        scale = float(levels["init.scale"])
        if levels["bn"] == "true" or 0.02 < scale < 0.2:
            runs.append(run(levels))
        elif scale == 1:
            runs.append(failed(levels, "diverged"))
        elif scale > 0.2:
            runs.append(run(levels, [0.1, 0.12], "diverged"))
        else:
            runs.append(run(levels, [0.1] * 4, "stuck"))
    return runs


@pytest.fixture(scope="module")
def grid():
    return figures(e1(), ["init.scale", "bn"])["curves"]


def test_a_panel_for_every_scale_in_four_rows(grid):
    assert [ax.get_title(loc="left") for ax in panels(grid)] == [
        f"weight scale {float(scale):.3g}" for scale in reversed(SCALES)
    ]
    places = [ax.get_position() for ax in panels(grid)]
    assert len({round(place.x0, 6) for place in places}) == len({round(place.y0, 6) for place in places}) == 4


def test_with_and_without_are_solid_and_dashed_in_every_panel(grid):
    for ax in panels(grid):
        curves = [line for line in ax.lines if line.get_linestyle() != "None"]
        styles = [(line.get_linestyle(), line.get_color()) for line in curves]
        assert styles == [("-", COLOURS[0]), ("--", COLOURS[1])][: len(curves)]


def test_one_key_for_all(grid):
    assert key(grid) == ["with batch normalization", "without batch normalization", "diverged here"]
    assert not grid.legends
    assert all(ax.get_legend() is None for ax in panels(grid))


def test_all_panels_share_their_axes(grid):
    assert {ax.get_ylim() for ax in panels(grid)} == {(0, 1)}
    assert len({ax.get_xlim() for ax in panels(grid)}) == 1
    numbered = [[tick.get_text() for tick in ax.get_xticklabels() if tick.get_text()] for ax in panels(grid)]
    assert not any(numbered[:12])
    assert all(numbered[12:])
    assert {"step", "validation accuracy", "a sweep"} <= set(written_in(grid))


def test_a_cross_marks_where_a_run_diverged(grid):
    crosses = {
        ax.get_title(loc="left"): line.get_xydata().tolist()
        for ax in panels(grid)
        for line in ax.lines
        if line.get_marker() == "x"
    }

    assert crosses == {"weight scale 0.293": [[10, 0.12]], "weight scale 0.541": [[10, 0.12]]}


def test_a_run_without_a_number_is_named(grid):
    assert [text.get_text() for text in panels(grid)[-1].texts] == ["without batch normalization:\ndiverged"]
    assert not any(ax.texts for ax in panels(grid)[:-1])


def test_lines_go_through_the_values(grid):
    solid = panels(grid)[0].lines[0]

    assert solid.get_xdata().tolist() == [0, 10, 20, 30]
    assert solid.get_ydata().tolist() == run().values


def test_nothing_overlaps_and_it_is_small(grid):
    assert collisions(grid) == []
    assert len(to_png(figures(e1(), ["init.scale", "bn"])["curves"])) < 150_000


def test_a_panel_where_nothing_has_a_number_says_so():
    runs = [run(levels) for levels in product(p=["a", "b", "c"], bn=["true", "false"])[:4]]
    runs += [failed({"p": "c", "bn": "true"}, "diverged"), failed({"p": "c", "bn": "false"})]
    figure = figures(runs, ["p", "bn"])["curves"]

    assert (
        panels(figure)[2].texts[0].get_text()
        == "with batch normalization: diverged\nwithout batch normalization: failed"
    )


def test_all_diverged_alike_is_one_word():
    runs = [failed(levels, "diverged") for levels in product(p=["a", "b", "c"], bn=["true", "false"])]
    figure = figures(runs, ["p", "bn"])["curves"]

    assert [ax.texts[0].get_text() for ax in panels(figure)] == ["diverged"] * 3
    assert not any(tick.get_text() for tick in panels(figure)[0].get_xticklabels())  # there are no steps


def test_some_of_the_repeats_without_a_number():
    runs = [run({"o": "sgd"}), run({"o": "sgd"}), failed({"o": "sgd"}), run({"o": "adam"}), run({"o": "adam"})]
    figure = figures(runs, ["o"])["curves"]

    assert panels(figure)[0].texts[0].get_text() == "o sgd: 1 of 3 failed"
    assert "mean of its repeats (2 to 3)" in "\n".join(written_in(figure))


def test_repeats_are_a_mean_with_a_band():
    figure = figures([run(values=v) for v in ([0.2, 0.4], [0.2, 0.6])], [])["curves"]
    (ax,) = panels(figure)

    assert ax.lines[0].get_ydata().tolist() == pytest.approx([0.2, 0.5])
    (band,) = ax.collections
    # t(0.975, 1) = 12.706 makes 0.5 ± 1.27, of which 0 to 1 is shown
    assert band.get_paths()[0].vertices[:, 1].min() == 0
    assert band.get_paths()[0].vertices[:, 1].max() == 1


def test_a_loss_over_two_decades_has_a_logarithmic_axis():
    figure = figures([run({"o": o}, v) for o, v in (("a", [2.0, 0.3]), ("b", [2.0, 0.001]))], ["o"], "val/loss")[
        "curves"
    ]

    assert panels(figure)[0].get_yscale() == "log"
    assert panels(figure)[0].get_ylim()[0] < 0.001


def test_a_single_point_can_be_seen():
    figure = figures([run(values=[0.5])], [])["curves"]

    assert panels(figure)[0].lines[0].get_marker() == "o"


@pytest.mark.parametrize(
    ("n", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (6, 3), (9, 3), (10, 5), (16, 4), (25, 5), (40, 5)]
)
def test_columns(n, columns):
    assert columns_of(n) == columns


def test_panels_of_two_settings_make_a_table():
    """The 3 optimizers are the columns, as the 8 scales do not fit in a row."""
    levels = product(optimizer=["sgd", "adam", "x"], scale=[str(i) for i in range(8)], bn=["true", "false"])
    figure = figures([run(each) for each in levels], ["optimizer", "scale", "bn"])["curves"]

    columns = {}
    for ax in panels(figure):
        columns.setdefault(round(ax.get_position().x0, 6), set()).add(
            ax.get_title(loc="left").replace("\n", " ").split(", ")[-1]
        )
    assert len(columns) == 6
    assert all(len(names) == 1 for names in columns.values())


def test_at_most_forty_panels_and_the_rest_is_counted():
    """Ten of 50 panels are left out, those with the worst values; the others stay in order."""
    runs = [
        run(levels, [0.1, int(levels["p"]) / 100]) for levels in product(p=[str(i) for i in range(50)], l=["a", "b"])
    ]
    figure = figures(runs, ["p", "l"])["curves"]

    assert [ax.get_title(loc="left") for ax in panels(figure)] == [f"p {i}" for i in range(10, 50)]
    assert "10 more panels are not drawn: these have the best validation accuracy." in texts_of(figure)
    assert collisions(figure) == []
    least = figures(runs, ["p", "l"], direction="minimize")["curves"]
    assert panels(least)[0].get_title(loc="left") == "p 0"


def test_hundred_numbers_have_a_colour_bar():
    levels = [f"{value:.4g}" for value in np.logspace(-4, 0, 100)]
    figure = figures([run({"lr": level}) for level in levels], ["lr"])["curves"]

    (ax,) = panels(figure)
    assert len(ax.lines) == 100
    assert len({line.get_color() for line in ax.lines}) > 90
    (bar,) = set(figure.axes) - {ax}
    assert "lr" in written_in(figure)
    assert bar.get_yscale() == "log"
    assert not figure.legends


def test_looks_tell_levels_apart():
    for n in (1, 2, 3, 6, 12, MOST_WORDS):
        assert len(set(line_styles([f"word{i}" for i in range(n)]).by_level.values())) == n
        assert len(set(line_styles([str(i) for i in range(n)]).by_level.values())) == n
    assert line_styles([str(i) for i in range(40)]).bar is not None
    assert line_styles(["true", "false"]).by_level["true"].dashes == "-"


def test_several_metrics_are_the_lines_by_their_own_names():
    runs = [run(levels) for levels in product(regularizer=["none", "l2"], metric=["train/accuracy", "test/accuracy"])]
    figure = figures(runs, ["regularizer", "metric"], "accuracy")["curves"]

    assert [ax.get_title(loc="left") for ax in panels(figure)] == ["no regularizer", "L2"]
    assert all(len(ax.lines) == 2 for ax in panels(figure))
    assert key(figure) == ["training accuracy", "test accuracy"]


def test_another_setting_may_be_the_lines_beside_several_metrics():
    runs = [run(levels) for levels in product(bn=["true", "false"], metric=["train/accuracy", "test/accuracy"])]
    for choice in ({"lines": "bn"}, {"panels": "metric"}):
        figure = figures(runs, ["bn", "metric"], "accuracy", **choice)["curves"]
        assert [ax.get_title(loc="left") for ax in panels(figure)] == ["training accuracy", "test accuracy"]
        assert key(figure) == ["with batch normalization", "without batch normalization"]
