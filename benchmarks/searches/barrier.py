"""`python src/train.py ...`, but with a batch barrier in its searches, as Hydra's released Optuna sweeper has one.

    python benchmarks/searches/barrier.py [setting=value ...]

As many trials as there are workers are asked for at once, and the next ones when all of these are done. All else is ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[0] = str(PROJECT / "src")

from zerosweep.jobs.job import Job, Outcome  # noqa: E402
from zerosweep.search import command, supply  # noqa: E402


class InBatches(supply.TrialSupply):
    """The engine asks for a job whenever a worker is free; in the middle of a batch there is none for it."""

    workers = 2
    """To be that of the executor."""

    open, asked = 0, 0

    def next(self) -> Job | None:
        if self.asked == self.workers:  # the batch is complete, and some of it is still at work
            return None
        job = super().next()
        if job is not None:
            self.open, self.asked = self.open + 1, self.asked + 1
        return job

    def done(self, job: Job, outcome: Outcome) -> None:
        super().done(job, outcome)
        self.open -= 1
        if not self.open:
            self.asked = 0


if __name__ == "__main__":
    import runpy

    command.TrialSupply = InBatches
    InBatches.workers = int(
        next(word.partition("=")[2] for word in sys.argv if word.startswith("hydra.launcher.workers="))
    )
    sys.argv[0] = str(PROJECT / "src" / "train.py")
    runpy.run_path(sys.argv[0], run_name="__main__")
