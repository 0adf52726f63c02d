"""One run in MLflow, from its first record to its end, however it ends."""

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

from zerosweep import interruption
from zerosweep.errors import StoreAway, UserError
from zerosweep.masking import masked
from zerosweep.tracking.claims import mark
from zerosweep.tracking.orphans import close_orphans, told
from zerosweep.tracking.provenance import provenance
from zerosweep.tracking.store import experiment_id, open_store
from zerosweep.training.records import Diverged, Evaluation, Record, Step

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

FLUSH_SECONDS = 2.0
"""How far the store may lag behind a run that goes on."""

METRICS_PER_CALL = 1000
PARAMS_PER_CALL = 100


@dataclass(frozen=True)
class RunInfo:
    """What a run is before it starts: the store's URI, the experiment, a name, parameters as text, tags."""

    uri: str
    experiment: str
    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)


@cache
def _close_orphans_once(client: MlflowClient, uri: str, experiment: str) -> None:
    """Each process looks after runs that others left open, before its own first."""
    for run in close_orphans(client, uri, experiment):
        log.info(told(run))


def as_typed(value: Any) -> str:
    """A setting's value as one writes it on the command line: true, null, 0.01, [100,100]."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(map(as_typed, value))}]"
    return str(value)


class RunLog:
    """A context that keeps what happens inside it as one run.

    Leaving it ends the run: FINISHED; FAILED with its traceback where an exception passes through; KILLED for Ctrl-C and
    SystemExit (which SIGTERM is turned into). A `UserError` before the first record leaves no run. The store is opened by a
    thread, since importing MLflow takes longer than training a small network; metrics are kept in memory meanwhile, and
    afterwards are written some seconds apart.
    """

    def __init__(self, info: RunInfo):
        self.info = info
        self.started = time.time()
        self.files: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.last: dict[str, float] = {}  # the last finite value of each metric, as the store will show it
        self._waiting: list[tuple[str, float, int, int]] = []
        self._flushed = self.started
        self._opening: Future[tuple[MlflowClient, str]] | None = None

    def __enter__(self) -> RunLog:
        return self

    def _opened(self) -> Future[tuple[MlflowClient, str]]:
        """The client and the run's id, soon; the first call starts the thread. That is the first record's: what comes before
        training, on all of the data, is not slowed down by it."""
        if self._opening is None:
            self._opening = Future()
            threading.Thread(target=self._open, args=(self._opening,), name="open-mlflow", daemon=True).start()
        return self._opening

    def _open(self, opening: Future[tuple[MlflowClient, str]]) -> None:
        try:
            client = open_store(self.info.uri)
            experiment = experiment_id(client, self.info.uri, self.info.experiment)
            _close_orphans_once(client, self.info.uri, experiment)
            start_time = int(self.started * 1000)
            info = self.info
            given = provenance() | mark(info.uri, info.experiment, info.tags) | dict(info.tags)
            tags = {name: masked(value) for name, value in given.items()}
            run = client.create_run(experiment, start_time=start_time, tags=tags, run_name=masked(info.name))
            self._log_params(client, run.info.run_id)
            opening.set_result((client, run.info.run_id))
        except BaseException as error:  # handed over to whoever waits for the result
            opening.set_exception(error)

    def _log_params(self, client: MlflowClient, run_id: str) -> None:
        from mlflow.entities import Param

        params = [Param(name, masked(value)) for name, value in self.info.params.items()]
        for i in range(0, len(params), PARAMS_PER_CALL):
            client.log_batch(run_id, params=params[i : i + PARAMS_PER_CALL])

    def wait(self) -> None:
        """Wait until the run is in the store. Before that the main thread must not import what MLflow may be importing."""
        self._opened().result()

    @property
    def client(self) -> MlflowClient:
        """A client of the run's store; waits until the store is open."""
        return self._opened().result()[0]

    @property
    def run_id(self) -> str:
        """The run's id in the store; waits until the run is there."""
        return self._opened().result()[1]

    def record(self, record: Record) -> None:
        """Keep a record of the training loop. Numbers that are not finite do not reach the store."""
        match record:
            case Step():
                self.metrics({"train/loss": record.loss}, record.step)
            case Evaluation():
                self.metrics(record.metrics, record.step)
            case Diverged():
                self.tags["diverged_at"] = str(record.step)
                self.metrics({"diverged_at": record.step}, record.step)
        if self._opened().done() and time.time() - self._flushed > FLUSH_SECONDS:
            with interruption.held_back():  # a batch half written would be rolled back and lost
                self._flush()

    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        now = int(time.time() * 1000)
        finite = {name: float(value) for name, value in metrics.items() if math.isfinite(value)}
        self.last |= finite
        self._waiting.extend((name, value, now, step) for name, value in finite.items())

    def file(self, path: str, content: bytes | str) -> None:
        """Keep an artifact; `path` is relative to the run's artifacts. It is written when the run ends. In text secrets are masked."""
        self.files[path] = content if isinstance(content, bytes) else masked(content).encode()

    def _flush(self) -> None:
        client, run_id = self._opened().result()
        from mlflow.entities import Metric  # now: two threads that import MLflow at once break it

        waiting, self._waiting, self._flushed = self._waiting, [], time.time()
        for i in range(0, len(waiting), METRICS_PER_CALL):
            client.log_batch(run_id, metrics=[Metric(*metric) for metric in waiting[i : i + METRICS_PER_CALL]])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(error, UserError) and self._opening is None:
            return
        failed = kind is not None and issubclass(kind, Exception) and not interruption.asked()
        status = "FINISHED" if kind is None else "FAILED" if failed else "KILLED"
        if error is not None and status == "FAILED":
            self.file("traceback.txt", "".join(traceback.format_exception(kind, error, where)))
            self.tags["error"] = "".join(traceback.format_exception_only(kind, error)).strip()
        with interruption.held_back():
            self._end(status)
        interruption.check()  # an exception that a library made of the signal's own goes no further

    def _end(self, status: str) -> None:
        """Write what is left and close the run; if writing fails, the run is closed as FAILED all the same."""
        client, run_id = self._opened().result()
        from mlflow.entities import RunTag

        try:
            self._flush()
            if self.tags:
                client.log_batch(run_id, tags=[RunTag(name, masked(value)) for name, value in self.tags.items()])
            with tempfile.TemporaryDirectory() as folder:
                for path, content in self.files.items():
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                if self.files:
                    client.log_artifacts(run_id, folder)
        except StoreAway:  # waited for in vain; the next command closes the run
            raise
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id, status)
