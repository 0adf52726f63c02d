"""MLflow's tracking server for tests, on a store of its own. It can be killed, and started again on the same port."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress

import pytest


class TrackingServer:
    """A server on loopback. `kill` ends it at once, `start` starts it again."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        from tests.sweeps import wait_for

        command = [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db",
            "--artifacts-destination", str(self.folder / "artifacts"),
        ]  # fmt: skip
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                command, env=os.environ | quiet, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self.answers, 180)

    def answers(self):
        assert self.process.poll() is None, (self.folder / "server.log").read_text()
        with suppress(OSError), urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
            return answer.status == 200

    def kill(self):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # also its workers
        self.process.wait(60)


@pytest.fixture(scope="module")
def tracking_server(tmp_path_factory):
    server = TrackingServer(tmp_path_factory.mktemp("server"))
    server.start()
    try:
        yield server
    finally:
        server.kill()
