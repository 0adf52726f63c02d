"""Throughput: a search that asks for a trial whenever a worker is free, against batches of one trial per worker.

The commands `src/train.py` and `barrier.py`, which differ in nothing else, run in turn, each with its own store. A
round is a pair with the same seed of the sampler. The compared time is that from the start of the first run to the end
of the last, by the store's clock, because start-up and report are the same for both. Intervals are 95 %, by Student's
t, for the mean logarithm of the ratios.

The workloads are:

- uneven: runs of 50 to 4,000 updates, chosen at random. Nothing is pruned, so both searches have the same trials.
- pruned: a space like E7's on the digits, where trials are pruned and diverge. Both searches have the same number of
  trials, but not the same trials, since proposals depend on the results so far. The steps of both are therefore
  reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sweeps.command import PROGRAMS, Command, Ended, Place, ours

Figures = dict[str, float]

BARRIER = PROGRAMS.parent / "searches" / "barrier.py"

PLANE = ("optimizer.lr=tag(log,interval(1e-4,1))", "init.scale=tag(log,interval(1e-4,1))", "init=normal")

UNEVEN = (
    "optimizer.lr=tag(log,interval(1e-3,1e-1))", "trainer.iterations=50,200,1000,4000",
    "hydra.sweeper.sampler=random", "hydra.sweeper.pruner=none",
)  # fmt: skip


@dataclass(frozen=True)
class Workload:
    """A search.

    Attributes:
        text: The line of the table.
        settings: The overrides of the command.
        trials: The number of trials.
    """

    text: str
    settings: Sequence[str]
    trials: int


WORKLOADS = {
    "uneven": Workload("lengths of 50 to 4,000 updates", UNEVEN, 24),
    "pruned": Workload("runs of 150 epochs, pruned by the median", (*PLANE, "trainer.epochs=150"), 40),
}


def measure(rounds: int, workers: int, place: Place, quick: bool, show: Callable[[str], None]) -> Figures:
    """Run the pairs of all rounds and return the figures, by name.

    Args:
        rounds: The number of pairs for each workload, at least two.
        workers: The number of workers in either search.
        place: The folder of the commands.
        quick: Whether to run only a few trials of the first workload, to test the benchmark.
        show: Called with a line of progress before each command.
    """
    figures: Figures = {"rounds": rounds, "workers": workers}
    for name, workload in list(WORKLOADS.items())[: 1 if quick else None]:
        pairs = []
        for seed in range(rounds):
            pair = commands(name, workload.settings, 4 if quick else workload.trials, seed, workers)
            if seed % 2:
                pair = dict(reversed(pair.items()))
            ended = {}
            for who, command in pair.items():
                show(f"round {seed + 1} of {rounds}: {name}, {who}")
                ended[who] = place.run(command)
            pairs.append(ended)
        figures |= {f"{name}_{key}": round(value, 4) for key, value in compared(pairs).items()}
    return figures


def commands(name: str, settings: Sequence[str], trials: int, seed: int, workers: int) -> dict[str, Command]:
    """Return the two commands of one round, by who runs it: "ours" and "barrier"."""
    command = ours(
        name, "-m", "hydra/sweeper=optuna", *settings, "tracking.figures=false",
        "hydra.sweeper.storage=journal:study.log",
        f"hydra.sweeper.n_trials={trials}", f"hydra.sweeper.seed={seed}", f"hydra.launcher.workers={workers}",
    )  # fmt: skip
    return {"ours": command, "barrier": Command(name, BARRIER, command.arguments)}


def compared(pairs: Sequence[Mapping[str, Ended]]) -> Figures:
    """Return the figures of one workload from the measured commands of its rounds, by name."""
    from scipy.stats import t

    spans = {who: np.array([pair[who].runs.span for pair in pairs]) for who in ("ours", "barrier")}
    seconds = {who: np.array([pair[who].seconds for pair in pairs]) for who in spans}
    ratios = spans["barrier"] / spans["ours"]
    logs = np.log(ratios)
    half = 0.0
    if len(logs) > 1:
        half = float(t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs)))
    middle = float(logs.mean())
    return {
        "gain": math.exp(middle),
        "gain_low": math.exp(middle - half),
        "gain_high": math.exp(middle + half),
        "gain_least": float(ratios.min()),
        "gain_median": float(np.median(ratios)),
        "gain_of_command": float(np.exp(np.log(seconds["barrier"] / seconds["ours"]).mean())),
        **{f"{who}_s": float(np.median(values)) for who, values in spans.items()},
        **{f"{who}_steps": float(np.mean([pair[who].runs.steps for pair in pairs])) for who in spans},
    }


def table(figures: Mapping[str, float]) -> str:
    """Return a table with two lines for each workload: the ratio of the times, and the times themselves."""
    lines = [
        f"throughput: a batch barrier's time / ours, {figures['workers']:.0f} workers, {figures['rounds']:.0f} rounds"
    ]
    for name, workload in WORKLOADS.items():
        found = {key.removeprefix(f"{name}_"): value for key, value in figures.items() if key.startswith(name)}
        if not found:
            continue
        lines.append(
            f"  {workload.text:44}{found['gain']:5.2f} [{found['gain_low']:.2f}, {found['gain_high']:.2f}], least "
            f"{found['gain_least']:.2f}, median {found['gain_median']:.2f}; "
            f"whole command {found['gain_of_command']:.2f}"
        )
        each = (f"{who} {found[f'{who}_s']:.1f} s, {found[f'{who}_steps']:.0f} steps" for who in ("ours", "barrier"))
        lines.append(f"    {'; '.join(each)}")
    return "\n".join(lines)
