"""An app of another person, which knows nothing of this project but is in the same environment."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

APP = '''
"""A task function with a config group, a module beside it, and a class of its own in its result."""
import os, signal, sys, time
from dataclasses import dataclass

import hydra
import optuna
from omegaconf import DictConfig

from beside import square


@dataclass
class Score:
    value: float

    def __float__(self):
        return float(self.value)


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(cfg: DictConfig):
    with open(os.environ.get("SEEN", "seen.txt"), "a") as file:
        threads = os.environ.get("OMP_NUM_THREADS", "unset")
        print(cfg.db.driver, cfg.x, threads, os.environ.get("MARK"), os.getpid() == int(os.environ["APP"]), file=file)
    time.sleep(cfg.seconds)
    if cfg.x == 3:
        raise ValueError("three is not allowed")
    if cfg.x == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    if cfg.x == 5:
        raise optuna.TrialPruned
    if cfg.x == 6:
        sys.exit("six")
    return Score(square(cfg.x - 2))


if __name__ == "__main__":
    os.environ["APP"] = str(os.getpid())
    main()
'''

FILES = {
    "app.py": APP,
    "beside.py": "def square(x):\n    return x * x\n",
    "callbacks.py": """
from pathlib import Path
from hydra.experimental.callback import Callback

class Notes(Callback):
    def on_multirun_start(self, config, **_): self.note("multirun start")
    def on_multirun_end(self, config, **_): self.note("multirun end")
    def on_job_start(self, config, **_): self.note(f"start {config.x}")
    def on_job_end(self, config, job_return, **_): self.note(f"end {config.x} {job_return.status.name}")
    def note(self, text):
        with open("notes.txt", "a") as file:
            print(text, file=file)
""",
    "conf/config.yaml": "defaults:\n  - db: mysql\n  - _self_\nx: 1\nseconds: 0\n",
    "conf/db/mysql.yaml": "driver: mysql\n",
    "conf/db/postgresql.yaml": "driver: postgresql\n",
}

App = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Run `python app.py ...` in the folder of the app."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "HYDRA", "OMP"))}

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "app.py", *arguments]
        return subprocess.run(
            command, env=kept | more, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )

    return run
