"""Reuse of recorded runs: no run is done twice, by later sweeps, within one sweep, or by two sweeps at once."""

import pytest
from tests.conftest import Train, check_refused
from tests.sweeps import curves, finished, said_of_runs, wait_for, with_status

from zerosweep.jobs.reuse import recorded_outcome
from zerosweep.tracking.store import open_store

SHORT = ("trainer.iterations=20", "tracking.figures=false", "report.figure=none")
SIX = ("-m", "optimizer=sgd,momentum,adam", "bn=true,false", *SHORT)


@pytest.fixture
def sweep(train: Train):
    """Return a function that runs a command, which must succeed, and returns its lines about runs."""

    def run(*arguments):
        result = train(*arguments)
        assert result.returncode == 0, result.stderr
        return said_of_runs(result.stdout)

    return run


@pytest.fixture
def ids(runs):
    """Return a function that gives the ids of the finished runs."""
    return lambda: {run.info.run_id for run in finished(runs())}


@pytest.fixture
def artifacts_of(store):
    """Return a function that gives the names of a run's files in a folder of its artifacts."""
    return lambda run, folder: {
        entry.path.rpartition("/")[2] for entry in open_store(store).list_artifacts(run.info.run_id, folder)
    }


def cached(said):
    return sum(": cached " in line for line in said)


@pytest.mark.slow
def test_the_second_time_nothing_is_trained(sweep, ids, runs):
    assert cached(sweep(*SIX)) == 0
    first = ids()
    assert len(first) == 6
    again = sweep(*SIX)
    assert cached(again) == len(again) == 6
    assert {line.split()[-1] for line in again} == ids() == first
    assert len(runs("summary")) == 1


@pytest.mark.slow
def test_sweeps_share_what_they_have_in_common(sweep, ids):
    sweep("-m", "seed=0,1,2", *SHORT)
    said = sweep("-m", "seed=1,2,3", *SHORT)
    assert (cached(said), len(said)) == (2, 3)
    assert len(ids()) == 4


@pytest.mark.slow
def test_reuse_may_be_refused(sweep, ids):
    sweep("-m", "seed=0,1", *SHORT)
    said = sweep("-m", "seed=0,1", "reuse=false", *SHORT)
    assert cached(said) == 0
    assert len(ids()) == 4


@pytest.mark.slow
def test_a_single_run_answers_a_sweep_and_does_not_ask_itself(sweep, ids):
    sweep("seed=1", *SHORT)
    assert cached(sweep("-m", "seed=0,1", *SHORT)) == 1
    sweep("seed=1", *SHORT)
    assert len(ids()) == 3


@pytest.mark.long
@pytest.mark.slow
def test_another_experiment_is_not_asked(sweep, ids, experiment):
    sweep("-m", "seed=0,1", *SHORT, f"tracking.experiment={experiment}-other")
    assert cached(sweep("-m", "seed=0,1", *SHORT)) == 0
    assert len(ids()) == 2


@pytest.fixture
def answered(jobs):
    """Return a function that says whether a recorded run answers the job of these overrides."""

    def ask(*overrides):
        (job,) = jobs(list(overrides))
        return recorded_outcome(job.config.settings, job.identity) is not None

    return ask


@pytest.mark.slow
def test_what_answers(answered, sweep, ids, runs, store):
    sweep(*SHORT)
    assert answered(*SHORT)
    assert answered(*SHORT, "tracking.run_name=another", "tracking.figures=true", "objective.metric=val/loss")
    assert not answered(*SHORT, "seed=1")
    assert not answered(*SHORT, "tracking.model=true"), "that run has kept none"
    assert not answered(*SHORT, "trainer.trace=true"), "nor that"
    (only,) = ids()
    client = open_store(store)
    for status in ("RUNNING", "FAILED", "KILLED"):
        client.update_run(only, status=status)
        assert not answered(*SHORT), status
    client.update_run(only, status="FINISHED")
    client.delete_run(only)
    assert not answered(*SHORT)
    client.restore_run(only)
    assert answered(*SHORT)
    for tag in ("config_id", "code_id", "data_id", "verdict"):
        value = client.get_run(only).data.tags[tag]
        client.delete_tag(only, tag)
        assert not answered(*SHORT), tag
        client.set_tag(only, tag, value)


@pytest.mark.slow
def test_a_run_with_a_model_answers_both_kinds(sweep, answered):
    sweep(*SHORT, "tracking.model=true")
    assert answered(*SHORT, "tracking.model=true")
    assert answered(*SHORT)


@pytest.mark.long
@pytest.mark.slow
def test_a_run_with_a_trace_answers_both_kinds(sweep, answered):
    sweep(*SHORT, "trainer.trace=true")
    assert answered(*SHORT, "trainer.trace=true")
    assert answered(*SHORT)
    assert not answered(*SHORT, "trainer.trace=true", "tracking.model=true")


