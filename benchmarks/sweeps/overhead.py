"""What a sweep costs beside its runs: planning, and handing them out.

The runs are as short as runs can be (one update of 10 hidden units, no figures), and one worker does them, one after
another. The store says when each began and ended; whatever lies outside of all runs is the sweep's:

- planning: until the first run begins. What grows with the number of runs is their share, the rest is the start-up;
- dispatch: from a run's end to the next one's start. In it: the end's own commit, the way to the sweep and back, the
  log file, the claim, the look into the record whether it is done already, and the assembling of data and network;
- report: after the last run's end, again what grows with their number. It has no goal of its own.

With one worker nothing hides behind another worker's runs, so this is the most that a run can cost beyond itself.
`plan=true` shows planning alone, which asks the record too, and up to 1,000 runs. A cost is flat if it is the same
for every run of few as of many.
"""

from __future__ import annotations

from sweeps.command import ours
from sweeps.part import Figures, Line, Measured, Options, Part

TINY = ("trainer.iterations=1", "tracking.figures=false", "model.hidden=[10]", "hydra.launcher.workers=1")

LINES = {
    "planning_ms": Line("planning, ms a run"),
    "dispatch_ms": Line("dispatch, ms a run"),
    "planning_and_dispatch_ms": Line("both, ms a run", 20),
    "dispatch_flatness": Line("dispatch of the most runs / of the fewest", 1.3),
    "plan_alone_ms": Line("plan=true, ms a run"),
    "plan_alone_flatness": Line("the last runs' share of it / the first runs'", 1.3),
    "run_ms": Line("a run itself, ms"),
    "report_ms": Line("report, ms a run"),
}


def part(options: Options) -> Part:
    sizes = (4, 12) if options.quick else (10, 100, 1000) if options.full else (10, 100)
    planned = (4, 12, 36) if options.quick else (10, 100, 1000)
    runs, plans = {n: f"{n} runs" for n in sizes}, {n: f"plan of {n}" for n in planned}
    commands = [
        *(ours(name, "-m", f"seed=range({n})", *TINY) for n, name in runs.items()),
        *(ours(name, "-m", f"seed=range({n})", "plan=true", *TINY) for n, name in plans.items()),
    ]

    def figures(measured: Measured) -> Figures:
        few, middle, many = planned
        first, last = (
            measured.slope({n: plans[n] for n in (few, middle)}),
            measured.slope({n: plans[n] for n in (middle, many)}),
        )
        planning = measured.slope(runs, lambda ended: ended.runs.before)
        dispatch = {
            n: measured.least(runs[n], lambda ended: ended.runs.between / (ended.runs.count - 1)) for n in sizes
        }
        return {
            "planning_ms": planning * 1e3,
            "dispatch_ms": dispatch[sizes[-1]] * 1e3,
            "planning_and_dispatch_ms": (planning + dispatch[sizes[-1]]) * 1e3,
            "dispatch_flatness": dispatch[sizes[-1]] / dispatch[sizes[0]],
            "plan_alone_ms": measured.slope(plans) * 1e3,
            "plan_alone_flatness": last / first,
            "run_ms": measured.slope(runs, lambda ended: ended.runs.inside) * 1e3,
            "report_ms": measured.slope(runs, lambda ended: ended.runs.after) * 1e3,
        }

    return Part(f"tiny runs, one worker: {', '.join(map(str, sizes))} of them", commands, figures, LINES)
