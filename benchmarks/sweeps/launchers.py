"""The same grid as others run it: by Hydra's own sweeper and launcher, and by a program that logs at every step.

The grid is the default run on the digits, with 12 seeds. `basic` is our run, figures and all, under Hydra's basic sweeper
and launcher: one after another in one process, not planned, not reported. `per_step_logging.py` is a template's program
around our network and our training loop, under Hydra's basic sweeper and launcher as well: `log_metric` at every step, no
figures, no report. Every command has to create its store first.
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
