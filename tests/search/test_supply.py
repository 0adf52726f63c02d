"""A trial's numbers come from the worker's outcome, or from the record where a recorded run answers the trial."""

import math
import pickle
from dataclasses import replace

import pytest
from optuna.trial import TrialState

from zerosweep.jobs.display import Display, Tally
from zerosweep.jobs.job import Outcome
from zerosweep.jobs.worker import perform
from zerosweep.search.constraints import read_constraints
from zerosweep.search.opening import open_study
from zerosweep.search.owner import Owner
from zerosweep.search.samplers import pruner_of, sampler_of
from zerosweep.search.settings import Search
from zerosweep.search.storage import open_storage
from zerosweep.search.study import RUN_ID, counted
from zerosweep.search.supply import TrialSupply

LIMITS = read_constraints(["time/seconds <= 1.5", "val/accuracy >= 0.25"])

METRICS = {"val/accuracy": "maximize", "time/seconds": "minimize"}

RUNS = {
    "classification": ["trainer.iterations=7", "trainer.eval_every=3", "model.hidden=[5,5]"],
    "diverged": ["trainer.iterations=30", "trainer.eval_every=3", "optimizer=sgd", "optimizer.lr=1e30"],
    "surface": [
        "task=surface",
        "objective.metric=surface/value",
        "objective.direction=minimize",
        "trainer.iterations=9",
    ],
}


class NothingToSearch:
    """A space without settings."""

    def everywhere(self):
        return {}

    def with_text(self, names):
        return self


@pytest.fixture
def supply(tmp_path):
    """Yield a supply with constraints, whose study has been asked for one trial."""
    url = f"journal:{tmp_path}/study.log"
    storage = open_storage(url)
    study = open_study(
        storage, "mine", [*METRICS.values()], sampler_of("random", 0, None), pruner_of("none"), NothingToSearch()
    )
    with Owner(url, "mine") as owner:
        display = Display(Tally("val/accuracy", True), 1)
        made = TrialSupply(study, storage, url, owner, NothingToSearch(), Search(), LIMITS, 1, METRICS, display)
        made._trials[0] = study.ask()
        yield made


@pytest.mark.parametrize("kind", RUNS)
def test_an_outcome_has_the_numbers_that_are_recorded(kind, jobs, runs):
    outcome = pickle.loads(pickle.dumps(perform(jobs([*RUNS[kind], "tracking.figures=false"])[0])))

    (run,) = runs()
    assert outcome.status == "finished"
    assert dict(outcome.metrics) == run.data.metrics
    assert {type(value) for value in outcome.metrics.values()} == {float}
    assert (outcome.run_id, outcome.verdict) == (run.info.run_id, run.data.tags["verdict"])


def test_a_trained_trial_is_reported_without_reading_the_record(supply, jobs):
    (job,) = jobs(["trainer.iterations=1"])
    tracking = replace(job.config.settings.tracking, uri="http://127.0.0.1:9")  # nothing answers there
    away = replace(job, config=replace(job.config, settings=replace(job.config.settings, tracking=tracking)))
    supply.done(
        away, Outcome("finished", "an-id", "learned", 0.5, "", False, {"val/accuracy": 0.5, "time/seconds": 2.0})
    )

    (trial,) = supply.study.trials
    assert (trial.state, trial.values) == (TrialState.COMPLETE, [0.5, 2.0])
    assert {name: trial.user_attrs[name] for name in (RUN_ID, "verdict")} == {RUN_ID: "an-id", "verdict": "learned"}


@pytest.mark.parametrize(
    ("measured", "constraints"),
    [
        ({"val/accuracy": 0.5, "time/seconds": 2.0}, [0.5, -0.25]),
        ({"val/accuracy": 0.25, "time/seconds": 1.5}, [0.0, 0.0]),
        ({"val/accuracy": 0.125, "time/seconds": 1.0}, [-0.5, 0.125]),
    ],
)
def test_a_trial_that_violates_a_constraint_is_never_the_best(measured, constraints, supply, jobs):
    (job,) = jobs(["trainer.iterations=1"])
    supply.done(
        job, Outcome("finished", "an-id", "learned", measured["val/accuracy"], "learned: run 5", False, measured)
    )

    (trial,) = supply.study.trials
    assert trial.constraints == dict(zip(["time/seconds <= 1.5", "val/accuracy >= 0.25"], constraints, strict=True))
    assert trial.values == [*measured.values()]
    feasible = max(constraints) <= 0
    assert bool(supply.study.best_trials) is feasible  # as Optuna has it
    best = supply._display.tally.best
    assert (best is not None) is feasible
    ((_, outcome),) = supply._display.tally.outcomes.values()
    assert ("; infeasible: violates " in outcome.line) is not feasible


def test_an_answered_trial_has_the_recorded_numbers(supply, jobs, runs):
    (job,) = jobs([*RUNS["classification"], "tracking.figures=false"])
    assert perform(job).status == "finished"
    answered = perform(job)
    assert (answered.status, dict(answered.metrics)) == ("cached", {})
    supply.done(job, answered)

    (trial,), (run,) = supply.study.trials, runs()
    assert trial.values == [run.data.metrics[metric] for metric in METRICS]
    assert trial.user_attrs[RUN_ID] == run.info.run_id
    assert run.data.tags["trial.mine"] == "0"


def test_a_failed_trial_has_no_values(supply, jobs):
    supply.done(jobs(["trainer.iterations=1"])[0], Outcome("failed", line="MemoryError: no"))

    (trial,) = supply.study.trials
    assert (trial.state, trial.values, trial.user_attrs) == (TrialState.FAIL, None, {"error": "MemoryError: no"})


def test_a_trial_whose_machine_failed_does_not_count_and_waits_for_a_later_command(supply, jobs):
    supply.study.tell(supply._trials.pop(0), [0.5, 2.0])
    supply.total = 2
    trial = supply._trials[1] = supply._ask()
    x = trial.suggest_float("x", 0, 1)
    (job,) = jobs(["trainer.iterations=1"])
    supply.done(replace(job, number=1), Outcome("failed", line="no space left on the disk", of_machine=True))

    assert [trial.state.name for trial in supply.study.trials] == ["COMPLETE", "FAIL", "WAITING"]
    assert counted(supply.study) == 1
    assert supply.next() is None  # on a full disk it would fail again and again
    supply._left_for_later = 0
    assert supply._ask().suggest_float("x", 0, 1) == x


def test_no_number_of_an_outcome_is_infinite(jobs):
    outcome = perform(jobs([*RUNS["diverged"], "tracking.figures=false"])[0])
    assert outcome.verdict == "diverged"
    assert all(map(math.isfinite, outcome.metrics.values()))
