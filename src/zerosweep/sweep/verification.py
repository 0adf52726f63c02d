"""`diagnose.verify=true`: a run that its diagnosis suggests is done too, and what came of it is put beside."""

from __future__ import annotations

import logging
import traceback
from dataclasses import asdict

from zerosweep.config.change import changed
from zerosweep.config.read import Config
from zerosweep.errors import UserError
from zerosweep.run import LESSON, Result, identify, run
from zerosweep.sweep.worker import VERIFIED, answer, known
from zerosweep.tracking.claims import claim
from zerosweep.tracking.record import Recorded, add_file, by_id, content
from zerosweep.tracking.store import open_store, store_uri

BETTER = 0.05
"""A suggestion has helped where the run learned, and its accuracy, where there is one, is higher by this."""

MEASURED = ("train/accuracy", "val/accuracy", "test/accuracy", "train/loss", "surface/value")


def verify(config: Config, result: Result) -> str | None:
    """Do the run that the diagnosis of `result` suggests, or take it from the record, and add what came of it to its page.

    The whole in one line; None where there is nothing to verify, or it was not asked for. The run carries the tag `verifies`,
    and the one that it verifies `verified_by`; it is never verified itself. Where it cannot be done, the page says why, and
    the run that was diagnosed stands as it is.
    """
    if result.diagnosis is None or not config.settings.diagnose.verify:
        return None
    override, after_id = result.diagnosis.remedy.override, "none"
    uri = store_uri(config.settings.tracking.uri)
    client = open_store(uri)
    try:
        after_id, how = _done(changed(config, override), result.run_id, reuse=config.settings.reuse)
    except Exception as error:
        why = str(error) if isinstance(error, UserError) else traceback.format_exception_only(error)[-1].strip()
        section, line = f"It could not be run: {why}", f"{override} could not be run: {why}"
    else:
        before, after = by_id(client, result.run_id), by_id(client, after_id)
        assert before and after
        outcome = "It helped" if helped(before, after) else "It did not help"
        section = f"{outcome}. Run `{after_id}`, {how}:\n\n{_table(before, after)}"
        if after.verdict != "learned":
            section += f"\n\nIt has a `{LESSON}` of its own, which goes on from there."
        line = f"{outcome.lower()}: {override} gives {_gist(after)}, before {_gist(before)}; run {after_id}"
    page = content(client, result.run_id, LESSON).decode()
    add_file(client, result.run_id, LESSON, f"{page}\n## With `{override}`\n\n{section}\n")
    client.set_tag(result.run_id, VERIFIED, after_id)  # last: a run that was stopped before this was not verified
    return f"verified: {line}"


def _done(config: Config, verifies: str, *, reuse: bool) -> tuple[str, str]:
    """(id, how it came) of the run of `config`, once. Another process that is at it is waited for."""
    settings = config.settings
    identity = identify(settings)
    with claim(store_uri(settings.tracking.uri), asdict(identity), wait=True):
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
    told |= {name: f"{run.metrics[name]:.4g}" for name in MEASURED if name in run.metrics}
    for ill in ("dead", "saturated"):
        shares = [value for name, value in run.metrics.items() if name.startswith(f"{ill}/")]
        told |= {f"most {ill} in a layer": f"{max(shares):.0%}"} if shares else {}
    return told