@pytest.mark.slow
def test_of_equal_runs_one_is_done_that_keeps_what_any_of_them_is_to_keep(sweep, ids, runs, artifacts_of, answered):
    cases = "hydra.sweeper.cases=[['tracking.model=true'],['trainer.trace=true'],[]]"
    said = sweep("-m", cases, *SHORT)
    assert len(said) == len(ids()) == 1
    assert {"traces.npz"} <= artifacts_of(runs()[0], "arrays")
    assert answered(*SHORT, "trainer.trace=true", "tracking.model=true")


@pytest.mark.slow
@pytest.mark.parametrize("values", ["true,false", pytest.param("false,true", marks=pytest.mark.long)])
def test_of_equal_runs_one_of_which_is_to_keep_a_model_a_model_is_kept(values, sweep, answered):
    sweep("-m", f"tracking.model={values}", *SHORT)
    assert answered(*SHORT, "tracking.model=true")


@pytest.mark.slow
def test_runs_of_one_sweep_in_two_experiments_are_two(train, experiment, store):
    result = train("-m", f"tracking.experiment={experiment}-a,{experiment}-b", *SHORT)
    client = open_store(store)
    for name in "ab":
        made = client.get_experiment_by_name(f"{experiment}-{name}")
        assert made and len(finished(client.search_runs([made.experiment_id]))) == 1
    assert "2 runs: 2 finished" in result.stdout  # and its report has both


@pytest.mark.slow
def test_equal_configurations_of_a_grid_run_once(sweep, ids):
    said = sweep("-m", "optimizer.lr=0.01,1e-2,0.010", *SHORT)
    assert len(said) == len(ids()) == 1


@pytest.mark.long
@pytest.mark.slow
def test_the_same_network_by_two_names_runs_once(sweep, ids):
    network = ("model.hidden=[50]", "model.activation=sigmoid")
    said = sweep("-m", "model=two_layer,mlp", *network, *SHORT)
    assert len(said) == len(ids()) == 1
    assert cached(sweep("-m", "model=two_layer", "seed=0,1", *SHORT)) == 1


@pytest.mark.slow
def test_two_sweeps_at_once_share_the_work(begin, runs):
    grid = ("-m", "seed=range(8)", "trainer.epochs=10", "tracking.figures=false", "report.figure=none")
    both = [begin(*grid), begin(*grid, "hydra.sweep.dir=logs/another")]
    for process in both:
        output, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors
        assert len(said_of_runs(output)) == 8
    found = finished(runs())
    assert len(found) == len({run.data.tags["config_id"] for run in found}) == 8
    assert len(runs()) == 8
    assert len(runs("summary")) == 1


@pytest.mark.long
@pytest.mark.slow
def test_what_a_killed_sweep_was_at_another_takes_over(begin, runs):
    grid = ("-m", "seed=range(2)", "trainer.epochs=400", "tracking.figures=false", "report.figure=none")
    first = begin(*grid, "hydra.launcher.workers=2")
    wait_for(lambda: len(with_status(runs(), "RUNNING")) == 2)
    second = begin(*grid, "hydra.sweep.dir=logs/another")
    wait_for(lambda: second.poll() is not None or len(runs()) == 2)
    first.kill()
    output, errors = second.communicate(timeout=180)
    assert second.returncode == 0, errors
    assert len(said_of_runs(output)) == len(finished(runs())) == 2
    assert not with_status(runs(), "RUNNING")


@pytest.mark.long
@pytest.mark.slow
def test_the_number_of_workers_changes_no_bit(sweep, store, runs, experiment):
    twelve = ("-m", "seed=range(3)", "bn=true,false", "regularizer=none,dropout", "trainer.epochs=3")
    sweep(*twelve, "hydra.launcher.workers=2")
    sweep(*twelve, "hydra.launcher.workers=1", f"tracking.experiment={experiment}-alone")
    client = open_store(store)
    alone = client.search_runs([client.get_experiment_by_name(f"{experiment}-alone").experiment_id])
    together = curves(store, runs())
    assert len(together) == 12
    assert together == curves(store, alone)


@pytest.mark.long
@pytest.mark.slow
def test_a_run_without_figures_does_not_answer_a_report_of_its_histograms(sweep, answered, train):
    sweep(*SHORT)
    drawn = ("tracking.figures=true", "report.figure=histograms")
    assert answered(*SHORT, "tracking.figures=true")
    assert not answered(*SHORT, *drawn), "that run has saved no activations"
    sweep("-m", *SHORT, *drawn)
    assert answered(*SHORT, *drawn)
    refused = train("-m", *SHORT, "report.figure=histograms")
    check_refused(refused, "report.figure=histograms: ", "needs tracking.figures=true")
