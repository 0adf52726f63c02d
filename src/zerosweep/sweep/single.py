"""A command that describes one run: do it, list it, or do one from the record again."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

from zerosweep.config.read import Config
from zerosweep.errors import RunsFailed
from zerosweep.runs.run import run

log = logging.getLogger(__name__)


def single(config: Config) -> float:
    """The objective; NaN where the run diverged, or nothing was asked to be trained."""
    if config.settings.rerun is not None:
        from zerosweep.runs.rerun import rerun

        lines = rerun(config)
        for line in lines:
            log.info(line)
        if not lines[-1].startswith("identical"):
            raise RunsFailed(lines[-1])
        return math.nan
    if config.settings.plan:
        from zerosweep.sweep import listing
        from zerosweep.sweep.plan import answered, plan

        planned = plan([(config.short_name, config)], [], "run")
        listing.show(replace(planned, answers=answered(planned.jobs)), config.settings, workers=1)
        return math.nan
    result = run(config)
    log.info(result.line)
    if result.diagnosis:
        log.info(result.diagnosis.line)
        if config.settings.diagnose.verify:
            from zerosweep.jobs.verification import verify

            log.info(verify(config, result.run_id, result.diagnosis.remedy.override))
    return result.objective
