"""Any search is drawn: with the right figures, legibly, in small files, and with every trial shown or counted."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import PROJECT
from tests.figures.comparisons import collisions, panels, written_in
from tests.figures.search.conftest import ACCURACY, BOTH, LOSS, figures, tried

from zerosweep.figures.drawing.style import to_png
from zerosweep.figures.search.history import progress
from zerosweep.figures.search.importances import MOST_BARS
from zerosweep.figures.search.intermediate import intermediate
from zerosweep.figures.search.pareto import pareto
from zerosweep.figures.search.plane import chosen, plane
from zerosweep.figures.search.settings import settings_of
from zerosweep.figures.search.slices import slices
from zerosweep.figures.search.trials import DrawnTrial

PARAMS = {
    "optimizer.lr": st.one_of(st.floats(1e-6, 10), st.floats(allow_nan=False, allow_infinity=False), st.just(0.1)),
    "model.units": st.integers(1, 1000),
    "model.bn": st.sampled_from(["true", "false"]),
    "model.hidden": st.sampled_from(["[100]", "[100,100,100,100,100,100,100]", "null", "_$x", "a", "b"]),
    "batch_size": st.sampled_from(["32", "64", "1024"]),
    "a.rather.long.name.of.a.setting": st.one_of(st.floats(0, 1), st.just("null")),
}
VALUE = st.one_of(st.floats(0, 1), st.floats(allow_nan=False), st.sampled_from([1e-300, 1e300, np.nan]))
STATE = st.sampled_from(["complete", "complete", "pruned", "failed", "diverged", "running", "waiting"])
VERDICT = st.sampled_from(["learned", "stuck", "dying", "diverged", ""])
METRICS = [ACCURACY, LOSS, BOTH, {"activation_std/hidden10": "maximize", **BOTH}]


@st.composite
def searches(draw):
    """Draw (trials, metrics, log, importances)."""
    metrics = draw(st.sampled_from(METRICS))
    trials = []
    for number in draw(st.lists(st.integers(0, 10_000), unique=True, min_size=1, max_size=15)):
        params = {name: draw(PARAMS[name]) for name in draw(st.lists(st.sampled_from([*PARAMS]), unique=True))}
        state = draw(STATE)
        values = tuple(draw(VALUE) for _ in metrics) if state == "complete" else ()
        curve = [(7 * i, value) for i, value in enumerate(draw(st.lists(VALUE, max_size=4)))]
        trials.append(DrawnTrial(number, state, params, values, tuple(curve), draw(VERDICT)))
    importances = {name: draw(st.floats(0, 1)) for name in PARAMS} if draw(st.booleans()) else {}
    return trials, metrics, draw(st.sampled_from([[], ["optimizer.lr", "model.units"]])), importances


@settings(max_examples=150)
@given(searches())
def test_every_trial_is_in_every_series(search):
    trials, metrics, log, importances = search
    direction = next(iter(metrics.values()))
    found = settings_of(trials, frozenset(log), importances)

    for each in progress(trials, metrics):
        numbers = np.concatenate([each.numbers, *each.others.values()])
        assert sorted(numbers) == sorted(trial.number for trial in trials)
    for each in slices(trials, found, direction):
        assert len(each.places) + sum(map(len, each.others.values())) + each.absent == len(trials)
        assert each.absent == sum(each.setting.name not in trial.params for trial in trials)
    curves = intermediate(trials, direction)
    drawn = sum(map(len, curves.curves.values())) + (curves.best is not None)
    assert drawn + sum(curves.silent.values()) == len(trials)
    if len(metrics) == 2:
        both = pareto(trials, list(metrics.values()))
        assert len(both.values) + sum(both.others.values()) == len(trials)
    if axes := chosen(found):
        across = plane(trials, *axes, *next(iter(metrics.items())))
        shown = (
            sum(len(p.values) + sum(map(len, p.others.values())) for p in across.panels) + across.absent
            if across
            else 0
        )
        assert shown == (len(trials) if across else 0)
        assert not across or sum(panel.best for panel in across.panels) == (across.best is not None)


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(searches())
def test_any_trials_are_drawn_legibly(search):
    drawn = figures(*search)

    assert next(iter(drawn)) == "history"
    for figure in drawn.values():
        assert collisions(figure) == []  # which draws it


LEARNED = [(10, 0.4), (20, 0.5)]
MADE = {
    "no trial": ([], ACCURACY, {}, []),
    "one trial": ([tried(0, 0.5, a=1.0, b=2.0, curve=LEARNED)], ACCURACY, {}, ["history", "intermediate"]),
    "no setting": ([tried(0, 0.5), tried(1, 0.6)], ACCURACY, {}, ["history"]),
    "one number": ([tried(i, 0.5, a=i) for i in range(3)], ACCURACY, {"a": 1.0}, ["history", "slices"]),
    "two numbers": (
        [tried(i, 0.5, a=i, b=-i, curve=LEARNED) for i in range(3)],
        ACCURACY,
        {"a": 0.6, "b": 0.4},
        ["history", "plane", "importances", "slices", "intermediate"],
    ),
    "words": ([tried(i, 0.5, a="xy"[i], b="zw"[i]) for i in range(2)], ACCURACY, {}, ["history", "slices"]),
    "two objectives": ([tried(i, 0.5, 0.1, a=i) for i in range(3)], BOTH, {}, ["history", "slices", "pareto"]),
    "three objectives": ([tried(i, 0.5, 0.1, 1.0, a=i) for i in range(3)], METRICS[3], {}, ["history", "slices"]),
    "all diverged": (
        [tried(i, state="diverged", a=i, b=-i, curve=LEARNED) for i in range(3)],
        ACCURACY,
        {},
        ["history", "plane", "intermediate"],
    ),
}


@pytest.mark.parametrize(("trials", "metrics", "importances", "expected"), MADE.values(), ids=MADE.keys())
def test_which_figures_are_made(trials, metrics, importances, expected):
    drawn = figures(trials, metrics, importances=importances)

    assert list(drawn) == expected
    for figure in drawn.values():
        assert collisions(figure) == []


def test_importances_come_by_size():
    known = {"b": 0.3, "a": 0.6, "c": 0.001, "d": float("nan")}
    figure = figures([tried(0, 0.5)], importances=known)["importances"]
    (ax,) = panels(figure)

    assert [bar.get_width() for bar in ax.patches] == [0.6, 0.3, 0.001]
    assert [text for text in written_in(figure) if text in "abcd"] == ["a", "b", "c"]
    assert {"0.60", "0.30", "0.001", "importance for validation accuracy"} <= set(written_in(figure))


@pytest.mark.parametrize("n", [2, 40])
def test_importances_few_and_many(n):
    figure = figures([tried(0, 0.5)], importances={f"optimizer.setting_{i}": float(i) for i in range(n)})["importances"]

    assert len(panels(figure)[0].patches) == min(n, MOST_BARS)
    assert any("more settings are not drawn" in text for text in written_in(figure)) == (n > MOST_BARS)
    assert collisions(figure) == []


def test_a_thousand_trials_are_drawn_small():
    rng = np.random.default_rng(0)
    trials = []
    for i in range(1000):
        lr, scale, accuracy = 10 ** rng.uniform(-6, 1), 10 ** rng.uniform(-3, 1), rng.uniform()
        curve = [(step, accuracy * step / 660 + rng.normal() / 100) for step in range(60, 661, 60)]
        state = "pruned" if i % 2 else "diverged" if i % 10 == 4 else "complete"
        params = {"lr": lr, "scale": scale, "bn": "true" if i % 3 else "false"}
        trials.append(DrawnTrial(i, state, params, (accuracy,) if state == "complete" else (), tuple(curve), ""))
    pngs = {name: to_png(figure) for name, figure in figures(trials, log=["lr", "scale"]).items()}

    assert list(pngs) == ["history", "plane", "slices", "intermediate"]
    assert max(map(len, pngs.values())) < 300_000


def test_a_long_title_stays_on_the_page():
    from zerosweep.figures.search.registry import search_figures

    trials = [tried(i, i / 10, 1.0 - i, a=i, b=i, curve=LEARNED) for i in range(3)]
    for _, figure in search_figures(trials, BOTH, frozenset(), {"a": 1.0, "b": 0.5}, "optimizer=momentum " * 13):
        assert collisions(figure) == []


def test_drawing_uses_no_pyplot_and_no_optuna():
    code = "import sys, zerosweep.figures.search.registry, zerosweep.figures.search.best_panels; " \
           "assert not {'matplotlib.pyplot', 'optuna'} & {*sys.modules}"  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(PROJECT / "src")})
