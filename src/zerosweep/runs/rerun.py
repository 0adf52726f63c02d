"""The command `rerun=<run id>`: repeat a recorded run and compare its metrics, value by value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from zerosweep.config.purposes import without_command
from zerosweep.config.read import Config, from_yaml, rebuilt
from zerosweep.config.schemas import GROUPS, Tracking
from zerosweep.data.dataset import Dataset
from zerosweep.errors import SettingError, UserError
from zerosweep.metrics import is_clock
from zerosweep.recipe import Purpose
from zerosweep.runs.identity import identify
from zerosweep.runs.plugin_record import PLUGINS, check_plugins
from zerosweep.runs.run import FLAGS, run
from zerosweep.tracking.record import Recorded, by_id, content, curve, files
from zerosweep.tracking.store import open_store, store_uri

CHANGES = {"code_id": "the code, or NumPy's version, has changed since", "data_id": "the data have changed since"}
"""Warnings for ids that differ between the two runs, by tag. Each difference can explain different numbers."""


@dataclass(frozen=True)
class MetricDifference:
    """The first difference between the curves of two runs.

    Attributes:
        step: The step of the difference.
        metric: The metric that differs.
        before: The recorded run's value, or None if it has none at this step.
        after: The new run's value, or None if it has none at this step.
    """

    step: int
    metric: str
    before: float | None
    after: float | None

    def __str__(self) -> str:
        before, after = ("nothing" if value is None else repr(value) for value in (self.before, self.after))
        return f"{self.metric} at step {self.step}: {before} before, {after} now"


def rerun(asked: Config) -> list[str]:
    """Repeat the run `asked.settings.rerun` in its experiment.

    Returns:
        The lines to show. The last one begins with "identical" or "different".

    Raises:
        UserError: The run does not exist or cannot be repeated.
    """
    run_id = asked.settings.rerun
    assert run_id is not None
    uri = store_uri(asked.settings.tracking.uri)
    before = by_id(open_store(uri), run_id) if run_id else None
    if before is None:
        raise SettingError("rerun", run_id, "is no run of this store; must be a run id, as a run's last line gives it")
    config = recorded(uri, before, asked)
    identity = identify(config.settings)
    now = asdict(identity)
    changed = [f"warning: {change}" for name, change in CHANGES.items() if before.tags.get(name) != now[name]]
    result = run(config, identity, {"rerun_of": run_id})
    first = compare(curves(uri, before), curves(uri, by_id(open_store(uri), result.run_id)))
    verdict = f"different from {run_id}: first {first}" if first else f"identical to {run_id}, metric for metric"
    return [result.line, *changed, verdict]


def recorded(uri: str, before: Recorded, asked: Config) -> Config:
    """Return the configuration with which the run was recorded.

    Args:
        uri: The store.
        before: The recorded run.
        asked: The configuration of this command. The store, the log folder, the plugins and the location of the data come
            from it.

    Raises:
        UserError: The record lacks a configuration file, or the command changes another setting.
    """
    client = open_store(uri)
    saved = set(files(client, before.run_id, "config"))
    wanted = [f"config/{name}.yaml" for name in ("config", "schemas", "overrides")]
    if missing := [path for path in wanted if path not in saved]:
        raise UserError(f"rerun={before.run_id}: the run has no artifact {missing[0]}, so it cannot be repeated")
    resolved, schemas, overrides = (from_yaml(content(client, before.run_id, path).decode()) for path in wanted)
    if PLUGINS in saved:
        check_plugins(before.run_id, from_yaml(content(client, before.run_id, PLUGINS).decode()))
    settings = rebuilt(without_command(resolved), schemas)
    name = f"again: {before.name}"[:250]
    tracking = replace(settings.tracking, uri=asked.settings.tracking.uri, run_name=name)
    plugins = asked.settings.plugins or settings.plugins
    settings = replace(settings, tracking=tracking, dataset=_located(settings.dataset, asked), plugins=plugins)
    choices = {group: before.params[group] for group in GROUPS if group in before.params}
    flags = from_yaml(content(client, before.run_id, FLAGS).decode()) if FLAGS in saved else ()
    return Config(settings, choices, list(overrides), dict(resolved), asked.folder, None, tuple(flags))


def _located(dataset: Dataset | None, asked: Config) -> Dataset | None:
    """Return the data set at the location that the command line gives, if any, else at its recorded location.

    Raises:
        SettingError: The command line sets anything else.
    """
    locations = dataset.of(Purpose.PLACE) if dataset else {}
    for override in asked.overrides:
        name, _, value = override.partition("=")
        group, _, setting = name.partition(".")
        if dataset and group == "dataset" and setting in locations:
            located: dict[str, Any] = {setting: value}
            dataset = replace(dataset, **located)
        elif name not in (
            "rerun",
            "plugins",
            "dataset",
            *(f"tracking.{setting}" for setting in Tracking.__dataclass_fields__),
        ):
            raise SettingError(name, value, "cannot be set with rerun, which takes all settings from the record")
    return dataset


Curves = Mapping[str, Mapping[int, float]]
"""The value at each step, by metric."""


def curves(uri: str, run: Recorded | None) -> Curves:
    """Return all curves of the run except those of time, which never repeat. Without a run, return none."""
    if run is None:
        return {}
    client = open_store(uri)
    measured = (name for name in run.metrics if not is_clock(name))
    return {name: dict(zip(*curve(client, run.run_id, name), strict=True)) for name in measured}


def compare(before: Curves, after: Curves) -> MetricDifference | None:
    """Return the first difference, by step and then by metric, or None if the curves are equal to the last bit."""
    differences = (
        MetricDifference(step, metric, *values)
        for metric in before.keys() | after.keys()
        for step in before.get(metric, {}).keys() | after.get(metric, {}).keys()
        if (values := (before.get(metric, {}).get(step), after.get(metric, {}).get(step)))[0] != values[1]
    )
    return min(differences, key=lambda difference: (difference.step, difference.metric), default=None)
