"""`diagnose.verify=true`: a run that its diagnosis suggests is done too, and what came of it is put beside."""

from __future__ import annotations

import logging
from dataclasses import asdict

from zerosweep.config.change import changed
from zerosweep.config.read import Config
from zerosweep.errors import UserError, last_line
from zerosweep.jobs.job import Job, Outcome
from zerosweep.jobs.reuse import VERIFIED, answer, known, recalled, standing, unverified
from zerosweep.metrics import PER_LAYER, TABLES, described
from zerosweep.runs.run import DIAGNOSIS_PAGE, identify, run
from zerosweep.tracking.claims import claim
from zerosweep.tracking.record import Recorded, add_file, by_id, content
from zerosweep.tracking.store import open_store, store_uri

BETTER = 0.05
"""A suggestion has helped where the run learned, and its accuracy, where there is one, is higher by this."""


def verify(config: Config, run_id: str, override: str) -> str:
    """Do the run that the diagnosis of the run of `config` suggests by its `override`, or take it from the record, and add what
    came of it to the page of the one that was diagnosed.

    The whole in one line. The run carries the tag `verifies`, and the one that it verifies `verified_by`; it is not verified
    in turn. Where it cannot be done, the page says why, and the run that was diagnosed stands as it is.
    """
    after_id = "none"
    uri = store_uri(config.settings.tracking.uri)
    client = open_store(uri)
    try:
        after_id, how = _done(changed(config, override), run_id, reuse=config.settings.reuse)
    except Exception as error:
        why = str(error) if isinstance(error, UserError) else last_line(error)
        section, line = f"It could not be run: {why}", f"{override} could not be run: {why}"
    else:
        before, after = by_id(client, run_id), by_id(client, after_id)
        assert before and after
        outcome = "It helped" if helped(before, after) else "It did not help"
        section = f"{outcome}. Run `{after_id}`, {how}:\n\n{_table(before, after)}"
        if after.verdict != "learned":
            section += f"\n\nIt has a `{DIAGNOSIS_PAGE}` of its own, which goes on from there."
        line = f"{outcome.lower()}: {override} gives {_gist(after)}, before {_gist(before)}; run {after_id}"
    tags = {"role": "verification", "verifies": run_id}
    with claim(uri, config.settings.tracking.experiment, tags, wait=True):  # others may verify it too
        heading = f"\n## With `{override}`\n\n"
        page, _, _ = content(client, run_id, DIAGNOSIS_PAGE).decode().partition(heading)  # and may have written of it
        add_file(client, run_id, DIAGNOSIS_PAGE, f"{page}{heading}{section}\n")
        client.set_tag(run_id, VERIFIED, after_id)  # last: a run that was stopped before this was not verified
    return f"verified: {line}"


def verified(job: Job) -> Outcome | None:
    """The outcome of a job for which the record has a run, but not the verification that it asks for: that is done here. None
    for any other job."""
    settings = job.config.settings
    one = standing(settings, known(settings, job.identity)) if job.reuse and settings.diagnose.verify else None
    remedy = unverified(one) if one else None
    if one is None or remedy is None:
        return None
    verify(job.config, one.run_id, remedy)
    return recalled(settings, one)


def _done(config: Config, verifies: str, *, reuse: bool) -> tuple[str, str]:
    """(id, how it came) of the run of `config`, once. Another process that is at it is waited for."""
    settings = config.settings
    identity = identify(settings)
    with claim(store_uri(settings.tracking.uri), settings.tracking.experiment, asdict(identity), wait=True):
        if reuse and (found := answer(settings, known(settings, identity))):
            return found.run_id, "which was in the record"
        result = run(config, {"verifies": verifies})
        logging.getLogger(__name__).info(result.line)
        return result.run_id, "done to see"


def helped(before: Recorded, after: Recorded) -> bool:
    """Whether the run learned, and more than by falling from a worse loss to chance."""
    if after.verdict != "learned":
        return False
    accuracy = "train/accuracy"
    return accuracy not in after.metrics or after.metrics[accuracy] > before.metrics.get(accuracy, 0.0) + BETTER


def _gist(run: Recorded) -> str:
    accuracy = run.metrics.get("train/accuracy")
    return run.verdict + ("" if accuracy is None else f" with train/accuracy={accuracy:.4g}")


def _table(before: Recorded, after: Recorded) -> str:
    told = [_told(run) for run in (before, after)]
    lines = [["", "before", "after"], ["---"] * 3]
    lines += [[name, *(one.get(name, "–") for one in told)] for name in told[0] | told[1]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _told(run: Recorded) -> dict[str, str]:
    """The verdict, what was measured last, and the worst layer."""
    told = {"verdict": run.verdict}
    told |= {name: f"{run.metrics[name]:.4g}" for name in TABLES if name in run.metrics}
    for ill in (metric for metric in PER_LAYER if metric.fraction):
        fractions = [value for name, value in run.metrics.items() if described(name) is ill]
        told |= {f"most {ill.quantity} in a layer": f"{max(fractions):.0%}"} if fractions else {}
    return told
