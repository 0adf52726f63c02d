"""`zerosweep train`: one run, a sweep or a search, as `python src/train.py` does it in a checkout."""

from __future__ import annotations

import sys
from typing import Any

from zerosweep.config.command_line import composed, job, program
from zerosweep.config.schemas import register
from zerosweep.config.task_calls import trains
from zerosweep.jobs.executors.processes import prepare_ahead

register()


@trains
def one_run(cfg: Any) -> float:
    """Train the run that a composed configuration describes, and return its objective."""
    with job():
        from zerosweep.config.read import read
        from zerosweep.sweep.single import single

        return single(read(cfg))


def main() -> None:
    """Run the command that `sys.argv` holds."""
    with program():
        prepare_ahead(sys.argv[1:])
        composed(one_run)()
