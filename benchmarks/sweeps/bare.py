"""Train the default run's network, with one seed after another, and keep nothing: what is left of a sweep without a sweep.

    python benchmarks/sweeps/bare.py RUNS [setting=value ...]

One run more than asked for goes first, untimed: it reads the data. The last line has seconds, on the clock and of CPU.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

PROJECT = Path(__file__).resolve().parents[2]
sys.path[0] = str(PROJECT / "src")

from hydra import compose, initialize_config_dir  # noqa: E402

from zerosweep.config.read import to_settings  # noqa: E402
from zerosweep.config.schemas import Settings, register  # noqa: E402
from zerosweep.runs.assemble import assemble  # noqa: E402
from zerosweep.training.loop import train  # noqa: E402
from zerosweep.training.records import History  # noqa: E402


def main() -> None:
    runs, overrides = int(sys.argv[1]), sys.argv[2:]
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        settings = to_settings(compose("config", overrides))
    trained(settings)
    began, used = perf_counter(), process_time()
    for seed in range(runs):
        trained(replace(settings, seed=seed))
    print(json.dumps({"wall_s": perf_counter() - began, "cpu_s": process_time() - used}))


def trained(settings: Settings) -> History:
    problem = assemble(settings)
    history = History(problem.classes)
    for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
        history.add(record)
    return history


if __name__ == "__main__":
    main()
