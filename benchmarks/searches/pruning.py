"""Pruning: the median against the diagnosis at equal training steps, and what each of them stops by mistake.

`POOL` random points of E7's plane, learning rate × weight scale, are trained to the end, each with the records of every
evaluation. A search is then replayed in `orders` random orders of these runs: each pruner sees a run's evaluations one
after the other, with the trials of the replay before it, and may stop it. So the pruners meet the same runs, and it is
known what every stopped run would have become. The pruners are the project's own; only the sampler is left out, because
what a run becomes may not depend on the pruner here. The part `efficiency` compares them with TPE.

A stop is false if the run, trained to the end, is better than guessing. The median stops such runs by design, because
others are better; of the diagnosis, which claims that a run cannot learn, every one is a mistake. They are therefore
counted apart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "src"))

POOL, FULL_RUN = 150, 200
"""The default number of runs, and the steps of a full one."""

ARMS = ("none", "median", "diagnosis")

BUDGETS = (5, 10, 20)
"""The budgets of a search, in full runs."""

COUNTS = ("best", "trials", "by_median", "by_diagnosis", "false_by_median", "false_by_diagnosis", "saved")

Figures = dict[str, float]


@dataclass(frozen=True)
class Run:
    """A run that was trained to the end.

    Attributes:
        history: Its records.
        setup: The settings that its diagnosis depends on.
        steps: The number of its steps, if it does not diverge.
    """

    history: Any
    setup: Any
    steps: int


def trained(network: Sequence[str], numbers: Sequence[int], mnist: str) -> list[Run]:
    """Return the runs of these numbers of a random search."""
    import optuna

    from searches.race import space_of
    from zerosweep.runs.assemble import assemble
    from zerosweep.runs.diagnosis_page import setup_of
    from zerosweep.search.samplers import sampler_of
    from zerosweep.search.study import suggest
    from zerosweep.training.loop import train
    from zerosweep.training.records import History

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space, found = space_of((*network, f"dataset.dir={mnist}")), []
    study = optuna.create_study(sampler=sampler_of("random", 0, None))
    for number in range(max(numbers) + 1):
        values = suggest(study.ask(), space)
        if number in numbers:
            settings = space.job(values, number).settings
            problem = assemble(settings)
            history = History(problem.classes)
            for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
                history.add(record)
            found.append(Run(history, setup_of(settings), settings.trainer.steps(problem.steps_per_epoch)))
    return found


def replayed(runs: Sequence[Run], arm: str, budget: int) -> dict[str, float]:
    """Return the counts of one search that meets these runs in this order.

    Args:
        runs: The runs.
        arm: Name of the pruner.
        budget: The number of training steps after which no run is begun.
    """
    import optuna

    from zerosweep.search.pruning import DiagnosisPruner
    from zerosweep.search.samplers import pruner_of
    from zerosweep.training.records import History
    from zerosweep.training.verdict import at_chance

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0), pruner=pruner_of(arm)
    )
    found, spent = dict.fromkeys(COUNTS, 0.0), 0
    for run in runs:
        if spent >= budget:
            break
        whole, trial, by = run.history, study.ask(), None
        for count, evaluation in enumerate(whole.evaluations, 1):
            step, value = evaluation.step, evaluation.metrics.get("val/accuracy")
            seen = History(whole.classes, whole.losses[:step], whole.evaluations[:count])
            hopeless = isinstance(study.pruner, DiagnosisPruner) and study.pruner.hopeless(seen, run.setup, run.steps)
            if step and value is not None:
                trial.report(value, step)
            by = "diagnosis" if hopeless else "median" if step and value is not None and trial.should_prune() else None
            if by and step < run.steps:
                break
        found["trials"] += 1
        if by and step < run.steps:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            learns = not whole.diverged and not at_chance(whole.evaluations[-1], whole.classes)
            spent += step
            found["saved"] += whole.steps - step
            found[f"by_{by}"] += 1
            found[f"false_by_{by}"] += learns
        elif whole.diverged or (value := whole.last("val/accuracy")) is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            spent += whole.steps
        else:
            study.tell(trial, value)
            spent += whole.steps
            if spent <= budget:
                found["best"] = max(found["best"], value)
    return found


def measure(
    networks: Mapping[str, Sequence[str]],
    orders: int,
    pool: int,
    mnist: Path,
    workers: int,
    show: Callable[[str], None],
) -> Figures:
    """Train the runs, replay the searches, and return the figures, by name.

    Args:
        networks: The overrides of each network, by name.
        orders: The number of orders in which the runs are met.
        pool: The number of runs of each network.
        mnist: The folder of the MNIST files.
        workers: The number of processes.
        show: Called with a line of progress before each network.
    """
    figures: Figures = {"orders": orders, "pool": pool, "full_run_steps": FULL_RUN}
    with ProcessPoolExecutor(workers, get_context("spawn")) as processes:
        for network, overrides in networks.items():
            show(f"{network}: {pool} runs")
            shares = [range(pool)[share::workers] for share in range(workers)]
            parts = [processes.submit(trained, overrides, share, str(mnist)) for share in shares]
            runs = [run for part in parts for run in part.result()]
            for budget in BUDGETS:
                for arm in ARMS:
                    each = []
                    for seed in range(orders):
                        order = np.random.default_rng(seed).permutation(len(runs))
                        each.append(replayed([runs[place] for place in order], arm, budget * FULL_RUN))
                    for count in COUNTS:
                        mean = float(np.mean([one[count] for one in each]))
                        figures[f"{network}_{budget * FULL_RUN}_{arm}_{count}"] = round(mean, 4)
    return figures


def table(figures: Mapping[str, float]) -> str:
    """Return a table with a line for each network, budget and pruner."""
    lines = [f"pruning: means over {figures['orders']:.0f} orders of {figures['pool']:.0f} runs"]
    lines.append(
        "".join(f"{head:>12}" for head in ("network", "steps", "pruner", "best", "trials", "stopped", "false"))
    )
    for name in figures:
        if not name.endswith("_best"):
            continue
        network, budget, arm, _ = name.split("_")
        best, trials, median, diagnosis, false, wrong, _ = (
            figures[f"{network}_{budget}_{arm}_{count}"] for count in COUNTS
        )
        stopped, mistaken = f"{median:.1f}+{diagnosis:.1f}", f"{false:.1f}+{wrong:.1f}"
        cells = (network, budget, arm, f"{best:.3f}", f"{trials:.1f}", stopped, mistaken)
        lines.append("".join(f"{cell:>12}" for cell in cells))
    lines.append("  stopped and false: by the median + by the diagnosis")
    return "\n".join(lines)
