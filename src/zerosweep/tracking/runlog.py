"""Log of one run in MLflow, from its first record to its end, however it ends."""

from __future__ import annotations

import logging
import math
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from zerosweep import activity, interruption
from zerosweep.errors import StoreAway, UserError
from zerosweep.masking import masked
from zerosweep.tracking.claims import ClaimLost, mark, still_ours
from zerosweep.tracking.environment import system_metrics_wanted
from zerosweep.tracking.inputs import DatasetInfo, log_dataset
from zerosweep.tracking.mlflow_private import start_monitor
from zerosweep.tracking.orphans import close_orphans, closing_message, open_here
from zerosweep.tracking.provenance import provenance
from zerosweep.tracking.record import set_tags
from zerosweep.tracking.recorded import NOTE
from zerosweep.tracking.store import experiment_id, open_store
from zerosweep.training.records import Diverged, Evaluation, Record, Step

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

FLUSH_SECONDS = 2.0
"""Seconds by which the store may lag behind a run that is running."""

PROGRESS = "progress"
"""Tag of a run that is running: how far it is, as in "62 %"."""

LOST = "others took its process for dead, which was stopped or cut off from the store, and one makes it again"
"""The reason of a run that ends as KILLED because another process has its claim."""

METRICS_PER_CALL = 1000
PARAMS_PER_CALL = 100
"""Largest numbers of metrics and params that MLflow accepts in one call."""


@dataclass(frozen=True)
class RunInfo:
    """Description of a run before it starts.

    Attributes:
        uri: The URI of the store.
        experiment: The name of the experiment.
        name: The name of the run.
        params: Values as text, by setting or config group.
        tags: Tags that the run gets when it is created.
    """

    uri: str
    experiment: str
    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)


@cache
def _close_orphans_once(client: MlflowClient, uri: str, experiment: str) -> None:
    """Close orphans of the experiment and report them, once in each process, before its first run."""
    for run in close_orphans(client, uri, experiment):
        log.info(closing_message(run))


