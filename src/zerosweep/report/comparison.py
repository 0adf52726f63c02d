"""A comparison of any runs in the store: `python src/compare.py FILTER`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

from zerosweep.config.schemas import Objective
from zerosweep.config.words import SETTABLE, Words, read_words
from zerosweep.errors import UserError
from zerosweep.masking import masked
from zerosweep.metrics import check_measured, refuse_test
from zerosweep.report.summary import Context, summarise
from zerosweep.runs.identity import digest
from zerosweep.tracking.record import Recorded, find, known_experiment
from zerosweep.tracking.store import open_store, sqlite_file, store_uri

PROGRAM = "python src/compare.py"

USAGE = f"usage: {PROGRAM} 'FILTER' [setting=value ...]; {PROGRAM} --help shows examples"

HELP = f"""zerosweep: compare any runs that are in the record, as the report of a sweep compares its own.

  {PROGRAM} 'FILTER' [setting=value ...]

FILTER is MLflow's: conditions on params, metrics, tags and attributes, joined by and; text is in double quotes.
'' finds every run. Of runs that are equal in configuration, code and data the latest counts.

  {PROGRAM} 'params.bn = "true" and metrics.`val/accuracy` > 0.9'
  {PROGRAM} 'tags.sweep = "optimizers-1f2e3d4c"' report.y=train/accuracy report.panels=init.scale
  {PROGRAM} 'params.optimizer != "sgd"' tracking.experiment=zerosweep report.figure=intervals
  {PROGRAM} 'params.task = "surface"' objective.metric=surface/value objective.direction=minimize

The report is kept as a run of the same experiment; its settings, with defaults as in conf/config.yaml, are

{chr(10).join(f"  {', '.join(f'{group}.{name}' for name in names)}" for group, names in SETTABLE.items())}

The objective is by default the one that the runs were made for, where it is the same for all."""


def compare(arguments: Sequence[str]) -> list[str]:
    """What to print, having kept the report; a mistake is a `UserError`."""
    if {"-h", "--help"} & set(arguments):
        return [HELP]
    if flags := [word for word in arguments if word.startswith("-")]:
        raise UserError(f"{flags[0]}: no such flag; {USAGE}")
    words = read_words(arguments)
    if not words.rest:
        raise UserError(USAGE)
    query = " ".join(words.rest).strip()
    uri = store_uri(words.tracking.uri)
    runs = find_runs(uri, words.tracking.experiment, query)
    objective = objective_of(runs, words)
    for metric in words.report.metrics:
        _check_metric("report.y", metric, runs)
    command = f"{PROGRAM} {' '.join(_quoted(masked(word)) for word in arguments)}"
    sweep = f"comparison-{digest(query.encode())}"
    title = query or f"all runs of {words.tracking.experiment}"
    context = Context(
        uri, words.tracking.experiment, sweep, command, objective, words.report, title=title, source="src/compare.py"
    )
    return list(summarise(context, runs).lines)


def find_runs(uri: str, experiment: str, query: str) -> list[Recorded]:
    """The finished and failed runs that the filter finds, at least one; of those with equal identities one; in the order in
    which they were started, which is the order of levels on the command line."""
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        raise UserError(f"{uri}: no such store; nothing has been recorded there yet")
    client = open_store(uri)
    within = known_experiment(client, experiment)
    try:
        found = find(client, [within], query)
    except UserError as error:
        raise UserError(f'{error}; write a filter as in params.bn = "true" and metrics.`val/accuracy` > 0.9') from None
    ended = [run for run in found if run.tags.get("role") == "run" and run.status in ("FINISHED", "FAILED")]
    if not ended:
        raise UserError(f"{query or 'any run'}: finds no finished or failed run in the experiment {experiment}")
    return sorted(distinct(ended), key=lambda run: run.started)


def distinct(runs: Sequence[Recorded]) -> list[Recorded]:
    """Of runs that are equal in configuration, code and data the latest, though rather one that finished."""
    kept: dict[tuple[str, ...], Recorded] = {}
    for run in sorted(runs, key=lambda run: (run.status != "FINISHED", -run.started)):
        ids = tuple(run.tags[name] for name in ("config_id", "code_id", "data_id") if name in run.tags)
        kept.setdefault(ids if len(ids) == 3 else (run.run_id,), run)
    return list(kept.values())


def objective_of(runs: Sequence[Recorded], words: Words) -> Objective:
    """As typed, else the one that all of the runs were made for, else the configured one; measured in some run, or refused."""
    objective = words.objective
    if "objective.metric" in words.typed:
        refuse_test("objective.metric", objective.metric)
    if not words.typed & {"objective.metric", "objective.direction"}:
        made_for = {(run.params.get("objective.metric"), run.params.get("objective.direction")) for run in runs}
        metric, direction = made_for.pop()
        if not made_for and metric is not None and direction is not None:
            objective = replace(objective, metric=metric, direction=direction)
    _check_metric("objective.metric", objective.metric, runs)
    return objective


def _check_metric(setting: str, metric: str, runs: Sequence[Recorded]) -> None:
    measured = sorted({name for run in runs for name in run.metrics})
    if measured:
        check_measured(setting, metric, measured, "these runs")


def _quoted(word: str) -> str:
    """The word as one may type it again, in quotes where a shell would change it."""
    return word if re.fullmatch(r"[\w./:=+,\-]+", word) else shlex.quote(word)
