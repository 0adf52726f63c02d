"""E1 whole, against the program that one writes without all this.

Ours is `python src/train.py sweeps=bn_weight_scale`: 32 networks, planned, trained by all cores, measured once an epoch,
kept in MLflow, drawn, reported, in a store that is there already; and once more in one that it has to create first, as it
has on a new machine. The other, `book_e1.py`, trains the same 32
networks one after another and notes the training accuracy once an epoch; it has the cores too, through the threads of
its BLAS, and is measured with one thread as well. The faster of the two is what ours is held against.

Threads that wait for each other on cores that are busy can take for ever; the book style is stopped after two minutes.

Ours does more in an epoch (every metric of an evaluation, figures, the record) and less in runs that diverge: those end
at the update that shows it, while the other goes on with NaN to the end. `updates` says how many of 6,400 ours did.
"""

from __future__ import annotations

import math

from sweeps.command import PROGRAMS, Command, ours
from sweeps.part import Figures, Line, Measured, Options, Part
from sweeps.store import Spoilt

LIMIT = 120.0
"""Seconds."""

LINES = {
    "ratio": Line("ours / the faster book style", 0.5),
    "ours_s": Line("ours, s"),
    "ours_new_store_s": Line("ours in a store that it has to create, s"),
    "book_s": Line("book style, BLAS threads as they come, s"),
    "book_one_thread_s": Line("book style, one BLAS thread, s"),
    "start_s": Line("of ours, until the first run starts, s"),
    "report_s": Line("of ours, after the last run, s"),
    "cpu_s": Line("of ours, CPU of all processes, s"),
    "updates": Line("of ours, updates"),
}


def part(options: Options) -> Part | str:
    """The part, or why there is none."""
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
            raise Spoilt(f"the book style has not come to an end in {LIMIT:g} s")
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
