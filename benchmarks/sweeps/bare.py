"""Training alone: the default run's network with one seed after another, without a sweep, tracking or figures.

    python benchmarks/sweeps/bare.py RUNS [setting=value ...]

An additional first run, which reads the data, is not timed. The last line of the output has the seconds on the clock
and of CPU time.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

PROJECT = Path(__file__).resolve().parents[2]
sys.path[0] = str(PROJECT / "src")

from zerosweep import startup  # noqa: E402

startup.begin_worker()  # one BLAS thread, as in a sweep

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
    """Train a network with these settings and return the records."""
    problem = assemble(settings)
    history = History.of(problem)
    for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
        history.add(record)
    return history


if __name__ == "__main__":
    main()
