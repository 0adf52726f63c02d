"""Sweep files of one's own, in a folder that the command line adds, do all that those of the project do."""

import sys
from pathlib import Path

import pytest

from zerosweep.config.arguments import case_overrides_as_sweeps, chosen_by_sweep, prepare

SEARCH = """
# @package _global_
defaults:
  - override /hydra/sweeper: optuna

hydra:
  mode: MULTIRUN
  sweeper:
    n_trials: 2
    params:
      optimizer.lr: tag(log, interval(0.001, 1))
"""

CASES = """
# @package _global_
hydra:
  mode: MULTIRUN
  sweeper:
    cases:
      - [optimizer=sgd, optimizer.lr=0.1]
      - [optimizer=momentum, optimizer.lr=0.01, optimizer.momentum=0.8]
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with sweeps/search.yaml and sweeps/cases.yaml, as `own` in the working directory."""
    (tmp_path / "own" / "sweeps").mkdir(parents=True)
    (tmp_path / "own" / "sweeps" / "search.yaml").write_text(SEARCH.lstrip())
    (tmp_path / "own" / "sweeps" / "cases.yaml").write_text(CASES.lstrip())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own"


@pytest.mark.parametrize("added", [["--config-dir", "own"], ["--config-dir=own"], ["hydra.searchpath=[file://OWN]"]])
def test_the_sweeper_and_the_cases_of_ones_own_file_count(added, own):
    added = [argument.replace("OWN", str(own)) for argument in added]
    assert chosen_by_sweep([*added, "sweeps=search"]) == ["hydra/sweeper=optuna"]
    assert chosen_by_sweep([*added, "sweeps=cases"]) == []
    assert case_overrides_as_sweeps([*added, "sweeps=cases", "optimizer.momentum=0.5"]) == [
        *added,
        "sweeps=cases",
        "optimizer.momentum=choice(0.5)",
    ]


def test_without_the_folder_there_is_no_such_file(own):
    assert chosen_by_sweep(["sweeps=search"]) == []


def test_a_file_of_the_project_comes_first_as_with_every_other_option(own):
    (own / "sweeps" / "optimizers.yaml").write_text(SEARCH)
    assert chosen_by_sweep(["--config-dir", "own", "sweeps=optimizers"]) == []


def test_what_the_file_chooses_stands_beside_other_overrides(own, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train.py", "--config-dir", "own", "sweeps=search", "--cfg", "hydra"])
    prepare()
    assert sys.argv[1:] == ["--config-dir", "own", "sweeps=search", "hydra/sweeper=optuna", "--cfg", "hydra"]


@pytest.mark.slow
def test_they_are_listed_suggested_and_planned(own, train):
    folder = ("--config-dir", str(own))
    shown = " ".join(train(*folder, "--help").stdout.split())
    assert " cases, " in shown and " search, " in shown
    mistyped = train(*folder, "sweeps=serch")
    assert mistyped.returncode == 2
    assert mistyped.stderr.splitlines()[0].endswith("did you mean search?")
    planned = train(*folder, "sweeps=cases", "optimizer.momentum=0.5,0.7", "plan=true")
    assert "3 runs: 0 cached, 3 to do" in planned.stdout, planned.stderr
    searched = train(*folder, "sweeps=search", "plan=true")
    assert "0 trials, 2 to do" in searched.stdout, searched.stderr
