"""The gain from a second worker: the same 12 runs with one worker and with two.

Each run takes about a second and has everything that belongs to a run: training, tracking and figures. The gain is the
ratio of the times from the start of the first run to the end of the last. It is also computed for the whole command,
with its start-up and report, which workers cannot share. Bare training shows what two processes gain on these cores at
best: two programs that only train, side by side, against one of them.
"""

from __future__ import annotations

from sweeps.command import PROGRAMS, Command, cores, ours
from sweeps.part import Figures, Line, Measured, Options, Part

RUNS = 12

LINES = {
    "gain": Line("two workers / one, without start-up", 1.8, at_least=True),
    "gain_with_start": Line("the same for the whole command"),
    "bare_gain": Line("two bare programs / one: the limit of the cores"),
    "one_s": Line("one worker, s"),
    "two_s": Line("two workers, s"),
}


def part(options: Options) -> Part | str:
    """Return the part, or the reason why it cannot be measured."""
    if len(cores()) < 2:
        return "there is only one core"
    runs, epochs = (4, 20) if options.quick else (RUNS, 200)
    settings = (f"trainer.epochs={epochs}", "model.hidden=[100,100,100,100,100]", "trainer.eval_every=150")
    one, two = (
        ours(f"{workers} worker(s)", "-m", f"seed=range({runs})", *settings, f"hydra.launcher.workers={workers}")
        for workers in (1, 2)
    )
    alone, both = (
        Command(f"{n} bare", PROGRAMS / "bare.py", (str(runs // 2), *settings), in_new_store=True, at_once=n)
        for n in (1, 2)
    )

    def figures(measured: Measured) -> Figures:
        spans = [measured.least(command.name, lambda ended: ended.runs.span) for command in (one, two)]
        whole = [measured.least(command.name) for command in (one, two)]
        bare = [
            measured.least(command.name, lambda ended: max(printed["wall_s"] for printed in ended.printed))
            for command in (alone, both)
        ]
        return {
            "gain": spans[0] / spans[1],
            "gain_with_start": whole[0] / whole[1],
            "bare_gain": 2 * bare[0] / bare[1],
            "one_s": whole[0],
            "two_s": whole[1],
        }

    return Part(f"{runs} runs, by one worker and by two", [one, two, alone, both], figures, LINES)
