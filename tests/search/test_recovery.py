"""Searches of studies that were damaged or deleted, or that other programs use as well."""

import os
import subprocess

import optuna
import pytest
from optuna.trial import TrialState
from tests.conftest import PROJECT

from zerosweep.search.storage import open_storage

MINE = ("-m", "hydra/sweeper=optuna", "trainer.batch_size=50,100", "bn=true,false", "optimizer.lr=tag(log,interval(1e-4,1))",
        "model.hidden=[20]", "trainer.epochs=2", "tracking.figures=false", "hydra.sweeper.study_name=mine")  # fmt: skip


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "study.log"


@pytest.fixture
def search(train, journal):
    def run(trials, *more, storage=f"journal:{journal}"):
        return train(*MINE, f"hydra.sweeper.n_trials={trials}", f"hydra.sweeper.storage={storage}", *more)

    return run


def study(storage):
    return optuna.load_study(study_name="mine", storage=open_storage(storage))


def counting(study):
    return [trial for trial in study.trials if not trial.user_attrs.get("orphan")]


@pytest.mark.long
@pytest.mark.slow
def test_a_broken_journal_is_set_aside_and_its_study_rebuilt_from_the_record(search, journal, runs):
    steps = 'hydra.sweeper.constraints=["time/steps <= 30"]'  # two epochs of 26 or of 13
    assert search(5, steps).returncode == 0
    before = study(f"journal:{journal}").trials
    whole = journal.read_bytes().splitlines(keepends=True)
    glued = b"".join([*whole[:3], whole[3][:20] + whole[4], *whole[5:]])
    journal.write_bytes(glued)
    again = search(7, steps)
    assert again.returncode == 0, again.stderr
    (aside,) = journal.parent.glob("study.log.broken-*")
    assert aside.read_bytes() == glued
    said = f"was broken, and is {aside.name} now: 5 trials of the study mine were restored from the record"
    assert [line for line in again.stdout.splitlines() if "broken" in line] == [f"the journal {journal} {said}"]
    after = study(f"journal:{journal}").trials
    assert len(after) == 7
    for old, new in zip(before, after, strict=False):
        assert (new.number, new.state, new.values, new.params) == (old.number, old.state, old.values, old.params)
        assert (new.intermediate_values, new.constraints) == (old.intermediate_values, old.constraints)
        assert new.distributions == old.distributions
        assert new.user_attrs["run_id"] == old.user_attrs["run_id"]
    assert {run.data.tags["trial"] for run in runs()} == {*"0123456"}

    journal.write_bytes(journal.read_bytes()[:-7])
    cut = search(7, steps)
    assert cut.returncode == 0, cut.stderr
    assert len(counting(study(f"journal:{journal}"))) == 7
    assert len(runs()) == 7


@pytest.mark.long
@pytest.mark.slow
def test_a_study_that_is_gone_or_lies_elsewhere_begins_anew_with_what_is_recorded(search, journal, runs, tmp_path):
    assert search(4).returncode == 0
    journal.unlink()
    for storage in (f"journal:{journal}", f"sqlite:///{tmp_path}/other.db"):
        again = search(3, storage=storage)
        assert again.returncode == 0, again.stderr
        assert "Traceback" not in again.stderr
        assert len(counting(study(storage))) == 3
        assert {run.info.status for run in runs()} == {"FINISHED"}
        for trial in study(storage).trials:
            (run,) = [run for run in runs() if run.info.run_id == trial.user_attrs["run_id"]]
            assert str(trial.number) in [run.data.tags["trial"], *run.data.tags.get("trial.mine", "").split(",")]


@pytest.mark.slow
def test_trials_of_other_programs_are_left_alone_and_enqueued_values_taken_as_typed(search, journal, runs):
    theirs = optuna.create_study(study_name="mine", storage=open_storage(f"journal:{journal}"), direction="maximize")
    live = theirs.ask()
    theirs.enqueue_trial({"trainer.batch_size": 60})
    theirs.enqueue_trial({"trainer.batch_size": 50, "bn": True, "optimizer.lr": 0.01})
    result = search(5)
    assert result.returncode == 1
    assert "trainer.batch_size=60: is enqueued; must be one of 50, 100" in result.stderr
    assert "Traceback" not in result.stderr
    theirs.tell(live, 0.25)
    trials = theirs.trials
    assert len(trials) == 5
    assert [trial.state for trial in trials[:2]] == [TrialState.COMPLETE, TrialState.FAIL]
    assert trials[2].params == {"trainer.batch_size": 50, "bn": True, "optimizer.lr": 0.01}
    assert {trial.state for trial in trials[2:]} <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert len(runs()) == 3


@pytest.mark.slow
def test_a_disk_that_is_full_stops_a_search_only_until_there_is_space(environment, experiment, tmp_path, search, runs):
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]
    if os.geteuid() or subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("needs to mount a small disk")
    try:
        (disk / "ballast").write_bytes(b"0" * 4000)
        full = search(20, storage=f"journal:{disk}/study.log")
        assert full.returncode == 1
        assert full.stderr.splitlines()[-1].startswith("no space left on the disk")
        assert "Traceback" not in full.stderr
        assert "RUNNING" not in {run.info.status for run in runs()}
        subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
        again = search(20, storage=f"journal:{disk}/study.log")
        made = counting(study(f"journal:{disk}/study.log"))
        assert len(made) == 20, again.stderr
        assert {trial.state for trial in made} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
        assert not [*disk.glob("*.broken-*")]
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../../x", "x" * 300])
def test_a_study_stays_in_its_folder(search, runs, name):
    refused = search(1, f"hydra.sweeper.study_name={name}")
    assert refused.returncode == 2
    assert refused.stderr.startswith("hydra.sweeper.study_name=")
    assert len(refused.stderr.splitlines()) == 1
    assert not (PROJECT / "mlruns" / "studies" / f"{name[:20]}.log").resolve().exists()
    assert runs() == []
