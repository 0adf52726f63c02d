"""What tests share: the project as a process, a real store, and MNIST where it is."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from tests.browser import chromium  # noqa: F401
from tests.postgresql import postgresql  # noqa: F401
from tests.servers import tracking_server  # noqa: F401

pytest_plugins = ["tests.sweeps"]

hypothesis.settings.register_profile("any machine", deadline=None)  # a busy one is no failure
hypothesis.settings.load_profile("any machine")

PROJECT = Path(__file__).resolve().parents[1]

Train = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of a real SQLite store, made once: a fresh one takes seconds. Tests keep apart by experiment."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture
def experiment() -> str:
    return f"test-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def environment(store: str) -> dict[str, str]:
    """For processes of the project: the test's store, and nothing that points elsewhere."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "HYDRA"))}
    return ours | {"MLFLOW_TRACKING_URI": store, "PYTHONWARNINGS": "ignore"}


@pytest.fixture
def train(environment: dict[str, str], experiment: str, tmp_path: Path) -> Train:
    """Run `python src/train.py ...` in an empty folder, as a user would, and wait for it."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = train_command(*arguments, experiment=experiment)
        return subprocess.run(
            command, env=environment | more, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def check_refused(result: subprocess.CompletedProcess[str], begins: str, says: str) -> None:
    """That a command was a mistake, told in one line that begins and says so."""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith(begins)
    assert says in lines[0]
    assert result.returncode == 2


def train_command(*arguments: str, experiment: str) -> list[str]:
    """The command line; the test's experiment and folder come first, so that a test's own arguments win."""
    apart = [f"tracking.experiment={experiment}", "hydra.run.dir=logs", "hydra.sweep.dir=logs/a-sweep"]
    return [sys.executable, str(PROJECT / "src" / "train.py"), *apart, *arguments]


@pytest.fixture
def runs(store: str, experiment: str) -> Callable[..., list]:
    """All runs of the test's experiment, the latest first; or the summaries, by their role."""
    from zerosweep.tracking.store import open_store

    def found(role: str = "run") -> list:
        client = open_store(store)
        known = client.get_experiment_by_name(experiment)
        return list(client.search_runs([known.experiment_id], f"tags.role = '{role}'")) if known else []

    return found


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    folder = PROJECT.parent / "shared" / "data" / "mnist"
    if not folder.is_dir():
        pytest.skip("needs MNIST in ../shared/data/mnist")
    return folder
