"""Verification of diagnoses (`diagnose.verify=true`): try the suggested remedy and add the result to the page."""

from __future__ import annotations

import logging
from dataclasses import asdict

from zerosweep.config.change import changed
from zerosweep.config.read import Config
from zerosweep.errors import UserError, last_line
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import VERIFIED, as_outcome, equal_runs, recorded_outcome, reusable, untried_remedy
from zerosweep.metrics import PER_LAYER, TABLES, described
from zerosweep.runs.identity import identify
from zerosweep.runs.run import DIAGNOSIS_PAGE, run
from zerosweep.tracking.claims import claim
from zerosweep.tracking.record import Recorded, add_file, by_id, content
from zerosweep.tracking.store import open_store, store_uri

BETTER = 0.05
"""Increase of the training accuracy, as a fraction of all rows, from which on a remedy counts as helpful."""


def verify(config: Config, run_id: str, override: str) -> str:
    """Try the remedy of a diagnosed run, and add the result to the run's diagnosis page.

    The run with the remedy is trained, unless a recorded run can stand in for it. It has the tag `verifies`, the
    diagnosed run gets the tag `verified_by`. It is not verified in turn. If it cannot be trained, the page gives the
    reason.

    Args:
        config: The configuration of the diagnosed run.
        run_id: The id of the diagnosed run.
        override: The remedy, such as "init=he".

    Returns:
        A summary in one line.
    """
    after_id = "none"
    uri = store_uri(config.settings.tracking.uri)
    client = open_store(uri)
    try:
        after_id, origin = _run_once(changed(config, override), run_id, reuse=config.settings.reuse)
    except Exception as error:
        why = str(error) if isinstance(error, UserError) else last_line(error)
        section, line = f"It could not be run: {why}", f"{override} could not be run: {why}"
    else:
        before, after = by_id(client, run_id), by_id(client, after_id)
        assert before and after
        outcome = "It helped" if helped(before, after) else "It did not help"
        section = f"{outcome}. Run `{after_id}`, {origin}:\n\n{_table(before, after)}"
        if after.verdict != "learned":
            section += f"\n\nThat run has its own `{DIAGNOSIS_PAGE}`, which suggests the next step."
        line = f"{outcome.lower()}: {override} gives {_short(after)}, before {_short(before)}; run {after_id}"
    tags = {"role": "verification", "verifies": run_id}
    with claim(uri, config.settings.tracking.experiment, tags, wait=True):  # another process may verify the same run
        heading = f"\n## With `{override}`\n\n"
        page, _, _ = content(client, run_id, DIAGNOSIS_PAGE).decode().partition(heading)  # drops an earlier section
        add_file(client, run_id, DIAGNOSIS_PAGE, f"{page}{heading}{section}\n")
        client.set_tag(run_id, VERIFIED, after_id)  # last, so that an interrupted verification is done again
    return f"verified: {line}"


def verify_recorded(job: Job) -> Outcome | None:
    """Verify the recorded run that answers the job, if only its verification is missing.

    Returns:
        The outcome of the job; None if no recorded run answers it, or none that has to be verified.
    """
    settings = job.config.settings
    if not (job.reuse and settings.diagnose.verify):
        return None
    recorded = reusable(settings, equal_runs(settings, job.identity))
    remedy = untried_remedy(recorded) if recorded else None
    if recorded is None or remedy is None:
        return None
    verify(job.config, recorded.run_id, remedy)
    return as_outcome(settings, recorded)


def _run_once(config: Config, verifies: str, *, reuse: bool) -> tuple[str, str]:
    """Train the run of `config`, unless a recorded run can stand in for it. If another process is running it, wait.

    Returns:
        The id of the run, and words that say where it came from.
    """
    settings = config.settings
    identity = identify(settings)
    with claim(store_uri(settings.tracking.uri), settings.tracking.experiment, asdict(identity), wait=True):
        if reuse and (recorded := recorded_outcome(settings, identity)):
            return recorded.run_id, "which was already recorded"
        result = run(config, identity, {"verifies": verifies})
        logging.getLogger(__name__).info(result.line)
        return result.run_id, "trained for this comparison"


def helped(before: Recorded, after: Recorded) -> bool:
    """Return whether the run with the remedy learned, and, if it has a training accuracy, clearly raised it."""
    if after.verdict != "learned":
        return False
    accuracy = "train/accuracy"
    return accuracy not in after.metrics or after.metrics[accuracy] > before.metrics.get(accuracy, 0.0) + BETTER


def _short(run: Recorded) -> str:
    """Return the verdict and the training accuracy in words."""
    accuracy = run.metrics.get("train/accuracy")
    return run.verdict + ("" if accuracy is None else f" with train/accuracy={accuracy:.4g}")


def _table(before: Recorded, after: Recorded) -> str:
    """Return a table that compares two runs, with a row per value."""
    columns = [_values(run) for run in (before, after)]
    lines = [["", "before", "after"], ["---"] * 3]
    lines += [[name, *(values.get(name, "–") for values in columns)] for name in columns[0] | columns[1]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _values(run: Recorded) -> dict[str, str]:
    """Return by name the verdict, the last metrics, and for each fraction of units its maximum over the layers."""
    values = {"verdict": run.verdict}
    values |= {name: f"{run.metrics[name]:.4g}" for name in TABLES if name in run.metrics}
    for metric in (metric for metric in PER_LAYER if metric.fraction):
        fractions = [value for name, value in run.metrics.items() if described(name) is metric]
        values |= {f"most {metric.quantity} in a layer": f"{max(fractions):.0%}"} if fractions else {}
    return values
