"""Executor on a Dask cluster, on other machines or on this one. The cluster is the user's: it is used, never stopped.

Dask only sends jobs there and outcomes back. The jobs run in processes like those of hydra/launcher=local, each started
below a Dask worker.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import sys
import threading
import uuid
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from zerosweep.errors import UserError
from zerosweep.jobs.executors.settings import HOW, Cluster
from zerosweep.jobs.job import Outcome, WorkerDied
from zerosweep.masking import masked
from zerosweep.places import CHECKOUT
from zerosweep.tracking.store import store_uri

log = logging.getLogger(__name__)

CONNECT_SECONDS, CLOSE_SECONDS = 10, 40


class DaskExecutor:
    """Executor on a Dask cluster. Dask retries no job by itself: it reports lost jobs, and the engine decides.

    Args:
        settings: The settings of the launcher.
        trains: Whether the jobs train runs, which needs the store. Otherwise they call an app's task function.
    """

    def __init__(self, settings: Cluster, trains: bool = True):
        self.settings, self._trains = settings, trains
        self._client = connect(settings)
        self._name = f"zerosweep-{uuid.uuid4().hex[:8]}"
        self._task: Any = None
        self._running: set[Any] = set()

    @property
    def workers(self) -> int:
        """Number of threads of the cluster, at least 1: if no worker is left, a job waits for the next one."""
        return max(1, self._threads())

    def _threads(self) -> int:
        with suppress(OSError):
            if self._client.status == "running":
                return sum(self._client.nthreads().values())
        raise gone(self.settings.where)

    def prepare(self) -> None:
        """Let every Dask worker, also those that join later, start the process that runs jobs there."""
        if self._task is not None:
            return
        import cloudpickle

        from zerosweep.jobs.executors import servers

        cloudpickle.register_pickle_by_value(servers)
        environment = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
        sources = [str(CHECKOUT / "src")] if CHECKOUT else []
        if not self._trains:
            sources.append(sys.path[0])  # of the app, whose modules the task function may import
        elif "MLFLOW_TRACKING_URI" not in environment:
            environment["MLFLOW_TRACKING_URI"] = store_uri(None)
        arguments = [] if self._trains else ["calls"]
        if self.settings.timeout:
            arguments.append(str(self.settings.timeout))
        plugin = servers.Servers(self._name, arguments, environment, str(Path.cwd()), os.pathsep.join(sources))
        self._client.register_plugin(plugin, name=self._name)
        self._task = servers.task(self._name)
        if not self._threads():
            log.warning(f"waiting for workers; start some with `dask worker {self._client.scheduler.address}`")

    def submit(self, job: Any) -> Future[Outcome]:
        """Send the job to the cluster. The future gives its outcome, or raises one of the errors of `outcome_of`."""
        outcome: Future[Outcome] = Future()
        outcome.set_running_or_notify_cancel()
        self.prepare()
        key = f"{self._name}-{uuid.uuid4().hex}"
        remote = self._client.submit(self._task, pickle.dumps(job), key=key, pure=False, retries=0)
        self._running.add(remote)
        remote.add_done_callback(lambda done: self._done(done, outcome))
        return outcome

    def _done(self, remote: Any, outcome: Future[Outcome]) -> None:
        try:
            result = outcome_of(remote, self.settings.where)
        except Exception as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)
        self._running.discard(remote)
        remote.release()  # so that the cluster can drop the result

    def close(self) -> None:
        """Cancel the jobs that have not begun, and let the workers end those that have."""
        client, self._client = self._client, None
        if client is None:
            return
        if client.status == "running" and self._task is not None:
            ending = threading.Thread(target=_end, args=[client, list(self._running), self._name], daemon=True)
            ending.start()
            ending.join(CLOSE_SECONDS)
        client.close(timeout=2)


def outcome_of(remote: Any, where: str) -> Outcome:
    """Return the outcome of a job on the cluster.

    Args:
        remote: Dask's future of the job, which is done.
        where: Address of the scheduler, for errors.

    Raises:
        WorkerDied: The Dask worker, or the process below it, died during the job.
        TimedOut: The job exceeded its time limit.
        UserError: The cluster cannot run jobs, or its scheduler is gone.
    """
    from distributed import CancelledError, KilledWorker

    try:
        kind, value = remote.result()
    except KilledWorker as error:
        raise WorkerDied(f"its Dask worker died ({error.last_worker.address})") from None
    except (CancelledError, OSError):
        raise gone(where) from None
    except Exception as error:
        raise UserError(f"{where}: the cluster cannot take jobs ({_line(error)})") from error
    if kind == "died":
        raise WorkerDied(value)
    if kind == "unusable":
        raise UserError(value)
    answer = pickle.loads(value)
    if isinstance(answer, Outcome):
        return answer
    raise answer


def gone(where: str) -> UserError:
    """Return the error for a scheduler that stopped during the sweep."""
    return UserError(f"{where}: the scheduler is gone; once it is back, the same command does what is missing")


def connect(settings: Cluster) -> Any:
    """Return a Dask client that is connected to the scheduler.

    Raises:
        UserError: Dask is not installed, or no scheduler answers at the address.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise UserError(f"hydra/launcher=dask: pip install 'zerosweep[dask]' ({error})") from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # errors that matter are reported in one line of our own
    dask.config.set({"distributed.comm.timeouts.connect": CONNECT_SECONDS})
    try:
        address = settings.address or json.loads(Path(str(settings.scheduler_file)).read_text())["address"]
        asyncio.run(_reach(address))
        make: Any = Client
        return make(address, timeout=CONNECT_SECONDS, set_as_default=False, name="zerosweep")
    except Exception as error:  # its type depends on what answers at the address
        raise UserError(
            f"{settings.where}: no Dask scheduler answers there ({masked(_line(error), settings.where)}); {HOW}"
        ) from None


async def _reach(address: str) -> None:
    """Try to connect to the address. A client would take long to close if nobody answers there."""
    from distributed.comm.core import connect
    from distributed.security import Security

    security: Any = Security
    open_connection: Any = connect
    async with asyncio.timeout(CONNECT_SECONDS + 1):
        comm = await open_connection(address, CONNECT_SECONDS, **security().get_connection_args("client"))
        await comm.close()


def _end(client: Any, running: list[Any], name: str) -> None:
    """Cancel the jobs, and remove what `prepare` and `Servers.perform` left on the cluster."""
    with suppress(Exception):  # the scheduler may stop at any time
        client.cancel(running)
        client.unregister_worker_plugin(name)
        client.set_metadata([name], {})


def _line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
