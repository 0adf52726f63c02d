"""A comparison of any runs in the store: `python src/compare.py FILTER`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zerosweep.config.plugin_files import load_named
from zerosweep.config.schemas import Objective
from zerosweep.config.words import SETTABLE, Words, read_words
from zerosweep.errors import UserError
from zerosweep.masking import masked
from zerosweep.metrics import check_measured, refuse_test
from zerosweep.places import CHECKOUT
from zerosweep.report.summary import Context, Summary, summarise
from zerosweep.runs.identity import digest
from zerosweep.tracking.members import members_filter
from zerosweep.tracking.record import Recorded, find, known_experiment
from zerosweep.tracking.store import open_store, sqlite_file, store_uri

PROGRAM = "python src/compare.py" if CHECKOUT else "zerosweep compare"

USAGE = f"usage: {PROGRAM} 'FILTER' [setting=value ...]; {PROGRAM} --help shows examples"

HELP = f"""zerosweep: compare any recorded runs, in the same report that a sweep makes of its own.

  {PROGRAM} 'FILTER' [setting=value ...]

FILTER is a filter of MLflow: conditions on params, metrics, tags and attributes, joined by and; text is in double
quotes. '' finds every run, and sweep=ID all runs that a sweep asked for. Of runs with equal configuration, code and data only the latest is compared.

  {PROGRAM} 'params.bn = "true" and metrics.`val/accuracy` > 0.9'
  {PROGRAM} sweep=optimizers-1f2e3d4c report.y=train/accuracy report.panels=init.scale
  {PROGRAM} 'params.optimizer != "sgd"' tracking.experiment=zerosweep report.figure=intervals
  {PROGRAM} 'params.task = "surface"' objective.metric=surface/value objective.direction=minimize

The report is saved as a run of the same experiment. These settings have the defaults of conf/config.yaml:

{chr(10).join(f"  {', '.join(f'{group}.{name}' for name in names)}" for group, names in SETTABLE.items())}

The default objective is that of the runs, if all of them have the same. plugins=[FILE.py] adds figures and findings."""


@dataclass(frozen=True)
class Compared:
    """A comparison that has been reported.

    Attributes:
        context: Everything that the report depends on, apart from the runs.
        runs: The runs.
        summary: The summary run.
    """

    context: Context
    runs: Sequence[Recorded]
    summary: Summary


def compare(arguments: Sequence[str]) -> list[str]:
    """Write the report of the runs that a command line asks for, and return the lines to print.

    Args:
        arguments: A filter of MLflow and overrides, or `--help`.

    Raises:
        UserError: The filter or an override has a mistake, or no run is found.
    """
    return [HELP] if {"-h", "--help"} & set(arguments) else list(compared(arguments).summary.lines)


def compared(arguments: Sequence[str]) -> Compared:
    """Write the report of the runs that a filter and overrides ask for.

    Raises:
        UserError: The filter or an override has a mistake, or no run is found.
    """
    if flags := [word for word in arguments if word.startswith("-")]:
        raise UserError(f"{flags[0]}: no such flag; {USAGE}")
    words = read_words(load_named(arguments))
    if not words.rest and words.sweep is None:
        raise UserError(USAGE)
    members = [members_filter(words.sweep)] if words.sweep else []
    query = " and ".join([*members, *([" ".join(words.rest).strip()] if any(words.rest) else [])])
    uri = store_uri(words.tracking.uri)
    runs = find_runs(uri, words.tracking.experiment, query)
    objective = objective_of(runs, words)
    for metric in words.report.metrics:
        _check_metric("report.y", metric, runs)
    command = f"{PROGRAM} {' '.join(_shell_quoted(masked(word)) for word in arguments)}"
    sweep = f"comparison-{digest(query.encode())}"
    title = (query if words.rest else words.sweep) or f"all runs of {words.tracking.experiment}"
    context = Context(
        uri,
        words.tracking.experiment,
        sweep,
        command,
        objective,
        words.report,
        title=title,
        source="src/compare.py",
        of_filter=True,
    )
    return Compared(context, runs, summarise(context, runs))


def find_runs(uri: str, experiment: str, query: str) -> list[Recorded]:
    """Find the finished and failed runs that a filter selects, at least one, without duplicates.

    They are in the order in which they started, which for a sweep is the order of the levels on its command line.

    Args:
        uri: The store, which must exist.
        experiment: The name of the experiment.
        query: A filter of MLflow; "" for all runs.

    Raises:
        UserError: The store or the experiment does not exist, the filter is not valid, or it finds no such run.
    """
    ended = [run for run in known_runs(uri, experiment, query) if run.status in ("FINISHED", "FAILED")]
    if not ended:
        raise UserError(f"{query or 'any run'}: finds no finished or failed run in the experiment {experiment}")
    return sorted(distinct(ended), key=lambda run: run.started)


def known_runs(uri: str, experiment: str, query: str) -> list[Recorded]:
    """Return the runs of any status that a filter selects, the latest first, without summaries.

    Args:
        uri: The store, which must exist.
        experiment: The name of the experiment.
        query: A filter of MLflow; "" for all runs.

    Raises:
        UserError: The store or the experiment does not exist, or the filter is not valid.
    """
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        raise UserError(f"{uri}: no such store; nothing has been recorded there yet")
    client = open_store(uri)
    experiment_id = known_experiment(client, experiment)
    try:
        found = find(client, [experiment_id], query)
    except UserError as error:
        raise UserError(f'{error}; write a filter as in params.bn = "true" and metrics.`val/accuracy` > 0.9') from None
    return [run for run in found if run.tags.get("role") == "run"]


def distinct(runs: Sequence[Recorded]) -> list[Recorded]:
    """Return one run for each configuration, code and data: the latest that finished, or else the latest.

    Runs without these ids are all returned.
    """
    chosen: dict[tuple[str, ...], Recorded] = {}
    for run in sorted(runs, key=lambda run: (run.status != "FINISHED", -run.started)):
        ids = tuple(run.tags[name] for name in ("config_id", "code_id", "data_id") if name in run.tags)
        chosen.setdefault(ids if len(ids) == 3 else (run.run_id,), run)
    return list(chosen.values())


def objective_of(runs: Sequence[Recorded], words: Words) -> Objective:
    """Return the objective to compare by: from an override, else the one that all runs share, else the configured one.

    Raises:
        SettingError: No run has the metric.
    """
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


def _shell_quoted(word: str) -> str:
    """Return a word in quotes where a shell would change it."""
    return word if re.fullmatch(r"[\w./:=+,\-]+", word) else shlex.quote(word)
