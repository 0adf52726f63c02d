"""The command `python src/train.py ...`, with searches in batches of trials, as in Hydra's Optuna sweeper.

    python benchmarks/searches/barrier.py [setting=value ...]

It asks for as many trials as there are workers, and for the next ones when all of these are done. Nothing else differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[0] = str(PROJECT / "src")

from zerosweep.jobs.job import Job, Outcome  # noqa: E402
from zerosweep.search import command, supply  # noqa: E402


class InBatches(supply.TrialSupply):
    """A supply of trials in batches: a free worker gets no job until the whole batch is done.

    Attributes:
        workers: The size of a batch, which must be the executor's number of workers.
        open: The number of unfinished trials of the batch.
        asked: The number of trials of the batch that were handed out.
    """

    workers = 2

    open, asked = 0, 0

    def next(self) -> Job | None:
        if self.asked == self.workers:  # all trials of the batch are handed out, and some still run
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
        next(override.partition("=")[2] for override in sys.argv if override.startswith("hydra.launcher.workers="))
    )
    sys.argv[0] = str(PROJECT / "src" / "train.py")
    runpy.run_path(sys.argv[0], run_name="__main__")
