"""The figures that are drawn for what varied, and those that the user chooses."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.conftest import PROJECT
from tests.figures.comparisons import failed, figures, key, panels, product, run

from zerosweep.errors import SettingError
from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.sweep.registry import comparison_figures

THREE, FOUR = ["1", "2", "3"], ["1", "2", "3", "4"]
HUNDRED = [f"word{i}" for i in range(100)]


def names(levels, repeats=1, **choice):
    factors = list(levels[0]) if levels else []
    runs = [run(each, seed=str(seed)) for each in levels for seed in range(repeats)]
    return list(figures(runs, factors, **choice))


AUTOMATIC = {
    "a single run": (product(), 1, ["curves"]),
    "repeats alone": (product(), 3, ["curves", "intervals"]),
    "one factor": (product(o=["a", "b"]), 1, ["curves"]),
    "one factor with repeats": (product(o=["a", "b"]), 2, ["curves", "intervals"]),
    "two factors of words": (product(o=["a", "b"], bn=["true", "false"]), 1, ["curves"]),
    "numbers and words": (product(a=FOUR, bn=["true", "false"]), 1, ["curves"]),
    "two factors of numbers": (product(a=FOUR, b=THREE), 1, ["heat_map", "curves"]),
    "two of numbers with repeats": (product(a=FOUR, b=THREE), 2, ["heat_map", "curves", "intervals"]),
    "two numbers of two levels": (product(a=["1", "2"], b=["1", "2"]), 1, ["curves"]),
    "two of numbers with and without": (product(a=FOUR, b=THREE, bn=["true", "false"]), 1, ["heat_map", "curves"]),
    "three factors": (product(o=["a", "b"], i=["x", "y"], bn=["true", "false"]), 1, ["curves"]),
    "hundred numbers": (product(a=[str(i) for i in range(100)]), 1, ["curves"]),
    "hundred words": (product(a=HUNDRED), 1, ["intervals"]),
    "words by words": (product(a=HUNDRED[:30], b=HUNDRED[:30]), 1, ["heat_map"]),
}


@pytest.mark.parametrize(("levels", "repeats", "expected"), AUTOMATIC.values(), ids=AUTOMATIC.keys())
def test_figures_are_chosen_by_what_varied(levels, repeats, expected):
    assert names(levels, repeats) == expected


@pytest.mark.parametrize("figure", ["curves", "heat_map", "intervals"])
@pytest.mark.parametrize("levels", [product(), product(a=FOUR), product(a=HUNDRED), product(a=FOUR, o=["x", "y"])])
def test_a_chosen_figure_is_the_only_one(figure, levels):
    assert names(levels, 2, figure=figure) == [figure]


def test_no_figure():
    assert names(product(a=FOUR), figure="none") == []
    assert list(comparison_figures([], ["a"], "val/accuracy", "")) == []
    assert list(comparison_figures([], [], "val/accuracy", "", figure="curves")) == []


def test_runs_whose_curves_were_not_read_are_compared_by_their_values():
    runs = [ComparedRun(levels, "", "learned", 0.5, [], []) for levels in product(o=["a", "b"], bn=["true", "false"])]

    assert list(figures(runs, ["o", "bn"])) == ["intervals"]
    assert panels(figures(runs, ["o", "bn"], figure="curves")["curves"])[0].texts[0].get_text() == "no curve"


def test_lines_are_the_factor_with_the_fewest_levels():
    figure = figures([run(levels) for levels in product(bn=["true", "false"], a=THREE)], ["bn", "a"])["curves"]

    assert [ax.get_title(loc="left") for ax in panels(figure)] == ["a 1", "a 2", "a 3"]
    assert key(figure) == ["with batch normalization", "without batch normalization"]


def test_of_as_many_levels_true_and_false_are_the_lines_or_else_the_last():
    switch = figures([run(levels) for levels in product(bn=["true", "false"], o=["a", "b"])], ["bn", "o"])["curves"]
    words = figures([run(levels) for levels in product(o=["a", "b"], i=["x", "y"])], ["o", "i"])["curves"]

    assert key(switch) == ["with batch normalization", "without batch normalization"]
    assert key(words) == ["i x", "i y"]


def test_the_user_chooses_lines_and_panels():
    levels = product(bn=["true", "false"], a=THREE, o=["x", "y"])
    runs = [run(each) for each in levels]

    lines = figures(runs, ["bn", "a", "o"], lines="a")["curves"]
    assert key(lines) == ["a 1", "a 2", "a 3"]
    assert len(panels(lines)) == 4
    chosen = figures(runs, ["bn", "a", "o"], panels="bn", lines="o")["curves"]
    assert len(panels(chosen)) == 6  # by the third factor too
    titles = [ax.get_title(loc="left") for ax in panels(chosen)]
    assert all("normalization, a " in title.replace("\n", " ") for title in titles)
    alone = figures([run(each) for each in product(a=THREE)], ["a"], panels="a")["curves"]
    assert [ax.get_title(loc="left") for ax in panels(alone)] == ["a 1", "a 2", "a 3"]


def test_an_axis_asks_for_a_heat_map():
    runs = [run(levels) for levels in product(o=["a", "b"], i=["x", "y"])]

    assert list(figures(runs, ["o", "i"], x="o")) == ["heat_map", "curves"]


MISTAKES = {
    "unknown panels": ({"panels": "init.scal"}, ("report.panels", "did you mean init.scale?")),
    "unknown lines": ({"lines": "seed"}, ("report.lines", "did not vary in this sweep; must be one of init.scale, bn")),
    "unknown x": ({"x": "dataset"}, ("report.x", "did not vary in this sweep")),
    "unknown figure": ({"figure": "heatmap"}, ("report.figure", "did you mean heat_map?")),
    "two roles": ({"panels": "bn", "lines": "bn"}, ("report.lines", "is report.panels already")),
    "although nothing is drawn": ({"figure": "none", "x": "y"}, ("report.x", "did not vary")),
}


@pytest.mark.parametrize(("choice", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_reported_at_once(choice, expected):
    with pytest.raises(SettingError) as error:
        comparison_figures([run()], ["init.scale", "bn"], "val/accuracy", "", **choice)

    assert error.value.setting == expected[0]
    assert expected[1] in str(error.value)


def test_a_mistake_where_nothing_varied():
    with pytest.raises(SettingError, match="nothing varied"):
        comparison_figures([run()], [], "val/accuracy", "", lines="bn")


def test_what_is_typed_is_written_as_it_is():
    runs = [run({"a$b$": level}) for level in ("$x$", "_y", "\\frac{", "100%")]
    figure = figures(runs, ["a$b$"])["curves"]

    assert key(figure) == ["a$b$ $x$", "a$b$ _y", "a$b$ \\frac{", "a$b$ 100%"]
    figures([*runs, failed({"a$b$": "$"})], ["a$b$"], figure="heat_map")["heat_map"].canvas.draw()


def test_drawing_uses_no_pyplot():
    program = """
import sys
from zerosweep.figures.sweep.registry import comparison_figures
from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.style import to_png
levels = [{"a": str(a), "b": str(b)} for a in range(3) for b in range(3)]
runs = [ComparedRun(each, "", "learned", 0.5, [0, 1], [0.1, 0.5]) for each in levels]
for _, figure in comparison_figures(runs, ["a", "b"], "val/accuracy", "a sweep"):
    assert len(to_png(figure)) > 1000
print("matplotlib.pyplot" in sys.modules, "scipy.stats" in sys.modules)
"""
    shown = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(PROJECT / "src")}, capture_output=True, text=True
    )

    assert shown.stderr == ""
    assert shown.stdout == "False False\n"
