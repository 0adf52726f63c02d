"""`rerun=<run id>`: do a recorded run again and compare, metric for metric."""

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
from zerosweep.runs.run import FLAGS, identify, run
from zerosweep.tracking.record import Recorded, by_id, content, curve, files
from zerosweep.tracking.store import open_store, store_uri

MEANT = {"code_id": "the code, or NumPy's version, has changed since", "data_id": "the data have changed since"}
"""The ids of which a difference explains other numbers, and what it says."""


@dataclass(frozen=True)
class MetricDifference:
    """The first step at which two runs are not the same: the metric, and its values in either, None where there is none."""

    step: int
    metric: str
    before: float | None
    after: float | None

    def __str__(self) -> str:
        before, after = ("nothing" if value is None else repr(value) for value in (self.before, self.after))
        return f"{self.metric} at step {self.step}: {before} before, {after} now"


def rerun(asked: Config) -> list[str]:
    """Do the run `asked.settings.rerun` again, in its experiment. Lines that say what came of it; the last begins with
    "identical" or "different"."""
    run_id = asked.settings.rerun
    assert run_id is not None
    uri = store_uri(asked.settings.tracking.uri)
    before = by_id(open_store(uri), run_id) if run_id else None
    if before is None:
        raise SettingError("rerun", run_id, "is no run of this store; must be a run id, as a run's last line gives it")
    config = recorded(uri, before, asked)
    now = asdict(identify(config.settings))
    changed = [f"warning: {said}" for name, said in MEANT.items() if before.tags.get(name) != now[name]]
    result = run(config, {"rerun_of": run_id})
    first = compare(curves(uri, before), curves(uri, by_id(open_store(uri), result.run_id)))
    verdict = f"different from {run_id}: first {first}" if first else f"identical to {run_id}, metric for metric"
    return [result.line, *changed, verdict]


def recorded(uri: str, before: Recorded, asked: Config) -> Config:
    """The configuration that the run was recorded with. Of what was `asked` now, only where the data lie has a say."""
    client = open_store(uri)
    kept = set(files(client, before.run_id, "config"))
    wanted = [f"config/{name}.yaml" for name in ("config", "schemas", "overrides")]
    if missing := [path for path in wanted if path not in kept]:
        raise UserError(f"rerun={before.run_id}: has left no {missing[0]}, so there is nothing to make it again from")
    resolved, schemas, overrides = (from_yaml(content(client, before.run_id, path).decode()) for path in wanted)
    settings = rebuilt(without_command(resolved), schemas)
    name = f"again: {before.name}"[:250]
    tracking = replace(settings.tracking, uri=asked.settings.tracking.uri, run_name=name)
    settings = replace(settings, tracking=tracking, dataset=_located(settings.dataset, asked))
    choices = {group: before.params[group] for group in GROUPS if group in before.params}
    flags = from_yaml(content(client, before.run_id, FLAGS).decode()) if FLAGS in kept else ()
    return Config(settings, choices, list(overrides), dict(resolved), asked.folder, None, tuple(flags))


def _located(dataset: Dataset | None, asked: Config) -> Dataset | None:
    """The data set, where the command line says that it lies, if it does. Any other setting there is a mistake."""
    locations = dataset.of(Purpose.PLACE) if dataset else {}
    for override in asked.overrides:
        name, _, value = override.partition("=")
        group, _, setting = name.partition(".")
        if dataset and group == "dataset" and setting in locations:
            located: dict[str, Any] = {setting: value}
            dataset = replace(dataset, **located)
        elif name not in ("rerun", "dataset", *(f"tracking.{setting}" for setting in Tracking.__dataclass_fields__)):
            raise SettingError(name, value, "cannot be set with rerun, which takes all settings from the record")
    return dataset


Curves = Mapping[str, Mapping[int, float]]
"""By metric, the value at each step."""


def curves(uri: str, run: Recorded | None) -> Curves:
    """Return all curves of the run, except those that are read off a clock: they are never the same twice."""
    if run is None:
        return {}
    client = open_store(uri)
    measured = (name for name in run.metrics if not is_clock(name))
    return {name: dict(zip(*curve(client, run.run_id, name), strict=True)) for name in measured}


def compare(before: Curves, after: Curves) -> MetricDifference | None:
    """The first difference by step, and then by the metric's name; None where there is none, to the last bit."""
    differences = (
        MetricDifference(step, metric, *values)
        for metric in before.keys() | after.keys()
        for step in before.get(metric, {}).keys() | after.get(metric, {}).keys()
        if (values := (before.get(metric, {}).get(step), after.get(metric, {}).get(step)))[0] != values[1]
    )
    return min(differences, key=lambda one: (one.step, one.metric), default=None)
