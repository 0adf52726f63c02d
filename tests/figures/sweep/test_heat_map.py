"""Final values over two settings: the cells, their colours and marks."""

from __future__ import annotations

import numpy as np
import pytest
from tests.figures.comparisons import collisions, failed, figures, key, panels, product, run, written_in

from zerosweep.figures.sweep.encoding import Choice, heat_roles
from zerosweep.figures.sweep.heat_map import MOST_MAPS, heat_maps
from zerosweep.naming import level_title

RATES, SCALES = ["0.1", "0.01", "1", "10"], ["3", "1", "2"]


def plane(**special):
    """Return 4 × 3 runs of value rate / 20 + scale / 10, except those given as r<rate>_s<scale>."""
    runs = []
    for levels in product(lr=RATES, scale=SCALES):
        given = special.get(f"r{levels['lr']}_s{levels['scale']}")
        value = float(levels["lr"]) / 20 + float(levels["scale"]) / 10
        runs.append(given(levels) if given else run(levels, [value]))
    return runs


def maps(runs, factors, direction="maximize", **choice):
    return heat_maps(runs, heat_roles(runs, factors, Choice(**choice)), "val/accuracy", direction)


def test_the_setting_with_more_levels_is_along_the_map():
    found = maps(plane(), ["scale", "lr"])

    assert (found.x, found.rows) == ("lr", "scale")
    assert found.x_levels == ["0.01", "0.1", "1", "10"]
    assert found.row_levels == ["1", "2", "3"]


def test_cells_hold_the_final_values_and_the_best_is_marked():
    (only,) = maps(plane(), ["lr", "scale"]).maps

    assert only.cells[0, 0].mean == pytest.approx(0.1005)
    assert only.cells[3, 2].mean == pytest.approx(0.8)
    assert len(only.cells) == 12
    assert only.best == (3, 2)
    assert maps(plane(), ["lr", "scale"], "minimize").maps[0].best == (0, 0)


def test_a_metric_without_a_better_end_has_no_best_cell():
    found = maps(plane(), ["lr", "scale"], "neither")

    assert found.maps[0].best is None
    assert "best" not in key(figures(plane(), ["lr", "scale"], "signal/hidden1", direction="neither")["heat_map"])


def test_a_diverged_run_is_not_the_best_and_does_not_stretch_the_scale():
    runs = plane(r10_s3=lambda levels: run(levels, [1e9], "diverged"))
    found = heat_maps(runs, heat_roles(runs, ["lr", "scale"], Choice()), "val/loss", "maximize")

    assert found.maps[0].best == (3, 1)
    assert found.scale.high < 1


def test_the_user_chooses_the_axes():
    runs = [run(levels) for levels in product(o=["a", "b", "c"], i=["x", "y"], bn=["true", "false"])]
    found = maps(runs, ["o", "i", "bn"], x="bn", lines="i")

    assert (found.x, found.rows) == ("bn", "i")
    assert [each.title for each in found.maps] == ["o a", "o b", "o c"]


def test_repeats_are_their_mean():
    runs = [run({"a": "1"}, [0.2]), run({"a": "1"}, [0.4]), failed({"a": "2"})]
    (only,) = maps(runs, ["a"]).maps

    assert only.cells[0, 0].mean == pytest.approx(0.3)
    assert np.isnan(only.cells[1, 0].mean)


def test_survivors_are_not_averaged_without_a_run_that_diverged():
    runs = [run({"a": "1"}, [0.2]), run({"a": "1"}, [0.9], "diverged"), run({"a": "2"}, [0.1])]
    (only,) = maps(runs, ["a"]).maps

    assert not only.cells[0, 0].has_mean
    assert only.cells[0, 0].troubles_label == "1 of 2 diverged"
    assert only.best == (1, 0)


def test_more_maps_than_fit_are_counted():
    runs = [run(levels) for levels in product(a=["1", "2", "3"], b=["1", "2", "3"], c=[str(i) for i in range(20)])]
    found = maps(runs, ["a", "b", "c"], x="a", lines="b")

    assert len(found.maps) == MOST_MAPS
    assert found.left_out == 20 - MOST_MAPS
    figure = figures(runs, ["a", "b", "c"], figure="heat_map", x="a", lines="b")["heat_map"]
    assert f"{20 - MOST_MAPS} more maps are not drawn" in "\n".join(written_in(figure))
    assert collisions(figure) == []


