"""The cost of a run's figures: CPU time of each figure and of what is computed for it, in milliseconds.

    python benchmarks/figures.py [--json FILE] [--rounds N] [setting=value ...]

The runs are those of the main job, `optimizer=sgd,momentum,adam bn=true,false`, trained in this process. Each figure is
drawn once for each run before it is timed, as by the second run of a worker. A figure's time is the median over runs
and rounds; the total is their sum. `benchmarks/sweep.py --parts tracking` measures the same from outside, over whole
sweeps.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import product
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, TypeVar

PROJECT = Path(__file__).resolve().parents[1]
sys.path[0] = str(PROJECT / "src")

from zerosweep import startup  # noqa: E402

startup.begin_worker()  # one BLAS thread, as in a sweep

from hydra import compose, initialize_config_dir  # noqa: E402

from zerosweep.config.read import to_settings  # noqa: E402
from zerosweep.config.schemas import Settings, register  # noqa: E402
from zerosweep.figures.drawing.histograms import as_arrays, histograms  # noqa: E402
from zerosweep.figures.drawing.style import to_png  # noqa: E402
from zerosweep.figures.run.predictions import predictions  # noqa: E402
from zerosweep.figures.run.registry import run_figures  # noqa: E402
from zerosweep.runs.assemble import assemble  # noqa: E402
from zerosweep.runs.saved import as_npz  # noqa: E402
from zerosweep.training.loop import train  # noqa: E402
from zerosweep.training.records import History  # noqa: E402

GOAL = 60
"""The most milliseconds for all figures of a run."""

T = TypeVar("T")
Times = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the CPU time of each figure of a run.")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to FILE; their names end in the unit"
    )
    parser.add_argument("--rounds", type=int, default=5, help="drawings of each figure (default: %(default)s)")
    parser.add_argument("settings", nargs="*", metavar="setting=value", help="changes of all runs")
    chosen = parser.parse_args()
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        jobs = [
            to_settings(compose("config", [f"optimizer={optimizer}", f"bn={bn}", *chosen.settings]))
            for optimizer, bn in product(("sgd", "momentum", "adam"), ("true", "false"))
        ]
    runs = [trained(settings) for settings in jobs]
    times: Times = defaultdict(list)
    for i in range(chosen.rounds + 1):
        if i == 1:
            times.clear()  # the first round fills the caches
        for run in runs:
            draw(*run, times)
    found = {name: median(values) for name, values in times.items()}
    total = sum(found.values())
    for name, value in found.items():
        print(f"{name:28}{value:8.1f} ms")
    print(f"{'all figures of a run':28}{total:8.1f} ms <= {GOAL} {'met' if total <= GOAL else 'MISSED'}")
    if chosen.json:
        measured = {f"{name}_ms": round(value, 2) for name, value in [*found.items(), ("total", total)]}
        chosen.json.write_text(json.dumps(measured, indent=2) + "\n")


def trained(settings: Settings) -> tuple[Any, History, dict[str, Any]]:
    """Train a network with these settings; return the problem, the history, and the hidden outputs before training."""
    problem = assemble(settings)
    before = {layer: outputs.copy() for layer, outputs in problem.activations().items()}
    history = History(problem.classes)
    for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
        history.add(record)
    return problem, history, before


def draw(problem: Any, history: History, untrained: dict[str, Any], times: Times) -> None:
    """Draw all figures of a run as the run itself does, and add the times."""

    def timed(name: str, function: Callable[[], T]) -> T:
        began = process_time()
        found = function()
        times[name].append(1e3 * (process_time() - began))
        return found

    before, after = timed("histograms", lambda: (histograms(untrained), histograms(problem.activations())))
    counted = timed("counted_predictions", lambda: predictions(problem))
    timed("saved_arrays", lambda: (as_npz(as_arrays(before, after)), as_npz(counted.as_arrays()) if counted else b""))
    for name, figure in run_figures(history, problem, before, after, "a run: learned", counted):
        timed(name, lambda figure=figure: to_png(figure()))  # type: ignore[misc]


if __name__ == "__main__":
    main()
