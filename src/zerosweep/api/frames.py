"""The record as data frames: `runs` has a row for each run, `curves` one for each recorded value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from zerosweep.api.call import reading
from zerosweep.config.keywords import Overrides, value_of
from zerosweep.config.purposes import texts
from zerosweep.config.words import read_words
from zerosweep.errors import UserError
from zerosweep.report.comparison import known_runs
from zerosweep.tracking.curves import curves_of
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.store import open_store, store_uri

if TYPE_CHECKING:
    from pandas import DataFrame, Series

STORE = "zerosweep.store"
"""Attribute of a frame of runs: the URI of their store."""


def runs(filter: str = "", *arguments: Overrides, **settings: Any) -> DataFrame:
    """Return the recorded runs, the latest first, as a frame with a row for each.

    The columns are run_id, name, status, verdict, sweep, started, seconds, then the settings by dotted name, each
    chosen option by the name of its group, and the last value of each metric. Values have their types: numbers,
    booleans, lists. A setting that some runs do not have is missing there.

    Args:
        filter: A filter of MLflow, such as 'params.bn = "true" and metrics.`val/accuracy` > 0.9'; "" for all runs.
        arguments: Overrides of `tracking.uri` and `tracking.experiment`.
        settings: The same by name, as in `tracking={"experiment": "mine"}`.

    Raises:
        UserError: The filter has a mistake, or the store or the experiment does not exist.

    >>> import zerosweep as zs
    >>> run = zs.run("optimizer=adam", bn=True, seed=3)
    >>> frame = zs.runs('params.bn = "true" and params.seed = "3"')
    >>> frame["optimizer.lr"].dtype, frame["bn"].dtype, frame["model.hidden"][0]
    (dtype('float64'), dtype('bool'), [100, 100, 100, 100, 100])
    """
    with reading(arguments, settings) as given:
        words = read_words(given)
        if words.rest:
            raise UserError(f"{words.rest[0]}: no such setting; runs reads tracking.uri and tracking.experiment")
        uri = store_uri(words.tracking.uri)
        return frame_of(known_runs(uri, words.tracking.experiment, filter), uri)


def curves(runs: DataFrame | Iterable[str], *metrics: str) -> DataFrame:
    """Return the curves of many runs in long form: a row for each recorded value, with run_id, metric, step and value.

    Args:
        runs: A frame with a column `run_id`, such as `runs` returns, or ids of runs.
        metrics: The names of the metrics.

    >>> import zerosweep as zs
    >>> run = zs.run("optimizer=adam", bn=True, seed=3)
    >>> frame = zs.curves(zs.runs('params.seed = "3"'), "val/accuracy")
    >>> list(frame.columns), frame.step.tolist()[:2]
    (['run_id', 'metric', 'step', 'value'], [0, 13])
    """
    from pandas import DataFrame

    if not metrics:
        raise UserError("curves: must name a metric, as in zs.curves(frame, 'val/accuracy')")
    run_ids, uri = (
        (runs["run_id"].tolist(), runs.attrs.get(STORE)) if isinstance(runs, DataFrame) else (list(runs), None)
    )
    with reading():
        uri = store_uri(uri)
        points = curves_of(open_store(uri), uri, run_ids, metrics)
    return DataFrame(points, columns=["run_id", "metric", "step", "value"])


def frame_of(runs: Sequence[Recorded], uri: str) -> DataFrame:
    """Return a frame with a row for each run, in this order.

    Args:
        runs: The runs.
        uri: The URI of their store, which the frame keeps for `curves`.
    """
    from pandas import DataFrame, to_datetime

    columns: dict[str, Any] = {
        "run_id": [run.run_id for run in runs],
        "name": [run.name for run in runs],
        "status": [run.status for run in runs],
        "verdict": [run.verdict for run in runs],
        "sweep": [run.tags.get("sweep", "") for run in runs],
        "started": to_datetime([run.started for run in runs], unit="s", utc=True),
        "seconds": [run.seconds for run in runs],
    }
    text = texts()
    params = dict.fromkeys(name for run in runs for name in run.params)
    for name in sorted(params, key=lambda name: "." in name):  # first the options, then their settings
        read = str if name in text else value_of
        columns[name] = _column([_read(run.params.get(name), read) for run in runs])
    for name in sorted({name for run in runs for name in run.metrics}):
        values = [run.metrics.get(name) for run in runs]
        columns[f"metrics.{name}" if name in columns else name] = _column(values)
    frame = DataFrame(columns)
    frame.attrs[STORE] = uri
    return frame


def _read(text: str | None, read: Any) -> Any:
    return None if text is None or text == "null" else read(text)


def _column(values: list[Any]) -> Series[Any]:
    """Return a column of the narrowest type: booleans, integers, numbers or text, else of any objects."""
    from pandas import Series

    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return Series(values, dtype=bool)
    if kinds == {int}:
        return Series(values, dtype="int64")
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return Series(values, dtype=float)
    if kinds <= {str, type(None)} and kinds != {type(None)}:
        return Series(values)  # of the type for text, which depends on the version of pandas
    return Series(values, dtype=object)