def test_values_are_written_and_failures_marked():
    runs = plane(
        r10_s1=lambda levels: failed(levels, "diverged"),
        r10_s2=lambda levels: failed(levels),
        r1_s1=lambda levels: run(levels, [0.1], "stuck"),
        r1_s2=lambda levels: run(levels, [0.1], "dying"),
    )
    figure = figures(runs, ["lr", "scale"])["heat_map"]
    texts = written_in(figure)

    assert {"0.101", "0.800", "diverged", "failed"} <= set(texts)
    assert set(key(figure)) == {"diverged", "failed", "stuck", "dying", "best"}
    marks = {line.get_marker(): line.get_xydata().round().tolist() for line in panels(figure)[0].lines}
    assert marks == {"_": [[2, 0]], "v": [[2, 1]]}
    assert collisions(figure) == []


def test_words_are_read_from_above_and_numbers_go_up():
    words = figures([run(levels) for levels in product(o=["a", "b"], i=["x", "y"])], ["o", "i"], figure="heat_map")
    assert panels(words["heat_map"])[0].yaxis_inverted()
    assert not panels(figures(plane(), ["lr", "scale"])["heat_map"])[0].yaxis_inverted()


def test_what_was_not_run_is_white_and_what_failed_is_grey():
    runs = plane(r10_s1=lambda levels: failed(levels))[:-1]  # the last is lr 10, scale 2
    (image,) = panels(figures(runs, ["lr", "scale"])["heat_map"])[0].images
    colours = np.asarray(image.get_array())

    assert colours.shape == (3, 4, 3)
    assert (colours[1, 3] == 1).all()
    assert np.ptp(colours[0, 0]) > 0
    assert (colours[0, 3] < 1).all() and np.ptp(colours[0, 3]) == 0


def test_large_maps_are_marked_without_texts():
    levels = [str(i) for i in range(1, 31)]
    runs = [run(each, [0.5], "stuck" if each["a"] == "3" else "learned") for each in product(a=levels, b=levels)]
    figure = figures(runs, ["a", "b"])["heat_map"]

    assert len(panels(figure)[0].lines[0].get_xdata()) == 30
    assert not panels(figure)[0].texts
    assert collisions(figure) == []


def search(n: int):
    rng = np.random.default_rng(0)
    draws = 10 ** rng.uniform(-4, 0, (n, 2))
    return [run({"lr": repr(float(a)), "scale": repr(float(b))}, [min(1, float(a * b) * 10)]) for a, b in draws]


def test_a_random_search_is_points_on_a_plane():
    runs = [*search(50), failed({"lr": "0.5", "scale": "0.5"}, "diverged")]
    figure = figures(runs, ["lr", "scale"])["heat_map"]
    (ax,) = panels(figure)

    assert not ax.images
    (dots,) = ax.collections
    assert sorted(map(tuple, dots.get_offsets().tolist())) == sorted(
        (float(each.levels["lr"]), float(each.levels["scale"])) for each in runs[:-1]
    )
    (cross,) = [line for line in ax.lines if line.get_marker() == "x"]
    assert cross.get_xydata().tolist() == [[0.5, 0.5]]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("lr", "scale")


def test_the_best_of_a_random_search_are_panels_from_the_best_on():
    figure = figures(search(50), ["lr", "scale"])["curves"]
    ends = [ax.lines[0].get_ydata()[-1] for ax in panels(figure)]

    assert len(ends) == 20
    assert ends == sorted((each.values[-1] for each in search(50)), reverse=True)[:20]
    assert "30 more panels are not drawn" in "\n".join(written_in(figure))


def test_a_few_points_here_and_there_are_lines_of_one_panel():
    pairs = [
        ("sgd", "0.01"),
        ("momentum", "0.3"),
        ("adagrad", "0.1"),
        ("rmsprop", "0.001"),
        ("adam", "1"),
        ("adam", "2"),
    ]
    figure = figures([run({"optimizer": o, "lr": lr}) for o, lr in pairs], ["optimizer", "lr"])["curves"]

    assert len(panels(figure)) == 1
    assert set(key(figure)) == {f"{level_title('optimizer', o)}, lr {lr}" for o, lr in pairs} | {"optimizer, lr"}
