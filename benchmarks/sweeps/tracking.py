"""What tracking and figures cost: CPU time of all processes, of which each run more is counted.

The runs are the default one on the digits, with other seeds. The same networks are trained bare as well, in a program
that does nothing else. What a run costs more in a sweep is taken for tracking and figures, though it has its share of
planning, dispatch and report in it too: the figure is the most that they can be.
"""

from __future__ import annotations

from sweeps.command import PROGRAMS, Command, Ended, ours
from sweeps.part import Figures, Line, Measured, Options, Part

LINES = {
    "tracking_and_figures_ms": Line("beside training, CPU ms a run", 150),
    "figures_ms": Line("of that, figures"),
    "tracking_ms": Line("of that, all the rest"),
    "bare_ms": Line("the bare training"),
}


def part(options: Options) -> Part:
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
        trained = measured.least(bare.name, lambda ended: ended.said[0]["cpu_s"] / max(sizes) * 1e3)
        return {
            "tracking_and_figures_ms": with_figures - trained,
            "figures_ms": with_figures - without,
            "tracking_ms": without - trained,
            "bare_ms": trained,
        }

    return Part(f"the default run, with {' and '.join(map(str, sizes))} seeds", [*sweeps, bare], figures, LINES)
