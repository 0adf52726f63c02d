"""Any sweep is drawn without an exception and legibly, and no run is left out without a note."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.figures.comparisons import collisions, failed, figures, panels, product, run, written_in

from zerosweep.figures.drawing.compared import ComparedRun, by_levels
from zerosweep.figures.sweep.curve_series import curve_panels
from zerosweep.figures.sweep.encoding import Choice, curve_roles, heat_roles
from zerosweep.figures.sweep.heat_map import heat_maps
from zerosweep.figures.sweep.intervals import intervals
from zerosweep.figures.sweep.registry import comparison_figures

LEVELS = {
    "optimizer.lr": st.one_of(st.sampled_from(["0.1", "1e-3", "10"]), st.floats(1e-5, 1).map(repr)),
    "bn": st.sampled_from(["true", "false"]),
    "model.hidden": st.sampled_from(["[100]", "[100,100,100,100,100,100,100]", "null", ""]),
    "a.rather.long.name.of.a.setting": st.sampled_from(["1", "2", "-3", "a_level_that_is_longer_than_most_are"]),
}
VALUE = st.one_of(st.floats(0, 1), st.floats(allow_nan=False, allow_infinity=False), st.just(np.nan))
VERDICT = st.sampled_from(["learned", "stuck", "dying", "diverged", "", "pruned"])


@st.composite
def sweeps(draw):
    """Draw runs, factors and a metric."""
    factors = draw(st.lists(st.sampled_from(sorted(LEVELS)), unique=True, max_size=3))
    runs = []
    for _ in range(draw(st.integers(1, 14))):
        levels = {factor: draw(LEVELS[factor]) for factor in factors}
        values = draw(st.lists(VALUE, max_size=4))
        finite = [value for value in values if np.isfinite(value)]
        final = draw(st.sampled_from([*finite[-1:], None]))
        seed = draw(st.sampled_from(["", "0", "1"]))
        runs.append(ComparedRun(levels, seed, draw(VERDICT), final, [7 * i for i in range(len(values))], values))
    return runs, factors, draw(st.sampled_from(["val/accuracy", "activation_std/hidden10"]))


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(sweeps(), st.sampled_from([None, "curves", "heat_map", "intervals"]), st.sampled_from(["maximize", "minimize"]))
def test_any_runs_are_drawn_legibly(sweep, figure, direction):
    runs, factors, y = sweep
    drawn = figures(runs, factors, y, figure=figure, direction=direction)

    assert drawn
    for each in drawn.values():
        assert collisions(each) == []  # which draws it


@settings(max_examples=100)
@given(sweeps())
def test_every_run_is_in_every_series(sweep):
    runs, factors, y = sweep
    curves = curve_panels(runs, curve_roles(runs, factors, Choice()))
    rows = intervals(runs, factors, "maximize")
    maps = heat_maps(runs, heat_roles(runs, factors, Choice()), y, "maximize")

    assert sum(line.runs for panel in curves.values() for line in panel.lines) == len(runs)
    assert sum(outcome.runs for outcome in rows.rows.values()) == len(runs)
    assert maps.left_out or sum(o.runs for each in maps.maps for o in each.cells.values()) == len(runs)
    for panel in curves.values():
        for line in panel.lines:
            assert len(line.steps) or sum(line.missing.values()) == line.runs  # drawn, or the reason is written


@settings(max_examples=8)
@given(sweeps())
def test_panels_are_drawn_or_counted(sweep):
    runs, factors, y = sweep
    figure = figures(runs, factors, y, figure="curves")["curves"]
    left_out = re.findall(r"(\d+) more panels", "\n".join(written_in(figure)))
    roles = curve_roles(runs, factors, Choice())

    if roles.lines is not None:
        assert len(panels(figure)) + sum(map(int, left_out)) == len(by_levels(runs, roles.panels))


TENS = [f"{value:.3g}" for value in np.logspace(-4, 0, 10)]
LONG = ["[1000,1000,1000,1000,1000,1000,10]", "[1000,1000,1000,1000,1000,1000,20]", "short"]
SWEEPS = {
    "forty panels": product(
        optimizer=["sgd", "momentum", "adam", "rmsprop", "adagrad"], init__scale=TENS[:8], bn=["true", "false"]
    ),
    "long names": product(
        some__deeply__nested__model__hidden=LONG, another__quite__long__setting__name=["one_long_word", *LONG]
    ),
    "ten by ten": product(optimizer__lr=TENS, init__scale=TENS),
    "hundred levels": product(optimizer__lr=[f"{value:.4g}" for value in np.logspace(-4, 0, 100)]),
    "twenty words": product(dataset=[f"variant_{i}" for i in range(20)]),
    "four factors": product(a=["x", "y", "z"], b=TENS[:3], c=["true", "false"], d=TENS[:5]),
    "no factor": product(),
}  # fmt: skip


@pytest.mark.parametrize("levels", SWEEPS.values(), ids=SWEEPS.keys())
@pytest.mark.parametrize(("y", "unit", "repeats"), [("val/accuracy", 1, 1), ("activation_std/hidden10", 1e4, 2)])
def test_sweeps_large_and_small_are_legible(levels, y, unit, repeats):
    """Every seventh run diverges at once, every fifth later, every third fails."""
    runs = []
    for i, each in enumerate(levels * repeats):
        if i % 7 == 6:
            runs.append(failed(each, "diverged"))
        elif i % 5 == 4:
            runs.append(run(each, [0.1 * unit, 0.2], "diverged"))
        else:
            runs.append(failed(each) if i % 3 == 2 else run(each, [0.1 * unit, 0.4, 0.5 + i / 1e3]))
    for figure in figures(runs, list(levels[0]), y).values():
        assert collisions(figure) == []
        width, height = figure.get_size_inches() * figure.dpi
        assert 500 <= width <= 1500
        assert 150 <= height <= 2000


def test_a_long_title_stays_on_the_page():
    """250 characters is what a run's name may have."""
    title = "optimizer=momentum " * 13
    for figure in dict(comparison_figures([run()], [], "val/accuracy", title)).values():
        assert collisions(figure) == []
