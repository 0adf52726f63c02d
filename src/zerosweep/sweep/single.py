"""The command for one run: train it, list it with `plan=true`, or repeat a recorded one with `rerun=ID`."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

from zerosweep.activity import doing
from zerosweep.config.read import Config
from zerosweep.errors import RunsFailed
from zerosweep.runs.identity import identify
from zerosweep.runs.run import run

log = logging.getLogger(__name__)


def single(config: Config) -> float:
    """Carry out the command and return the objective.

    Returns:
        The objective's last value; NaN where the run diverged, and for `plan=true` and `rerun=ID`.

    Raises:
        RunsFailed: A rerun differs from the recorded run.
    """
    if config.settings.rerun is not None:
        from zerosweep.runs.rerun import rerun

        lines = rerun(config)
        for line in lines:
            log.info(line)
        if not lines[-1].startswith("identical"):
            raise RunsFailed(lines[-1])
        return math.nan
    if config.settings.plan:
        from zerosweep.jobs.reuse import recorded_outcomes
        from zerosweep.sweep import listing
        from zerosweep.sweep.plan import plan

        planned = plan([config], [], "run")
        listing.show(replace(planned, answers=recorded_outcomes(planned.jobs)), config.settings, workers=1)
        return math.nan
    with doing("reading data"):
        identity = identify(config.settings)
    result = run(config, identity)
    log.info(result.line)
    if result.lacking:
        log.warning(result.lacking)
    if result.diagnosis:
        log.info(result.diagnosis.line)
        if config.settings.diagnose.verify:
            from zerosweep.jobs.verification import verify

            log.info(verify(config, result.run_id, result.diagnosis.remedy.override))
    for line in result.serving:
        log.info(line)
    return result.objective
