"""One search in E7's space within a budget of training steps, without a store.

The space, samplers, pruners and training loop are the project's. As in a search with one worker, each trial is asked
for, trained, shown to the pruner at every evaluation but the last, and reported to the study. All of its steps count,
also if it was pruned or diverged. A pruned trial is trained to its end all the same, without counting, to see whether
it would have learned.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "src"))

SWEEP = "lr_weight_scale"

ARMS: dict[str, tuple[str, str, float | None]] = {
    "tpe_pruned": ("tpe", "median", None),
    "random": ("random", "none", None),
    "tpe": ("tpe", "none", None),
    "random_pruned": ("random", "median", None),
    "tpe_pruned_worst": ("tpe", "median", 0.0),
    "tpe_diagnosed": ("tpe", "diagnosis", None),
}
"""The (sampler, pruner, `diverged_value`) of each arm.

Samplers and pruners have their default settings. With None a trial that diverges has failed.
"""


@dataclass(frozen=True)
class Trace:
    """The course of one search.

    Attributes:
        steps: The training steps of the search up to the end of each complete trial within the budget.
        best: The best final validation accuracy up to then, in [0, 1].
        trials: The number of trials.
        pruned: The number of pruned trials.
        would_learn: The number of pruned trials that would have learned: trained to the end, their training accuracy
            is better than that of guessing.
        would_win: The number of those that would have been better than every complete trial until then.
        saved: The training steps that the pruned trials were spared.
        diverged: The number of trials that diverged.
    """

    steps: Sequence[int]
    best: Sequence[float]
    trials: int
    pruned: int
    diverged: int
    would_learn: int = 0
    would_win: int = 0
    saved: int = 0

    def at(self, steps: int) -> float:
        """Return the best accuracy after this number of steps; 0 before the first trial is complete."""
        found = bisect_right(self.steps, steps)
        return self.best[found - 1] if found else 0.0


def race(arm: str, network: Sequence[str], seed: int, budget: int, mnist: str) -> Trace:
    """Search until the budget of training steps is used up.

    Args:
        arm: A name in `ARMS`.
        network: Overrides of the network, which may vary settings too.
        seed: The seed of the sampler and of the networks, which are thus the same for every arm.
        budget: The number of training steps.
        mnist: The folder of the MNIST files.
    """
    import optuna

    from zerosweep.runs.assemble import assemble
    from zerosweep.runs.diagnosis_page import setup_of
    from zerosweep.search.pruning import DiagnosisPruner
    from zerosweep.search.samplers import pruner_of, sampler_of
    from zerosweep.search.study import suggest
    from zerosweep.training.loop import train
    from zerosweep.training.records import Evaluation, History
    from zerosweep.training.verdict import at_chance

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = space_of((*network, f"seed={seed}", f"dataset.dir={mnist}"))
    sampler, pruner, worst = ARMS[arm]
    study = optuna.create_study(direction="maximize", sampler=sampler_of(sampler, seed, None), pruner=pruner_of(pruner))
    spent, steps, best, pruned, diverged = 0, [], [], 0, 0
    would_learn, would_win, saved = 0, 0, 0
    while spent < budget:
        trial = study.ask()
        config = space.job(suggest(trial, space), trial.number)
        settings = config.settings
        problem = assemble(settings)
        total, stopped = settings.trainer.steps(problem.steps_per_epoch), 0
        history, setup = History(problem.classes), setup_of(settings)
        for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
            history.add(record)
            if isinstance(record, Evaluation) and not stopped:
                prune = isinstance(study.pruner, DiagnosisPruner) and bool(study.pruner.hopeless(history, setup, total))
                if record.step > 0 and "val/accuracy" in record.metrics:
                    trial.report(record.metrics["val/accuracy"], record.step)
                    prune = prune or trial.should_prune()
                if prune and record.step < total:
                    stopped = record.step  # it goes on, uncounted, to see what was lost
        spent += stopped or (history.diverged.step if history.diverged else len(history.losses))
        value = history.last("val/accuracy")
        if stopped:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            pruned += 1
            saved += len(history.losses) - stopped
            if not history.diverged and value is not None and not at_chance(history.evaluations[-1], history.classes):
                would_learn += 1
                would_win += value > max(best, default=0.0)
        elif history.diverged or value is None:
            study.tell(trial, worst, None if worst is not None else optuna.trial.TrialState.FAIL)
            diverged += 1
        else:
            study.tell(trial, value)
            if spent <= budget:
                steps.append(spent)
                best.append(max([value, *best[-1:]]))
    return Trace(steps, best, len(study.trials), pruned, diverged, would_learn, would_win, saved)


@cache
def space_of(overrides: tuple[str, ...]) -> Any:
    """Return the search space of `sweeps=lr_weight_scale ...`; an override of a searched setting fixes it."""
    return composed((f"sweeps={SWEEP}", *overrides))


def composed(overrides: Sequence[str]) -> Any:
    """Return the search space that these overrides describe."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.types import RunMode

    from zerosweep.config.schemas import register
    from zerosweep.config.space import Space

    register()
    arguments = ["hydra/sweeper=optuna", "hydra.mode=MULTIRUN", *overrides]
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", arguments, RunMode.MULTIRUN)
        return Space(loader, master, master.hydra.sweeper.params, overrides)
