"""The overhead of a sweep: the time per run of planning, dispatch and report.

The runs are as short as possible (one update of 10 hidden units, no figures), and one worker does them one after
another. The store records when each run started and ended. All time outside of the runs is overhead:

- planning: the time before the first run. The part that grows with the number of runs counts; the rest is start-up.
- dispatch: the time from the end of a run to the start of the next. It includes the commit of the end, the messages
  between worker and sweep, the log file, the claim, the check for a recorded run, and the assembly of data and network.
- report: the time after the last run, the part that grows with the number of runs. It has no goal.

With one worker no overhead is hidden by another worker's runs, so the figures are upper bounds. The plan alone is
measured with `plan=true`, which also searches the records, for up to 1,000 runs. The flatness of a cost is the ratio of
the cost per run with many runs and with few.
"""

from __future__ import annotations

from sweeps.command import ours
from sweeps.part import Figures, Line, Measured, Options, Part

TINY = ("trainer.iterations=1", "tracking.figures=false", "model.hidden=[10]", "hydra.launcher.workers=1")

LINES = {
    "planning_ms": Line("planning, ms a run"),
    "dispatch_ms": Line("dispatch, ms a run"),
    "planning_and_dispatch_ms": Line("both, ms a run", 20),
    "dispatch_flatness": Line("dispatch with the most runs / with the fewest", 1.3),
    "plan_alone_ms": Line("plan=true, ms a run"),
    "plan_alone_flatness": Line("the same, of the last runs / of the first", 1.3),
    "run_ms": Line("one run, ms"),
    "report_ms": Line("report, ms a run"),
}


def part(options: Options) -> Part:
    """Return the part; with --full it has a sweep of 1,000 runs."""
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
