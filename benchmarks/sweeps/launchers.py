"""One grid with other launchers: Hydra's own sweeper and launcher, and a program that logs a metric at every step.

The grid is the default run on the digits, with 12 seeds. `basic` is our run with its figures under Hydra's basic
sweeper and launcher, which run the jobs one after another in one process, without a plan or a report.
`per_step_logging.py` is a template-like program around our network and training loop, under Hydra's basic sweeper and
launcher too, with `log_metric` at every step, and without figures or a report. Every command has to create its store.
"""

from __future__ import annotations

from dataclasses import replace

from sweeps.command import PROGRAMS, ours
from sweeps.part import Figures, Line, Measured, Options, Part

BASIC = ("hydra/sweeper=basic", "hydra/launcher=basic")

LINES = {
    "ours_to_basic": Line("ours / Hydra's basic launcher"),
    "ours_to_per_step": Line("ours / logging at every step"),
    "ours_s": Line("ours, s"),
    "basic_s": Line("Hydra's basic launcher, s"),
    "per_step_s": Line("logging at every step, s"),
}


def part(options: Options) -> Part:
    """Return the part."""
    runs = 2 if options.quick else 12
    grid = ("-m", f"seed=range({runs})")
    sweep = ours("ours", *grid, in_new_store=True)
    basic = ours("basic launcher", *grid, *BASIC, in_new_store=True)
    per_step = replace(basic, name="per-step logging", program=PROGRAMS / "per_step_logging.py")

    def figures(measured: Measured) -> Figures:
        ours_s, basic_s, per_step_s = (measured.least(command.name) for command in (sweep, basic, per_step))
        return {
            "ours_to_basic": ours_s / basic_s,
            "ours_to_per_step": ours_s / per_step_s,
            "ours_s": ours_s,
            "basic_s": basic_s,
            "per_step_s": per_step_s,
        }

    return Part(f"{runs} short runs on the digits", [sweep, basic, per_step], figures, LINES)
