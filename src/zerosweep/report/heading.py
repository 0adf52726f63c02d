"""What a report is about, in words: its title, the settings that varied, and those that were the same in all runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from zerosweep.config.schemas import GROUPS
from zerosweep.naming import ABSENT, OPTIONS, level_title, value_text, words
from zerosweep.report.factors import SEED, levels
from zerosweep.report.results import Results
from zerosweep.tracking.record import Recorded

MOST_NAMED = 3
"""Largest number of settings in a title."""

ALWAYS = ("model.hidden", "model.activation", "optimizer.lr", "init.scale")
"""Settings of a config group that are told even at their default."""

COMMIT = 10
"""Number of characters of a commit's hash."""


def title_of(results: Results) -> str:
    """Return a title that says what varied: "Optimizer × batch normalization", or "Five seeds"."""
    names = [words(name) for name in results.factors.names]
    if not names:
        count = len(levels(results.runs, SEED))
        return f"{count} seeds of one configuration" if count > 1 else "One configuration"
    more = f" and {len(names) - MOST_NAMED} more settings" if len(names) > MOST_NAMED else ""
    title = f"{' × '.join(names[:MOST_NAMED])}{more}"
    return title[:1].upper() + title[1:]


def fixed(results: Results) -> list[tuple[str, str]]:
    """Return what was the same in all runs, as pairs of a name and a text: data set, model, epochs, code, machine."""
    varied = {*results.factors.names, *results.factors.follows}
    found = [(words(group), _option(results.runs, group, varied)) for group in GROUPS]
    found += [("length", _length(results.runs, varied))]
    for setting in ("bn", SEED):
        value = _common(results.runs, setting)
        found.append(
            (words(setting), {"true": "on", "false": "off"}.get(value, value) if setting not in varied else "")
        )
    found += [("code", _code(results.runs)), ("machine", ", ".join(_tags(results.runs, "host")))]
    return [(name[:1].upper() + name[1:], text) for name, text in found if text]


def _common(runs: Sequence[Recorded], setting: str) -> str:
    """Return the value of a setting that all runs share; "" where they differ or do not have it."""
    values = levels(runs, setting)
    return values[0] if len(values) == 1 else ""


def _option(runs: Sequence[Recorded], group: str, varied: Iterable[str]) -> str:
    """Return the option of a config group and those of its settings that are worth telling; "" where it varied."""
    option = _common(runs, group)
    if group in varied or not option or option in ABSENT:
        return ""
    if group == "task" and option == "classification":
        return ""
    return ", ".join([OPTIONS.get(option, option.replace("_", " ")), *_details(runs, group, option, varied)])


def _details(runs: Sequence[Recorded], group: str, option: str, varied: Iterable[str]) -> Iterator[str]:
    """Yield the settings of an option that all runs share and that are not at their default."""
    schema = GROUPS[group].get(option)
    defaults = vars(schema()) if schema is not None else {}
    for setting in sorted({name for run in runs for name in run.params if name.startswith(f"{group}.")}):
        value, default = _common(runs, setting), defaults.get(setting.partition(".")[2])
        known = value and value != "null" and setting not in varied
        if known and (setting in ALWAYS or value_text(value) != value_text(default)):
            yield level_title(setting, value)


def _length(runs: Sequence[Recorded], varied: Iterable[str]) -> str:
    """Return how long the runs were trained, as text."""
    epochs, iterations, size = (_common(runs, f"trainer.{name}") for name in ("epochs", "iterations", "batch_size"))
    counts = {"epochs": epochs, "iterations": iterations}
    lengths = [f"{n} {name}" for name, n in counts.items() if n not in ("", "null") and f"trainer.{name}" not in varied]
    batches = f"mini-batches of {size}" if size and "trainer.batch_size" not in varied else ""
    return " of ".join(filter(None, [", at most ".join(lengths), batches]))


def _code(runs: Sequence[Recorded]) -> str:
    """Return the commits that the runs were made by, as text."""
    commits = {run.tags["git_commit"][:COMMIT]: run.tags.get("git_dirty") for run in runs if "git_commit" in run.tags}
    codes = [*_tags(runs, "code_id")]
    known = [f"commit {commit}{' with changes' if dirty == 'true' else ''}" for commit, dirty in commits.items()]
    same = f"all numbers by code {codes[0]}" if len(codes) == 1 else f"numbers by {len(codes)} versions of the code"
    return "; ".join([", ".join(known), *([same] if codes else [])]) if known else same if codes else ""


def _tags(runs: Sequence[Recorded], tag: str) -> list[str]:
    return [*dict.fromkeys(run.tags[tag] for run in runs if tag in run.tags)]
