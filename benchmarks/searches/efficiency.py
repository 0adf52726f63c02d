"""Sampling efficiency: TPE with a pruner against random search without one, at equal training steps.

The search space is that of E7, `optimizer.lr` × `init.scale` from 1e-4 to 1, for the network of E1 with 1,000 training
and 1,000 validation images. Without batch normalization few points of the space learn, with it most do. Every arm has a
budget of as many training steps as `BUDGET` full runs. The steps of pruned and diverged runs count; a run that ends
beyond the budget gives no result. The arms are compared by the best final validation accuracy of a complete trial so
far, which is 0 before the first one.

Arms are paired by seed: sampler and network have the same seed in both, and the first ten points of TPE are those of
the random search. Intervals are 95 %, by Student's t, for the mean over seeds and for the mean paired difference.
Nothing is timed, so the load of the machine does not matter. Trials are asked for one at a time. With several workers
TPE would ask before all results are known, which costs it a little.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from searches.race import ARMS, Trace, race

FULL_RUN, BUDGET, EPOCHS = 200, 40, 20
"""The steps of a full run, the full runs of the default budget, and the epochs of a full run."""

TENTHS = 10
"""The number of evenly spaced points of the budget at which the best value so far is reported."""

COUNTS = ("trials", "pruned", "diverged", "would_learn", "would_win", "saved")
"""The attributes of a `Trace` whose mean over seeds is reported."""

NETWORKS: dict[str, tuple[str, Sequence[str]]] = {
    "plain": ("without batch normalization", ["bn=false"]),
    "bn": ("with batch normalization", ["bn=true"]),
    "mixed": (
        "four optimizers, four activations",
        ["bn=false", "optimizer=sgd,momentum,rmsprop,adam", "model.activation=relu,leaky_relu,sigmoid,tanh"],
    ),
}
"""The title and the overrides of each network."""

Figures = dict[str, float]


def measure(
    arms: Sequence[str],
    baseline: str,
    networks: Sequence[str],
    seeds: int,
    runs: int,
    mnist: Path,
    workers: int,
    show: Callable[[str], None],
) -> Figures:
    """Run all searches and return the figures of the comparison, by name.

    Args:
        arms: Names in `ARMS`.
        baseline: The one of them that the others are compared with.
        networks: Names in `NETWORKS`.
        seeds: The number of searches per arm and network, at least two.
        runs: The budget of every search, in full runs.
        mnist: The folder of the MNIST files.
        workers: The number of processes.
        show: Called with a line of progress after each search.
    """
    budget = runs * FULL_RUN
    tasks = [(arm, network, seed) for network in networks for seed in range(seeds) for arm in arms]
    found: dict[tuple[str, str, int], Trace] = {}
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        futures = {
            task: pool.submit(race, task[0], NETWORKS[task[1]][1], task[2], budget, str(mnist)) for task in tasks
        }
        for number, (task, future) in enumerate(futures.items(), 1):
            found[task] = future.result()
            show(f"search {number} of {len(tasks)}")
    figures: Figures = {"seeds": seeds, "budget_steps": budget}
    for network in networks:
        traces = {arm: [found[arm, network, seed] for seed in range(seeds)] for arm in arms}
        figures |= {f"{network}_{name}": value for name, value in compared(traces, budget, baseline).items()}
    return {name: round(float(value), 5) for name, value in figures.items()}


def compared(traces: Mapping[str, Sequence[Trace]], budget: int, baseline: str) -> Figures:
    """Return the figures of one network, by name.

    Args:
        traces: The searches of each arm, one for each seed, at least two.
        budget: The budget of every search, in steps.
        baseline: The arm that the others are compared with.
    """
    places = [budget * tenth // TENTHS for tenth in range(1, TENTHS + 1)]
    best = {arm: np.array([[trace.at(place) for place in places] for trace in each]) for arm, each in traces.items()}
    figures: Figures = {}
    for arm, each in traces.items():
        for place, values in zip(places, best[arm].T, strict=True):
            figures |= interval(f"{arm}_{place}", values)
        for count in COUNTS:
            figures[f"{arm}_{count}"] = float(np.mean([getattr(trace, count) for trace in each]))
        if arm != baseline:
            minus = best[arm] - best[baseline]
            for place, values in zip(places, minus.T, strict=True):
                figures |= interval(f"{arm}_minus_{baseline}_{place}", values)
            figures |= interval(f"{arm}_minus_{baseline}_on_the_way", minus.mean(axis=1))
            figures[f"{arm}_wins"] = int((minus[:, -1] > 0).sum())
            figures[f"{arm}_losses"] = int((minus[:, -1] < 0).sum())
    return figures


def interval(name: str, values: NDArray[np.float64]) -> Figures:
    """Return the mean of (n,) values and its 95 % interval, as the figures `name`, `name_low` and `name_high`.

    The interval of equal values is their value.
    """
    from scipy.stats import ttest_1samp

    mean = low = high = float(values.mean())
    if np.ptp(values) > 0:
        low, high = ttest_1samp(values, 0.0).confidence_interval(0.95)
    return {name: mean, f"{name}_low": float(low), f"{name}_high": float(high)}


def table(figures: Mapping[str, float]) -> str:
    """Return a table with a line for each network and each tenth of the budget."""
    budget = int(figures["budget_steps"])
    lines = [f"efficiency: the best validation accuracy so far, {figures['seeds']:.0f} seeds, mean and 95 % interval"]
    for network, (title, _) in NETWORKS.items():
        arms = [arm for arm in ARMS if f"{network}_{arm}_trials" in figures]
        if not arms:
            continue
        others = [arm for arm in arms if f"{network}_{arm}_wins" in figures]
        (baseline,) = (arm for arm in arms if arm not in others)
        heads = [*arms, *(f"{arm} - {baseline}" for arm in others)]
        keys = [*arms, *(f"{arm}_minus_{baseline}" for arm in others)]
        lines += [f"  {title}", "  " + "".join([f"{'steps':>8}", *(f"{head:>28}" for head in heads)])]
        for tenth in range(1, TENTHS + 1):
            place = budget * tenth // TENTHS
            cells = (_cell(figures, f"{network}_{key}_{place}", key not in arms) for key in keys)
            lines.append("  " + "".join([f"{place:8}", *(f"{cell:>28}" for cell in cells)]))
        for arm in others:
            on_the_way = _cell(figures, f"{network}_{arm}_minus_{baseline}_on_the_way", True)
            won, lost = (int(figures[f"{network}_{arm}_{word}"]) for word in ("wins", "losses"))
            lines.append(
                f"  {arm} - {baseline} on the way, mean: {on_the_way}; at the end better {won}, worse {lost} times"
            )
        for arm in arms:
            trials, pruned, diverged, learn, win, saved = (figures[f"{network}_{arm}_{count}"] for count in COUNTS)
            lines.append(
                f"  {arm}: {trials:.1f} trials, {diverged:.1f} diverged; {pruned:.1f} pruned, which saved {saved:.0f} "
                f"steps; of these {learn:.1f} would have learned and {win:.1f} would have been the best so far"
            )
    return "\n".join(lines)


def _cell(figures: Mapping[str, float], key: str, signed: bool) -> str:
    sign = "+" if signed else ""
    return f"{figures[key]:{sign}.3f} [{figures[f'{key}_low']:{sign}.3f}, {figures[f'{key}_high']:{sign}.3f}]"
