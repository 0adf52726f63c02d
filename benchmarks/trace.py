"""The benchmark of `trainer.trace`: training steps of E6's network with a trace and without, in turn.

    python benchmarks/trace.py [--rounds N]

The goal is a ratio of at most 1.25. The least time over the rounds counts; compare only the ratio.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from peers.ours import WITHOUT_END, problem  # noqa: E402
from workloads import BATCH, Workload, images  # noqa: E402

from zerosweep.optim.descent import SGD  # noqa: E402
from zerosweep.optim.schedules import Constant  # noqa: E402
from zerosweep.training.loop import Trainer, train  # noqa: E402
from zerosweep.training.records import Record  # noqa: E402

E6 = Workload("E6", (64,))

STEPS = 20
"""The number of steps that are timed together."""


def started(workload: Workload, trace: bool) -> Iterator[Record]:
    """Return the records of a training run, after the evaluation of the untrained network."""
    trainer = Trainer(iterations=WITHOUT_END, batch_size=BATCH, eval_every=WITHOUT_END, trace=trace)
    records = train(problem(workload, images()), SGD(lr=0.01), Constant(), trainer)
    next(records)  # the evaluation of the untrained state
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training steps with a trace and without.")
    parser.add_argument("--rounds", type=int, default=200, help="turns of each candidate (default: %(default)s)")
    rounds = parser.parse_args().rounds
    for workload in (E6, replace(E6, name="E6 with BN", bn=True)):
        both = {trace: started(workload, trace) for trace in (False, True)}
        least = dict.fromkeys(both, float("inf"))
        for _ in range(rounds):
            for trace, records in both.items():
                start = perf_counter()
                for _ in range(STEPS):
                    next(records)
                least[trace] = min(least[trace], (perf_counter() - start) / STEPS * 1e6)
        plain, traced = least[False], least[True]
        print(f"{workload.name}: {plain:.0f} µs a step, {traced:.0f} with a trace: {traced / plain:.2f}")


if __name__ == "__main__":
    main()
