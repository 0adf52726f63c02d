"""The whole experiment E1, against a simple program in the style of the book.

Ours is `python src/train.py sweeps=bn_weight_scale`: 32 networks that are planned, trained on all cores, evaluated once
an epoch, recorded in MLflow, drawn and reported. It is measured in an existing store and, as on a new machine, in a
store that it has to create. The other program, `book_e1.py`, trains the same 32 networks one after another and computes
the training accuracy once an epoch. It uses all cores through the threads of its BLAS, and is also measured with one
thread. The ratio is that to the faster of the two.

BLAS threads that wait for each other on busy cores can take extremely long, so the book style is killed after two
minutes.

Ours does more in an epoch (all metrics of an evaluation, figures, records) and less in runs that diverge: it stops at
the update that diverges, while the book style continues with NaN. The figure `updates` is the number of ours, out of
6,400.
"""

from __future__ import annotations

import math

from sweeps.command import PROGRAMS, Command, ours
from sweeps.part import Figures, Line, Measured, Options, Part
from sweeps.store import MeasurementFailed

LIMIT = 120.0
"""The longest time of the book style, in seconds."""

LINES = {
    "ratio": Line("ours / the faster book style", 0.5),
    "ours_s": Line("ours, s"),
    "ours_new_store_s": Line("ours in a new store, s"),
    "book_s": Line("book style, default BLAS threads, s"),
    "book_one_thread_s": Line("book style, one BLAS thread, s"),
    "start_s": Line("ours, before the first run, s"),
    "report_s": Line("ours, after the last run, s"),
    "cpu_s": Line("ours, CPU of all processes, s"),
    "updates": Line("ours, number of updates"),
}


def part(options: Options) -> Part | str:
    """Return the part, or the reason why it cannot be measured."""
    if options.mnist is None:
        return "it needs --mnist FOLDER"
    short = ("trainer.epochs=1",) if options.quick else ()
    sweep = ours("ours", "sweeps=bn_weight_scale", f"dataset.dir={options.mnist}", *short)
    first = ours("ours, new store", "sweeps=bn_weight_scale", f"dataset.dir={options.mnist}", *short, in_new_store=True)
    arguments = (str(options.mnist), *(("1",) if options.quick else ()))
    book, book_one = (
        Command(name, PROGRAMS / "book_e1.py", arguments, in_new_store=True, threads=threads, limit=LIMIT)
        for name, threads in (("book style", None), ("book style, one thread", 1))
    )

    def figures(measured: Measured) -> Figures:
        ours_s, book_s, one_s = (measured.least(command.name) for command in (sweep, book, book_one))
        if math.isinf(min(book_s, one_s)):
            raise MeasurementFailed(f"the book style did not end within {LIMIT:g} s")
        ended = {"book_s": book_s, "book_one_thread_s": one_s}
        return {
            "ratio": ours_s / min(book_s, one_s),
            "ours_s": ours_s,
            "ours_new_store_s": measured.least(first.name),
            **{name: seconds for name, seconds in ended.items() if math.isfinite(seconds)},
            "start_s": measured.least(sweep.name, lambda ended: ended.runs.before),
            "report_s": measured.least(sweep.name, lambda ended: ended.runs.after),
            "cpu_s": measured.least(sweep.name, lambda ended: ended.cpu),
            "updates": measured.least(sweep.name, lambda ended: ended.runs.steps),
        }

    return Part("batch normalization against the weight scale, 32 runs", [sweep, first, book, book_one], figures, LINES)