class RunLog:
    """Context manager that records a run in the store.

    Leaving it ends the run: as FINISHED; as FAILED, with a traceback, after an exception; as KILLED after Ctrl-C or
    SIGTERM. A `UserError` before the first record leaves no run.

    A background thread opens the store, because importing MLflow takes longer than training a small network. Metrics
    stay in memory until the store is open, and are then written every few seconds.

    Args:
        info: Description of the run.
        monitored: Whether MLflow's system metrics are recorded, if the environment asks for them.
        continues: The id of a run of this process that is RUNNING already, to be continued; "" to create a run.

    Attributes:
        info: Description of the run.
        total: Number of updates of the whole run, from which its progress is known; None where that is unknown.
        dataset: The data of the run, set before the first record; None without data.
        started: Start time, in seconds since the epoch.
        files: Content of each artifact to be written at the end, by path.
        tags: Tags to be set at the end.
    """

    def __init__(self, info: RunInfo, monitored: bool = False, continues: str = ""):
        self.info = info
        self.total: int | None = None
        self.dataset: DatasetInfo | None = None
        self._continues = continues
        self._progress = ""
        self._monitored = monitored and system_metrics_wanted()
        self._monitor: Any = None
        self.started = time.time()
        self.files: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self._last: dict[str, tuple[str, float, int, int]] = {}
        self._waiting: list[tuple[str, float, int, int]] = []
        self._flushed = self.started
        self._opening: Future[tuple[MlflowClient, str]] | None = None

    def __enter__(self) -> RunLog:
        return self

    def _opened(self) -> Future[tuple[MlflowClient, str]]:
        """Return a future of (client, run id). The first call starts the background thread.

        The first record makes that call, so that the thread does not slow down the preparation of the data.
        """
        if self._opening is None:
            self._opening = Future()
            threading.Thread(target=self._open, args=(self._opening,), name="open-mlflow", daemon=True).start()
        return self._opening

    def _open(self, opening: Future[tuple[MlflowClient, str]]) -> None:
        try:
            client = open_store(self.info.uri)
            if self._continues:
                client.update_run(self._continues, name=masked(self.info.name))
                set_tags(client, self._continues, {name: masked(value) for name, value in self.info.tags.items()})
                opening.set_result((client, self._continues))
                return
            experiment = experiment_id(client, self.info.uri, self.info.experiment)
            _close_orphans_once(client, self.info.uri, experiment)
            start_time = int(self.started * 1000)
            info = self.info
            given = provenance() | mark(info.uri, info.experiment, info.tags) | dict(info.tags)
            tags = {name: masked(value) for name, value in given.items()}
            run = client.create_run(experiment, start_time=start_time, tags=tags, run_name=masked(info.name))
            open_here.add(run.info.run_id)
            self._log_params(client, run.info.run_id)
            if self.dataset:
                log_dataset(client, run.info.run_id, self.dataset)
            if self._monitored:
                self._monitor = start_monitor(info.uri, run.info.run_id)
            opening.set_result((client, run.info.run_id))
        except BaseException as error:  # whoever waits for the result raises it
            opening.set_exception(error)

    def _log_params(self, client: MlflowClient, run_id: str) -> None:
        from mlflow.entities import Param

        params = [Param(name, masked(value)) for name, value in self.info.params.items()]
        for i in range(0, len(params), PARAMS_PER_CALL):
            client.log_batch(run_id, params=params[i : i + PARAMS_PER_CALL])

    def wait(self) -> None:
        """Wait until the run is in the store.

        Until then the main thread must not import modules that MLflow may be importing.
        """
        self._opened().result()

    @property
    def client(self) -> MlflowClient:
        """Client of the run's store; waits until the store is open."""
        return self._opened().result()[0]

    @property
    def run_id(self) -> str:
        """Id of the run in the store; waits until the run is created."""
        return self._opened().result()[1]

    def record(self, record: Record) -> None:
        """Log the metrics of a record of the training loop. Non-finite values are left out."""
        match record:
            case Step():
                lr = {} if record.lr is None else {"lr": record.lr}
                self.metrics({"train/loss": record.loss} | lr, record.step)
            case Evaluation():
                self.metrics(record.metrics, record.step)
            case Diverged():
                self.tags["diverged_at"] = str(record.step)
                self.metrics({"diverged_at": record.step}, record.step)
        if self._opened().done() and time.time() - self._flushed > FLUSH_SECONDS:
            self._progress = f"{record.step / self.total:.0%}".replace("%", " %") if self.total else ""
            with interruption.held_back():  # the store rolls back a batch that is interrupted
                self._flush()

    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Log metrics at a step. Non-finite values are left out."""
        now = int(time.time() * 1000)
        finite = {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
        points = {name: (name, value, now, step) for name, value in finite.items()}
        self._last |= points
        self._waiting.extend(points.values())

    @property
    def last(self) -> dict[str, float]:
        """The last finite value of each metric, as the store will show it."""
        return {name: value for name, (_, value, _, _) in self._last.items()}

    def link_metrics(self, model_id: str) -> None:
        """Give the last value of each metric to a logged model, too, for MLflow's table of models.

        Args:
            model_id: The id of the model.
        """
        self._flush()  # the store takes a value once, and these must not be the first
        from mlflow.entities import Metric

        points = [Metric(*point, model_id=model_id) for point in self._last.values()]
        for i in range(0, len(points), METRICS_PER_CALL):
            self.client.log_batch(self.run_id, metrics=points[i : i + METRICS_PER_CALL])

    def file(self, path: str, content: bytes | str) -> None:
        """Save an artifact when the run ends, with secrets masked if it is text.

        Args:
            path: Path relative to the run's artifacts.
            content: The content of the artifact.
        """
        self.files[path] = content if isinstance(content, bytes) else masked(content).encode()

    def _flush(self) -> None:
        client, run_id = self._opened().result()
        from mlflow.entities import Metric, RunTag  # only now: MLflow breaks if two threads import it at once

        waiting, self._waiting, self._flushed = self._waiting, [], time.time()
        tags = [RunTag(PROGRESS, self._progress)] if self._progress else []
        for i in range(0, len(waiting), METRICS_PER_CALL):
            client.log_batch(run_id, [Metric(*metric) for metric in waiting[i : i + METRICS_PER_CALL]], tags=tags)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(error, UserError) and self._opening is None:
            return
        failed = kind is not None and issubclass(kind, Exception)
        status = "FINISHED" if kind is None else "FAILED" if failed else "KILLED"
        if interruption.asked():  # a library may have swallowed the exception of the signal, or made another of it
            status = "KILLED"
        if error is not None and status == "FAILED":
            self.file("traceback.txt", "".join(traceback.format_exception(kind, error, where)))
            self.tags[NOTE] = "**failed**. The tag `error` has the reason, the artifact `traceback.txt` the place."
            self.tags["error"] = "".join(traceback.format_exception_only(kind, error)).strip()
        with interruption.held_back(), activity.doing("writing to the store"):
            lost = status == "FINISHED" and not still_ours(self.info.uri, self.info.experiment, self.info.tags)
            if lost:
                status, self.tags["error"] = "KILLED", LOST
            self._end(status)
        if lost:
            raise ClaimLost(f"run {self.run_id}: {LOST}")
        interruption.check()  # a library may have turned the interruption into another exception

    def _end(self, status: str) -> None:
        """Write buffered metrics, tags and artifacts, and close the run. If writing fails, it is closed as FAILED."""
        client, run_id = self._opened().result()
        try:
            if self._monitor is not None:
                self._monitor.finish()
            self._flush()
            if self._progress or self._continues:
                client.delete_tag(run_id, PROGRESS)
            if self.tags:
                set_tags(client, run_id, {name: masked(value) for name, value in self.tags.items()})
            with tempfile.TemporaryDirectory() as folder:
                for path, content in self.files.items():
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                if self.files:
                    client.log_artifacts(run_id, folder)
        except StoreAway:  # the store cannot be reached; the next command closes the run
            raise
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        else:
            client.set_terminated(run_id, status)
        finally:
            open_here.discard(run_id)
