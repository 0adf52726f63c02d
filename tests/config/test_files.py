"""A configuration file that cannot be read costs one line: the file, the line in it, and what is wrong."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf
from tests.conftest import PROJECT, check_refused

from zerosweep.config.files import unreadable_file

BROKEN = {
    "a list that is not closed": (b"lr: 0.1\nx: [1,\n", "adam.yaml:3: "),
    "a tab": (b"lr: 0.1\n\tbeta1: 0.9\n", "adam.yaml:2: found character '\\t' that cannot start any token"),
    "a key twice": (b"lr: 0.1\nlr: 0.2\n", "adam.yaml:2: found duplicate key lr"),
    "bytes of Latin-1": (b"# first\n# caf\xe9\n", "adam.yaml:2: not UTF-8 text"),
    "a zero byte": (b"lr: 0.1\n# \0\n", "adam.yaml:2: a control character"),
    "a mere number": (b"5\n", "adam.yaml: must hold settings"),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_file_is_named_with_its_line(tmp_path, mistake):
    content, says = BROKEN[mistake]
    full_path = tmp_path / "adam.yaml"
    full_path.write_bytes(content)

    def load_config():  # as Hydra's function is called, and its variable
        path, full_path = None, str(tmp_path / "adam.yaml")
        with Path(full_path).open(encoding="utf-8") as file:
            OmegaConf.load(file)
        return path, full_path

    with pytest.raises((yaml.YAMLError, UnicodeDecodeError, OSError)) as raised:
        load_config()
    line = unreadable_file(raised.value)
    assert line.startswith(str(tmp_path / says.partition(":")[0]))
    assert says in line
    assert "\n" not in line


def test_an_error_of_no_file_is_not_explained():
    assert unreadable_file(OSError("elsewhere")) is None


@pytest.fixture
def copy(tmp_path):
    """Copy the project into a folder of this name, and return a function that runs a program of it."""

    def made(name):
        folder = tmp_path / name
        for part in ("src", "conf", "sweeps"):
            shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))

        def run(*arguments, **environment):
            command = [sys.executable, str(folder / "src" / "train.py"), *arguments]
            return subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
            )

        return folder, run

    return made


def test_a_broken_option_sweep_and_folder_of_ones_own_are_refused(copy, environment, tmp_path):
    folder, run = copy("project")
    (folder / "conf" / "optimizer" / "adam.yaml").write_text("lr: [1,\n")
    (folder / "sweeps" / "optimizers.yaml").write_bytes(b"# @package _global_\n# caf\xe9\n")
    own = tmp_path / "own%20#?"
    own.mkdir()
    (own / "mine.yaml").write_text("defaults:\n  - config\n\tseed: 1\n")
    check_refused(run("optimizer=adam", **environment), "conf/optimizer/adam.yaml:2: ", "")
    check_refused(run("sweeps=optimizers", **environment), "sweeps/optimizers.yaml:2: not UTF-8 text", "")
    check_refused(run("--config-dir", str(own), "-cn", "mine", **environment), f"{own}/mine.yaml:3: found ", "")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", ["p%20c%?x#y %(asctime)s", "p${x}%s${oc.env}"])
def test_the_projects_folder_may_have_any_name(copy, environment, name):
    folder, run = copy(name)
    environment.pop("MLFLOW_TRACKING_URI")
    one = run("trainer.iterations=1", **environment)
    assert (one.returncode, one.stderr) == (0, "")
    many = run("-m", "trainer.iterations=2", "seed=1,2", **environment)
    assert (many.returncode, many.stderr) == (0, "")
    assert {path.name for path in folder.parent.iterdir()} == {name}
    assert (folder / "mlruns" / "mlflow.db").is_file()
    kept = list((folder / "mlruns" / "artifacts").rglob("weights.npz"))
    assert len(kept) == 3
    assert len(list((folder / "mlruns" / "artifacts").rglob("report.html"))) == 1
    again = run("-m", "trainer.iterations=2", "seed=1,2", **environment)
    assert again.returncode == 0, again.stderr
    assert len(list((folder / "mlruns" / "artifacts").rglob("weights.npz"))) == 3
