"""Another person's Hydra app in the same environment is left alone, and may use the launchers and sweepers."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

LOCAL = ("-m", "hydra/launcher=local", "hydra.launcher.workers=2")
SEARCH = (*LOCAL, "hydra/sweeper=optuna", "x=int(interval(-20,1))")


def seen(folder: Path) -> list[str]:
    return sorted((folder / "seen.txt").read_text().splitlines())


def test_discovery_costs_little_and_changes_nothing():
    told = (
        "import os, signal, sys, gc, logging\n"
        "before = dict(os.environ), signal.getsignal(signal.SIGINT), gc.get_freeze_count(), logging.root.handlers[:]\n"
        "from hydra.core.plugins import Plugins\n"
        "stats = Plugins.instance().get_stats().modules_import_time\n"
        "print(sum(time for name, time in stats.items() if 'zerosweep' in name))\n"
        "after = dict(os.environ), signal.getsignal(signal.SIGINT), gc.get_freeze_count(), logging.root.handlers[:]\n"
        "print(before == after, 'numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    seconds, changed = done.stdout.splitlines()
    assert float(seconds) < 0.1
    assert changed == "True False"


def test_its_help_and_its_basic_sweeper_are_as_without_us(app, tmp_path):
    shown = app("--help").stdout
    assert re.findall(r"^(\S+): \w+,? ?\w*$", shown.partition("== Config ==")[0], re.MULTILINE) == ["db"]
    assert "sweeps" not in shown
    done = app("-m", "x=1,2", "db=mysql,postgresql", OMP_NUM_THREADS="3")
    assert done.returncode == 0, done.stderr
    assert seen(tmp_path) == [
        "mysql 1 3 None True",
        "mysql 2 3 None True",
        "postgresql 1 3 None True",
        "postgresql 2 3 None True",
    ]
    assert not (tmp_path / "mlruns").exists()


@pytest.mark.parametrize("sweeper", ["basic", "grid"])
def test_jobs_run_in_workers_and_a_failure_costs_its_own_job(sweeper, app, tmp_path):
    done = app(*LOCAL, f"hydra/sweeper={sweeper}", "x=1,3,4,6,2", "+hydra.job.env_set.MARK=here", "hydra.sweep.dir=out")
    assert done.returncode == 1
    lost = ["mysql 4 unset here False"] * 2  # a lost worker costs one more attempt
    assert seen(tmp_path) == sorted([*(f"mysql {x} unset here False" for x in (1, 2, 3, 6)), *lost])
    said = done.stdout
    assert "x=3: failed, ValueError: three is not allowed" in said
    assert "x=4: failed, its worker process died" in said
    assert "the task function has called sys.exit('six')" in said
    assert 'raise ValueError("three is not allowed")' in (tmp_path / "out" / "1" / "app.log").read_text()
    if sweeper == "grid":
        assert done.stderr.startswith("3 of 5 jobs failed; #1 x=3: ValueError: three is not allowed\n")
    assert not (tmp_path / "mlruns").exists()


def test_cases_and_callbacks(app, tmp_path):
    cases = 'hydra.sweeper.cases=[["db=mysql","x=1"],["db=postgresql","x=2"]]'
    callback = "+hydra.callbacks.notes._target_=callbacks.Notes"
    done = app(*LOCAL, "hydra/sweeper=grid", cases, callback)
    assert done.returncode == 0, done.stderr
    assert seen(tmp_path) == ["mysql 1 unset None False", "postgresql 2 unset None False"]
    notes = (tmp_path / "notes.txt").read_text().splitlines()
    assert (notes[0], notes[-1]) == ("multirun start", "multirun end")
    assert sorted(notes[1:-1]) == ["end 1 COMPLETED", "end 2 COMPLETED", "start 1", "start 2"]


def test_a_search_resumes(app, tmp_path):
    assert app(*SEARCH, "hydra.sweeper.n_trials=3").returncode == 0
    more = app(*SEARCH, "hydra.sweeper.n_trials=5")
    assert more.returncode == 0, more.stderr
    assert "2 of 5 trials to do" in more.stdout
    assert len(seen(tmp_path)) == 5
    assert len(list((tmp_path / "multirun" / "studies").glob("app-*.log"))) == 1
    assert not (tmp_path / "mlruns").exists()


def test_a_search_that_is_killed_resumes(app, tmp_path):
    (tmp_path / "sleeping").write_text("")
    command = [sys.executable, "app.py", *SEARCH, "seconds=0.5", "hydra.sweeper.n_trials=6"]
    killed = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "seen.txt").exists() or len(seen(tmp_path)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    again = app(*SEARCH, "seconds=0.5", "hydra.sweeper.n_trials=6")
    assert again.returncode == 0, again.stderr
    finished = app(*SEARCH, "seconds=0.5", "hydra.sweeper.n_trials=6")
    assert "0 of 6 trials to do" in finished.stdout
    assert 6 <= len(seen(tmp_path)) <= 8  # the two that ran when it was killed may have run twice


def test_a_pruned_trial_is_no_failure_and_the_rest_of_a_search_goes_on(app, tmp_path):
    search = (*LOCAL, "hydra/sweeper=optuna", "hydra.sweeper.sampler=grid", "x=1,3,5")
    done = app(*search, "hydra.sweeper.storage=sqlite:///studies.db", "hydra.sweeper.study_name=mine")
    assert done.returncode == 1
    assert done.stderr.startswith("1 trials failed; ")
    import optuna

    study = optuna.load_study(study_name="mine", storage=f"sqlite:///{tmp_path}/studies.db")
    assert {trial.params["x"]: trial.state.name for trial in study.trials} == {
        "1": "COMPLETE", "3": "FAIL", "5": "PRUNED",
    }  # fmt: skip
    assert study.best_value == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*LOCAL, "hydra.launcher.workers=0", "x=1"), "hydra.launcher.workers=0: must be >= 1"),
        ((*LOCAL, "+hydra.launcher.wrokers=1", "x=1"), "hydra.launcher.wrokers=1: no such setting; "),
        (("-m", "hydra/sweeper=optuna", "x=1,2"), "hydra/launcher=basic: a search needs local or dask"),
        ((*SEARCH, "hydra.sweeper.metrics=[val/accuracy]"), "hydra.sweeper.metrics="),
        ((*SEARCH, "hydra.sweeper.pruner=halving"), "hydra.sweeper.pruner=halving: must be none"),
        ((*SEARCH, "hydra.sweeper.direction=up"), "hydra.sweeper.direction=up: must be one of"),
    ],
)
def test_a_mistake_costs_one_line(arguments, says, app, tmp_path):
    done = app(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert done.stderr.splitlines()[1:] == [
        "",
        "Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.",
    ]
    assert not (tmp_path / "seen.txt").exists()


TEMPLATE = {
    "conf/config.yaml": """# @package _global_
