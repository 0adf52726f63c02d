"""Verification of diagnoses (`diagnose.verify=true`), from the command line to the diagnosis page."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.conftest import PROJECT

from zerosweep.jobs import verification
from zerosweep.jobs.verification import helped
from zerosweep.jobs.worker import perform
from zerosweep.tracking.record import Recorded
from zerosweep.tracking.store import open_store

COLLAPSED = (
    "init=normal", "init.scale=0.001", "optimizer.lr=0.1", "model.hidden=[20,20,20]", "trainer.epochs=6",
    "tracking.figures=false",
)  # fmt: skip


@pytest.fixture
def text(store, tmp_path):
    def read(run, path="diagnosis.md"):
        return Path(open_store(store).download_artifacts(run.info.run_id, path, str(tmp_path))).read_text()

    return read


@pytest.fixture
def has_page(store):
    return lambda run: any(f.path == "diagnosis.md" for f in open_store(store).list_artifacts(run.info.run_id))


SRC = PROJECT / "src"

TRY_CLAIM = """
import sys
sys.path.insert(0, sys.argv[1])
from zerosweep.tracking.claims import claim
with claim(sys.argv[2], sys.argv[4], {"role": "verification", "verifies": sys.argv[3]}) as mine:
    print(mine)
"""


def by_init(found):
    return {run.data.params["init"]: run for run in found}


@pytest.mark.slow
def test_a_run_and_its_verification(train, runs, text, has_page):
    result = train(*COLLAPSED, "tracking.run_name=mine", "diagnose.verify=true")
    assert result.returncode == 0, result.stderr
    made = by_init(runs())
    first, after = made["normal"], made["he"]
    lines = result.stdout.splitlines()
    assert lines[1] == "diagnosis: hidden2 collapsed from step 0; try init=he"
    assert lines[2].startswith("learned: ")
    assert lines[3].startswith("verified: it helped: init=he gives learned with train/accuracy=")
    assert len(made) == len(runs()) == 2

    assert after.data.tags["verifies"] == first.info.run_id
    assert first.data.tags["verified_by"] == after.info.run_id
    assert after.data.tags["verdict"] == "learned"
    assert after.data.params["init.scale"] == "1.0"
    assert after.data.params["model.hidden"] == "[20,20,20]"
    assert after.info.run_name != "mine"
    assert not has_page(after)
    overrides = yaml.safe_load(text(after, "config/overrides.yaml"))
    assert "init=he" in overrides
    assert not {"init=normal", "init.scale=0.001", "diagnose.verify=true"} & set(overrides)
    assert yaml.safe_load(text(after, "config/config.yaml"))["init"] == {"scale": 1.0}

    page = text(first)
    assert page.startswith("# Diagnosis: hidden2 collapsed from step 0\n")
    assert "python src/train.py" in page
    assert f"It helped. Run `{after.info.run_id}`" in page
    assert f"| verdict | {first.data.tags['verdict']} | learned |" in page

    again = train(f"rerun={after.info.run_id}")  # its record is whole, though no command line described it
    assert again.returncode == 0, again.stdout
    assert len(runs()) == 3


@pytest.mark.slow
def test_without_asking_nothing_is_verified(train, runs, text):
    assert train(*COLLAPSED).returncode == 0
    (run,) = runs()
    assert "init=he" in text(run)
    assert "## With" not in text(run)
    assert "verified_by" not in run.data.tags


@pytest.mark.slow
def test_what_learned_has_no_page(train, runs, has_page):
    result = train("diagnose.verify=true", "trainer.epochs=8", "tracking.figures=false")
    assert len(result.stdout.splitlines()) == 1
    (run,) = runs()
    assert not has_page(run)


@pytest.mark.slow
def test_a_sweep_verifies_in_its_workers_and_does_nothing_twice(train, runs, text):
    """The remedy of both runs is init=he, which is one run: one worker trains it, the other reuses the recorded run."""
    sweep = [word for word in COLLAPSED if not word.startswith("init.scale")]
    result = train("-m", *sweep, "init.scale=0.001,0.002", "diagnose.verify=true")
    assert result.returncode == 0, result.stderr
    found = runs()
    after = by_init(found)["he"]
    firsts = [run for run in found if run.data.params["init"] == "normal"]
    assert len(found) == 3
    assert {run.data.tags["verified_by"] for run in firsts} == {after.info.run_id}
    assert all("It helped" in text(run) for run in firsts)
    assert "sweep" not in after.data.tags

    again = train("-m", *sweep, "init.scale=0.001,0.002", "diagnose.verify=true")
    assert "2 cached" in again.stdout
    assert len(runs()) == 3


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["local", "basic"])
def test_a_sweep_that_asks_later_tries_the_suggestion_alone(launcher, train, runs, text):
    sweep = ("-m", *COLLAPSED, f"hydra/launcher={launcher}", "report.figure=none")
    assert train(*sweep).returncode == 0
    (first,) = runs()
    assert first.data.tags["remedy"] == "init=he"
    result = train(*sweep, "diagnose.verify=true")
    assert result.returncode == 0, result.stderr
    assert "1 cached;" in result.stdout
    made = by_init(runs())
    assert len(runs()) == 2
    assert made["normal"].info.run_id == first.info.run_id
    assert made["normal"].data.tags["verified_by"] == made["he"].info.run_id
    assert made["he"].data.tags["verifies"] == first.info.run_id
    assert text(first).count("## With `init=he`") == 1
    assert f"It helped. Run `{made['he'].info.run_id}`" in text(first)


@pytest.mark.long
@pytest.mark.slow
def test_a_verification_that_was_stopped_half_way_is_done_next_time_and_told_once(train, runs, text, store):
    sweep = ("-m", *COLLAPSED, "diagnose.verify=true", "report.figure=none")
    assert "1 finished;" in train(*sweep).stdout
    first, after = (by_init(runs())[name].info.run_id for name in ("normal", "he"))
    open_store(store).delete_tag(first, "verified_by")  # which is written last
    for _ in range(2):
        assert "1 cached;" in train(*sweep).stdout
        assert by_init(runs())["normal"].data.tags["verified_by"] == after
        assert len(runs()) == 2
        assert text(by_init(runs())["normal"]).count("## With") == 1


def test_while_a_process_writes_its_section_no_other_may(jobs, store, experiment, monkeypatch):
    (job,) = jobs([*COLLAPSED, "diagnose.verify=true"])
    held = []

    def writing(client, run_id, path, text):
        held.append(
            subprocess.run(
                [sys.executable, "-c", TRY_CLAIM, str(SRC), store, run_id, experiment],
                check=True,
                text=True,
                capture_output=True,
            ).stdout.strip()
        )

    monkeypatch.setattr(verification, "add_file", writing)
    perform(job)
    assert held == ["False"]


def test_a_run_recorded_without_its_remedy_is_done_again(jobs, store):
    (plain,), (job,) = jobs(COLLAPSED), jobs([*COLLAPSED, "diagnose.verify=true"])
    first = perform(plain).run_id
    open_store(store).delete_tag(first, "remedy")  # as runs of earlier versions are
    done = perform(job)
    assert done.status == "finished"
    assert done.run_id != first


def recorded(verdict, **metrics):
    named = {name.replace("_", "/"): value for name, value in metrics.items()}
    return Recorded("id", "0", "name", "FINISHED", 0.0, 1.0, {}, named, {"verdict": verdict})


@pytest.mark.parametrize(
    ("before", "after", "whether"),
    [
        (recorded("stuck", train_accuracy=0.1), recorded("learned", train_accuracy=0.9), True),
        (recorded("stuck", train_accuracy=0.1), recorded("learned", train_accuracy=0.14), False),
        (recorded("dying", train_accuracy=0.4), recorded("dying", train_accuracy=0.9), False),
        (recorded("diverged"), recorded("learned", train_accuracy=0.5), True),
        (recorded("diverged"), recorded("learned", surface_value=0.0), True),
    ],
)
def test_what_counts_as_help(before, after, whether):
    assert helped(before, after) is whether
