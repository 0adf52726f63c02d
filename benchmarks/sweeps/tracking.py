"""The cost of tracking and figures: the CPU time of all processes for each additional run of a sweep.

The runs are the default run on the digits with different seeds. The same networks are also trained in a program that
only trains. The difference is the cost of tracking and figures. It is an upper bound, because it includes the run's
part of planning, dispatch and report.
"""

from __future__ import annotations

from sweeps.command import PROGRAMS, Command, Ended, ours
from sweeps.part import Figures, Line, Measured, Options, Part

LINES = {
    "tracking_and_figures_ms": Line("beyond training, CPU ms a run", 150),
    "figures_ms": Line("for figures, CPU ms a run", 60),
    "tracking_ms": Line("for everything else, CPU ms a run"),
    "bare_ms": Line("training alone, CPU ms a run"),
}


def part(options: Options) -> Part:
    """Return the part."""
    sizes = (2, 4) if options.quick else (4, 16)
    drawn, undrawn = ({n: f"{n} runs {how} figures" for n in sizes} for how in ("with", "without"))
    sweeps = [
        ours(name, "-m", f"seed=range({n})", "hydra.launcher.workers=1", f"tracking.figures={figures}")
        for names, figures in ((drawn, "true"), (undrawn, "false"))
        for n, name in names.items()
    ]
    bare = Command("bare training", PROGRAMS / "bare.py", (str(max(sizes)),), in_new_store=True)

    def figures(measured: Measured) -> Figures:
        def cpu(ended: Ended) -> float:
            return ended.cpu * 1e3

        with_figures, without = measured.slope(drawn, cpu), measured.slope(undrawn, cpu)
        trained = measured.least(bare.name, lambda ended: ended.printed[0]["cpu_s"] / max(sizes) * 1e3)
        return {
            "tracking_and_figures_ms": with_figures - trained,
            "figures_ms": with_figures - without,
            "tracking_ms": without - trained,
            "bare_ms": trained,
        }

    return Part(f"the default run, with {' and '.join(map(str, sizes))} seeds", [*sweeps, bare], figures, LINES)
