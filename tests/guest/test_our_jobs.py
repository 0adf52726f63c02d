"""Jobs of our own app honour Hydra's settings, on each launcher and with each sweeper."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

GRID = ("-m", "optimizer=sgd,adam", "trainer.iterations=2", "tracking.figures=false")


@pytest.mark.parametrize("sweeper", ["grid", "basic"])
def test_variables_folders_logs_and_saved_configurations(sweeper, train, tmp_path, store):
    other = f"sqlite:///{tmp_path}/other.db"
    result = train(
        *GRID,
        f"hydra/sweeper={sweeper}",
        f"+hydra.job.env_set.MLFLOW_TRACKING_URI={other}",
        "+hydra.job.env_set.AWS_SECRET_ACCESS_KEY=hunter2",
        "hydra.job.chdir=true",
        "hydra.output_subdir=.hydra",
        "hydra.job_logging.formatters.simple.format='SAID %(message)s'",
    )
    assert result.returncode == 0, result.stderr
    from zerosweep.tracking.store import open_store

    client = open_store(other)
    [experiment] = [one for one in client.search_experiments() if one.name.startswith("test-")]
    assert len(client.search_runs([experiment.experiment_id], "tags.role = 'run'")) == 2
    assert open_store(store).get_experiment_by_name(experiment.name) is None
    for number, optimizer in enumerate(("sgd", "adam")):
        folder = tmp_path / "logs" / "a-sweep" / str(number)
        assert "SAID " in (folder / "train.log").read_text()
        assert f"- optimizer={optimizer}" in (folder / ".hydra" / "overrides.yaml").read_text()
    written = subprocess.run(["grep", "-r", "hunter2", tmp_path / "logs"], capture_output=True, text=True, check=False)
    assert written.stdout == ""
    assert "hunter2" not in result.stdout + result.stderr


def test_a_store_that_cannot_be_opened_costs_one_line(train):
    result = train(*GRID, "+hydra.job.env_set.MLFLOW_TRACKING_URI=sqlite:////proc/none.db")
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1, result.stderr


def test_our_configuration_serves_another_task_function(environment, tmp_path):
    """Only a task function that is marked as ours is replaced by a run."""
    (tmp_path / "own.py").write_text(
        "import hydra\nfrom zerosweep.config.schemas import register\nfrom zerosweep.places import CONF\n"
        "register()\n"
        "@hydra.main(version_base='1.3', config_path=str(CONF), config_name='config')\n"
        "def main(cfg):\n    open(f'{cfg.seed}.txt', 'w').close()\n    return 1.0\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    command = [sys.executable, "own.py", "-m", "seed=1,2", "hydra.sweep.dir=out"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in tmp_path.glob("*.txt")) == ["1.txt", "2.txt"]
