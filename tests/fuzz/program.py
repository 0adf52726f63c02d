"""Run the project's programs in one process: read command lines from stdin, and print their results, as JSON.

    python -m tests.fuzz.program

To start a process takes a second, and a command line in it a tenth of that. Findings are tried again in a new
process, as an earlier command may have left something behind in this one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import resource
import runpy
import sys
import traceback
from functools import cache

from tests.conftest import PROJECT

MEMORY = 2 * 2**30
"""The most bytes of data of the process."""

planned = []
"""The configurations of the jobs that the last command would run."""


def main():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    load()
    for line in sys.stdin:
        print(json.dumps(answer(*json.loads(line))), file=answers, flush=True)


def load():
    """Import slow modules, and have commands with `plan=true` add the jobs that they list to `planned`."""
    from zerosweep import output
    from zerosweep.config.schemas import register
    from zerosweep.search import command
    from zerosweep.sweep import listing

    output.secure = lambda: None  # the streams of each command are caught here
    register()
    listing.show = noting(listing.show, lambda plan, *_: [job.config for job in plan.jobs])
    command._show = noting(command._show, lambda space, *_: command._corner_configs(space))


@cache
def composer():
    """Return a composer of jobs, as sweeps use it. A job takes a tenth of the time that Hydra takes for a command."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.types import RunMode

    from zerosweep.config.compose import Composer

    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        return Composer(
            loader, loader.load_configuration("config", ["hydra.mode=MULTIRUN", "seed=1,2"], RunMode.MULTIRUN)
        )


def compose(overrides):
    """Plan one job, as a sweep plans each of its jobs."""
    from zerosweep.config.command_line import one_line
    from zerosweep.sweep.plan import plan

    with one_line():
        config = composer().job(overrides, 0)
        plan([("", config)], [], "")
        planned.append(config)


def noting(shown, configs):
    """Return the function `shown`, which then also adds the `configs` of its arguments to `planned`."""

    def show(*arguments, **named):
        planned.extend(configs(*arguments))
        return shown(*arguments, **named)

    return show


def answer(program, arguments, trained):
    """Return the result of one command line.

    Args:
        program: Name of the program, or "job" to plan a single job.
        arguments: Its arguments.
        trained: Whether the planned jobs are also trained for some steps, without a store.

    Returns:
        The exit code, output, traceback, and the settings of the first 50 of `count` jobs.
    """
    planned.clear()
    sys.argv = [str(PROJECT / "src" / f"{program}.py"), *arguments]
    out, err = io.StringIO(), io.StringIO()
    code, wrong = 0, None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            if program == "job":
                compose(arguments)
            else:
                runpy.run_path(sys.argv[0], run_name="__main__")
            for config in planned[:1] + planned[1:][-1:] if trained else []:
                train_briefly(config.settings)
        except SystemExit as error:
            code = error.code or 0
        except BaseException:
            wrong = traceback.format_exc()
    jobs = [config.flat() for config in planned[:50]]
    return {"code": code, "stdout": out.getvalue()[-3000:], "stderr": err.getvalue()[-3000:], "wrong": wrong,
            "jobs": json.loads(json.dumps(jobs, default=repr)), "count": len(planned)}  # fmt: skip


def train_briefly(settings):
    """Do what `run` does with settings, but for two steps and without a store."""
    from zerosweep.figures.drawing.histograms import as_arrays, histograms
    from zerosweep.runs.assemble import assemble
    from zerosweep.runs.diagnosis_page import setup_of
    from zerosweep.runs.saved import as_npz
    from zerosweep.training.diagnosis import diagnose
    from zerosweep.training.loop import train
    from zerosweep.training.records import Evaluation, History, Step
    from zerosweep.training.traces import traces
    from zerosweep.training.verdict import verdict

    steps = min(settings.trainer.iterations or 2, 2)
    settings = dataclasses.replace(
        settings, trainer=dataclasses.replace(settings.trainer, epochs=None, iterations=steps)
    )
    if settings.trainer.gradient != "backprop" and settings.model is not None:
        return  # minutes a step
    problem = assemble(settings)
    untrained = problem.activations()
    history = History.of(problem)
    for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
        history.add(record)
        assert isinstance(record, Step | Evaluation) or history.diverged
    diagnose(history, verdict(history), setup_of(settings))
    as_npz(as_arrays(histograms(untrained), histograms(problem.activations())))
    as_npz(problem.weights())
    if settings.trainer.trace:
        as_npz(traces(problem, history))


if __name__ == "__main__":
    main()
