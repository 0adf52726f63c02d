"""Third-party launchers and sweepers run a grid too."""

import pytest

GRID = ("-m", "optimizer=sgd,adam", "seed=0,1", "trainer.iterations=3", "tracking.figures=false")
ALL = {(optimizer, seed) for optimizer in ("sgd", "adam") for seed in ("0", "1")}

LAUNCHERS = {
    "basic": (),
    "joblib": ("hydra.launcher.n_jobs=2",),
    "submitit_local": ("hydra.launcher.submitit_folder=logs/submitit",),
}


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_launcher_of_others_runs_what_is_missing(launcher, train, runs):
    by_it = (f"hydra/launcher={launcher}", *LAUNCHERS[launcher])
    result = train(*GRID, *by_it)
    assert result.returncode == 0, result.stderr
    found = runs()
    assert {(run.data.params["optimizer"], run.data.params["seed"]) for run in found} == ALL
    assert {run.info.status for run in found} == {"FINISHED"}
    assert len({run.data.tags["sweep"] for run in [*found, *runs("summary")]}) == 1
    again = train(*GRID, *by_it)
    assert again.stdout.count("cached") == 4 + 1  # each, and the tally
    assert len(runs()) == 4


@pytest.mark.long
@pytest.mark.slow
def test_a_run_that_fails_on_a_launcher_of_others_is_told_of(train, runs):
    elsewhere = {"MLFLOW_TRACKING_URI": "sqlite:///../here.db"}  # another file from a job's own working directory
    result = train(*GRID, "hydra/launcher=basic", "hydra.job.chdir=true", **elsewhere)
    assert result.returncode == 1
    assert result.stderr.count("failed: optimizer=") == 4
    assert runs() == []


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["local", "basic"])
def test_a_sweeper_of_others_runs_on_our_launcher_and_on_its_own(launcher, train, runs):
    result = train(*GRID, "hydra/sweeper=basic", f"hydra/launcher={launcher}")
    assert result.returncode == 0, result.stderr
    assert {(run.data.params["optimizer"], run.data.params["seed"]) for run in runs()} == ALL
    assert {run.info.status for run in runs()} == {"FINISHED"}


@pytest.mark.long
@pytest.mark.slow
def test_a_batch_at_a_time(train, runs):
    result = train(*GRID, "hydra/launcher=basic", "hydra.sweeper.max_batch_size=3")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Launching") == 2
    assert len(runs()) == 4


@pytest.mark.long
@pytest.mark.slow
def test_a_sweeper_of_others_lists_its_plan(train, runs):
    result = train(*GRID, "hydra/sweeper=basic", "plan=true")
    assert (result.returncode, result.stderr) == (0, "")
    assert "4 runs: 0 cached, 4 to do" in result.stdout
    assert runs() == []
