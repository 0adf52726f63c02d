"""One run: trained and recorded, or answered from the record."""

from __future__ import annotations

from time import sleep
from typing import Any

from zerosweep import interruption
from zerosweep.api.call import doing
from zerosweep.api.data import Arrays, dataset
from zerosweep.api.recorded import Run
from zerosweep.config.hosted import one_run
from zerosweep.config.keywords import Overrides
from zerosweep.errors import SettingError
from zerosweep.jobs.engine import POLL_SECONDS
from zerosweep.jobs.job import job_of
from zerosweep.jobs.worker import fulfil
from zerosweep.places import TRAIN
from zerosweep.tracking.store import store_uri


def run(*arguments: Overrides, data: Arrays | None = None, **settings: Any) -> Run:
    """Train one run in this process and record it in MLflow, unless an equal run is recorded already.

    Equal means equal settings, code and data; `reuse=False` trains again. If another process is training the same run,
    this one waits for it. An interrupted run is closed as KILLED.

    Args:
        arguments: Overrides as on the command line, or dictionaries of settings by dotted name.
        data: Arrays to learn from, in place of a data set: (x, y), or a dictionary that may also have x_val, y_val,
            x_test and y_test. x has shape (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w).
        settings: Settings by name. A dictionary has the settings of a group.

    Raises:
        SettingError: A setting is unknown, or its value is not allowed. No run is created.

    >>> import zerosweep as zs
    >>> run = zs.run("optimizer=adam", bn=True, seed=3)
    >>> run.verdict, run.metrics["val/accuracy"] > 0.9
    ('learned', True)
    >>> zs.run("optimizer=adam", bn=True, seed=3).run_id == run.run_id
    True
    """
    with doing([*dataset(data), *arguments], settings) as given:
        config = one_run(given)
        refuse_commands(config.settings, "plan", "rerun")
        job = job_of(0, config)
        while (outcome := fulfil(job)).status == "busy":
            interruption.check()
            sleep(POLL_SECONDS)
        return Run.of(outcome.run_id, store_uri(config.settings.tracking.uri))


def refuse_commands(settings: Any, *names: str) -> None:
    """Refuse settings that have the command line do something else than to train.

    Args:
        settings: The settings, or the configuration that they are read from.
        names: The settings.
    """
    for name in names:
        value = getattr(settings, name)
        if value:
            shown = str(value).lower() if value is True else value
            raise SettingError(name, shown, f"is for the command line, as in {TRAIN} {name}={shown}; leave it out")