defaults:
  - _self_
  - db: mysql.yaml
  - paths: default.yaml
  - hydra: default.yaml
  - experiment: null
  - hparams_search: null
  - optional local: default.yaml
task_name: train
x: 1
seconds: 0
""",
    "conf/paths/default.yaml": "root_dir: ${oc.env:PROJECT_ROOT}\nlog_dir: ${paths.root_dir}/logs/\n"
    "output_dir: ${hydra:runtime.output_dir}\nwork_dir: ${hydra:runtime.cwd}\n",
    "conf/hydra/default.yaml": """
run:
  dir: ${paths.log_dir}/${task_name}/runs/${now:%Y-%m-%d}_${now:%H-%M-%S}
sweep:
  dir: ${paths.log_dir}/${task_name}/multiruns/${now:%Y-%m-%d}_${now:%H-%M-%S}
  subdir: ${hydra.job.num}
""",
    "conf/experiment/example.yaml": "# @package _global_\ndefaults:\n  - override /db: postgresql.yaml\nx: 2\n",
    "conf/hparams_search/optuna.yaml": """# @package _global_
defaults:
  - override /hydra/sweeper: optuna
hydra:
  sweeper:
    storage: null
    study_name: null
    direction: maximize
    n_trials: 3
    params:
      x: int(interval(-5,1))
""",
}
"""The shapes of lightning-hydra-template's configurations."""


def test_configurations_of_the_lightning_template_compose_and_sweep(app, tmp_path):
    for name, text in TEMPLATE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = app(*LOCAL, "experiment=example", "hydra/sweeper=grid", "x=0,1", PROJECT_ROOT=".")
    assert done.returncode == 0, done.stderr
    assert seen(tmp_path) == ["postgresql 0 unset None False", "postgresql 1 unset None False"]
    (tmp_path / "seen.txt").unlink()
    searched = app(*LOCAL, "hparams_search=optuna", PROJECT_ROOT=".")
    assert searched.returncode == 0, searched.stderr
    assert len(seen(tmp_path)) == 3
    assert len(list((tmp_path / "logs" / "train" / "multiruns" / "studies").glob("app-*.log"))) == 1
