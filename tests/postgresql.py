"""A PostgreSQL server for tests, where one is installed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian keeps the server, out of PATH."""


@pytest.fixture
def postgresql(tmp_path_factory):
    """The URL of an empty database, on a server of the test's own."""
    from tests.sweep.conftest import wait_for  # which imports tests.conftest, and that this module

    psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgresql`")
    initdb = shutil.which("initdb", path=os.pathsep.join([os.environ["PATH"], *map(str, PLACES)]))
    if initdb is None:
        pytest.skip("needs a PostgreSQL server, as of Debian's package postgresql")
    user = None
    if os.geteuid() == 0:  # as whom the server refuses to run
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    # sockets have short names, and the user must reach the folder
    folder = Path(
        subprocess.run(["mktemp", "-d", "/tmp/zerosweep-pg-XXXX"], capture_output=True, text=True, check=True).stdout[
            :-1
        ]
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if user:
        shutil.chown(folder, user)
    run = {"cwd": folder, "user": user, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([initdb, "-D", folder / "data", "-A", "trust", "-U", "zerosweep"], **run)
    server = subprocess.Popen(
        [Path(initdb).with_name("postgres"), "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1"],
        cwd=folder, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"postgresql://zerosweep@127.0.0.1:{port}/postgres"

    def answers():
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return True

    try:
        wait_for(answers)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(folder)
