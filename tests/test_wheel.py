"""The wheel is whole: installed in an empty environment it does in an empty folder what the checkout does."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.datasets import load_wine
from tests.conftest import PROJECT

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `pip install .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(PROJECT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode and "hatchling" in built.stderr:
        pytest.skip("the build backend, hatchling, cannot be installed here")
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("zerosweep-*.whl")
    return file


@pytest.fixture(scope="module")
def environment_with_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel and this environment's other packages, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    packages = Path("lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
    for entry in Path(sys.prefix, packages).iterdir():
        if "zerosweep" not in entry.name and entry.name != "hydra_plugins":
            (folder / packages / entry.name).symlink_to(entry)
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    subprocess.run([*install, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return folder / "bin"


@pytest.fixture
def zerosweep(environment_with_wheel: Path, tmp_path: Path) -> Command:
    """Run a program of that environment in an empty folder."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "HYDRA", "PYTHON"))}

    def run(*command: str, program: str = "zerosweep") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(environment_with_wheel / program), *command],
            cwd=tmp_path, env=ours, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    return run


def test_the_wheel_holds_the_configuration_and_the_plugins(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("conf", "sweeps"):
        ours = {str(file.relative_to(PROJECT)) for file in (PROJECT / folder).rglob("*.yaml")}
        assert ours
        assert {f"zerosweep/files/{name}" for name in ours} <= names
    assert "zerosweep/py.typed" in names
    assert "hydra_plugins/zerosweep/sweepers.py" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "hydra_plugins/__init__"))]


def test_the_main_command_runs_in_an_empty_folder(zerosweep, tmp_path):
    grid = ["train", "-m", "optimizer=sgd,adam", "bn=true,false", "trainer.epochs=1", "tracking.figures=false"]
    first = zerosweep(*grid)
    assert first.returncode == 0, first.stderr
    assert "4 finished" in first.stdout
    again = zerosweep("-m", "zerosweep", *grid, program="python")
    assert "4 cached" in again.stdout
    assert [entry.name for entry in tmp_path.iterdir()] == ["mlruns"]

    compared = zerosweep("compare", 'params.optimizer = "sgd"')
    assert compared.returncode == 0, compared.stderr
    assert "2 runs" in compared.stdout


def test_named_sweeps_and_help_come_with_the_wheel(zerosweep, tmp_path):
    listed = zerosweep("train", "sweeps=optimizers_surface", "plan=true")
    assert "to do" in listed.stdout, listed.stderr
    shown = zerosweep("train", "--help").stdout
    assert "zerosweep train -m setting=value,value" in shown
    assert "optimizers_surface" in shown
    assert "src/train.py" not in shown


def test_mistakes_cost_one_line(zerosweep):
    for command, says in {
        ("trian",): "trian: no such command; must be one of train, compare, experiments, ui; did you mean train?",
        ("train", "optimizer=adm"): "optimizer=adm: must be one of adagrad, adam, adamw",
    }.items():
        result = zerosweep(*command)
        assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
        assert result.stderr.startswith(says)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody else's: a plugin, a training loop, a sweep and a table of data."""
    shutil.copytree(Path(__file__).parent / "example_project", tmp_path, dirs_exist_ok=True)
    wines = load_wine(as_frame=True)
    table = wines.data.assign(cultivar=[("barolo", "grignolino", "barbera")[label] for label in wines.target])
    table.to_csv(tmp_path / "wines.csv", index=False)
    return tmp_path


def test_another_project_has_its_own_sweeps_parts_and_data(zerosweep, project):
    result = zerosweep("train", "--config-dir", "conf", "sweeps=wines", "tracking.figures=false")
    assert result.returncode == 0, result.stderr
    assert "6 runs: 6 finished; 6 learned" in result.stdout
    assert "6 cached" in zerosweep("train", "--config-dir", "conf", "sweeps=wines", "tracking.figures=false").stdout
    help_text = zerosweep("train", "plugins=lion.py", "optimizer=lion", "--help").stdout
    assert "lion" in help_text
    assert "β₂ of the momentum" in help_text

    lion = project / "lion.py"
    lion.write_text(lion.read_text().replace("np.sign(", "1.0 * np.sign("))
    changed = zerosweep("train", "--config-dir", "conf", "sweeps=wines", "tracking.figures=false")
    assert "3 finished, 3 cached" in changed.stdout  # runs of the changed optimizer, and of Adam


def test_another_project_has_its_own_training_loop(zerosweep, project):
    sweep = ["train", "plugins=perceptron.py", "-m", "task=perceptron", "task.gap=-0.5,1.0"]
    result = zerosweep(*sweep)
    assert result.returncode == 0, result.stderr
    assert "best: val/accuracy=1 with gap=1, run " in result.stdout
    refused = zerosweep("train", "plugins=perceptron.py", "task=perceptron", "task.rate=-1")
    assert refused.stderr.startswith("task.rate=-1.0: must be > 0")


SCRIPT = """
import zerosweep as zs

grid = zs.sweep(optimizer=["sgd", "adam"], progress=False, **{"trainer.epochs": 1, "tracking.figures": False})
print(len(grid.runs), grid.best.settings.seed)
print(sorted(zs.runs("params.optimizer = 'adam'")["optimizer"]))
"""


@pytest.mark.long
def test_a_script_without_a_main_guard_sweeps(zerosweep, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    result = zerosweep("script.py", program="python")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-2:] == ["2 0", "['adam']"]
