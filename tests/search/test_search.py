"""Searches by the program, with a real study and a real store: pruning, resuming, reports, mistakes."""

import os
import re
import shlex
import signal
import subprocess
import time

import optuna
import psutil
import pytest
from optuna.trial import TrialState
from tests.conftest import PROJECT, check_refused, train_command

from zerosweep.search.storage import open_storage

PLANE = ("-m", "hydra/sweeper=optuna", "optimizer.lr=tag(log,interval(1e-4,1))", "init.scale=tag(log,interval(1e-4,1))")
SMALL = ("init=normal", "model.hidden=[20]", "trainer.epochs=4", "tracking.figures=false")


@pytest.fixture
def search(train, journal):
    def run(*more: str, **environment: str):
        return train(*PLANE, *SMALL, f"hydra.sweeper.storage={journal}", *more, **environment)

    return run


def states(study):
    return [trial.state.name for trial in study.trials]


@pytest.mark.slow
def test_a_search_ends_where_it_should_and_goes_on_from_there(search, study, runs):
    result = search("hydra.sweeper.n_trials=12")
    assert result.returncode == 0, result.stderr
    first = study().trials
    assert len(first) == 12
    assert {trial.state for trial in first} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    assert any(trial.state == TrialState.PRUNED for trial in first)
    found = {run.data.tags["trial"]: run for run in runs()}
    assert found.keys() == {str(number) for number in range(12)}
    for trial in first:
        run = found[str(trial.number)]
        assert run.info.status == "FINISHED"
        assert run.data.tags["study"] == study().study_name
        assert ("pruned" in run.data.tags) == (trial.state == TrialState.PRUNED)
        assert float(run.data.params["optimizer.lr"]) == trial.params["optimizer.lr"]
        if trial.state == TrialState.COMPLETE:
            assert trial.value == run.data.metrics["val/accuracy"]
            assert trial.intermediate_values[52] == trial.value  # 4 epochs of 13 steps
        assert 0 not in trial.intermediate_values
    (summary,) = runs("summary")
    assert (summary.data.tags["study"], summary.data.tags["sampler"]) == (study().study_name, "tpe")

    again = search("hydra.sweeper.n_trials=12")
    assert again.returncode == 0
    assert len(study().trials) == 12
    assert len(runs()) == 12
    assert "none finished" in again.stdout

    named = f"hydra.sweeper.study_name={study().study_name}"  # else another sampler begins a study of its own
    more = search("hydra.sweeper.n_trials=15", "hydra.sweeper.sampler={name:random}", named)
    assert more.returncode == 0
    assert len(study().trials) == 15
    assert [trial.params for trial in study().trials[:12]] == [trial.params for trial in first]
    (summary,) = runs("summary")
    assert summary.data.tags["sampler"] == "random tpe"


@pytest.mark.slow
def test_a_hopeless_trial_says_why_it_was_stopped_and_another_study_learns_from_the_others(
    search, study, runs, tmp_path
):
    given = '["optimizer.lr=0.01 init.scale=0.0001","optimizer.lr=0.1 init.scale=0.2","optimizer.lr=0.2"]'
    result = search("hydra.sweeper.n_trials=3", "hydra.sweeper.pruner=diagnosis", f"hydra.sweeper.enqueue={given}")
    assert result.returncode == 0, result.stderr
    assert "pruned (hidden1 collapsed from step 0)" in result.stdout
    hopeless, *others = study().trials
    assert (hopeless.state, hopeless.user_attrs["pruned_by"]) == (TrialState.PRUNED, "hidden1 collapsed from step 0")
    assert [trial.params["optimizer.lr"] for trial in study().trials] == [0.01, 0.1, 0.2]
    by_trial = {run.data.tags["trial"]: run for run in runs()}
    assert by_trial["0"].data.tags["pruned_by"] == "hidden1 collapsed from step 0"
    assert by_trial["0"].data.metrics["time/steps"] == 13  # the first evaluation of four epochs

    storage = f"journal:{tmp_path / 'warm' / 'study.log'}"
    more = ("hydra.sweeper.warm_start=true", f"hydra.sweeper.storage={storage}", "hydra.sweeper.study_name=warm")
    for trials, added in ((1, len([trial for trial in others if trial.state == TrialState.COMPLETE])), (2, 0)):
        result = search(*more, f"hydra.sweeper.n_trials={trials}", "hydra.sweeper.pruner=none")
        assert result.returncode == 0, result.stderr
        assert f"warm start: {added} recorded runs are trials of the study now" in result.stdout
    (first, second, *own) = optuna.load_study(study_name="warm", storage=open_storage(storage)).trials
    assert {trial.user_attrs["run_id"] for trial in (first, second)} == {by_trial[n].info.run_id for n in ("1", "2")}
    assert first.intermediate_values.keys() == {13, 26, 39, 52}
    assert len(own) == 2

    changed = search(*more, "trainer.epochs=3", "hydra.sweeper.study_name=other", "hydra.sweeper.n_trials=1")
    assert "warm start: 0 recorded runs" in changed.stdout  # what is fixed differs


@pytest.mark.slow
def test_the_best_configuration_can_be_pasted(search, train, study, runs):
    result = search("hydra.sweeper.n_trials=5", "hydra.sweeper.pruner=none", "hydra.sweeper.sampler=random")
    (line,) = re.findall(r"^to run it: python src/train.py (.*)$", result.stdout, re.MULTILINE)
    assert train(*shlex.split(line), "tracking.run_name=pasted").returncode == 0
    pasted = runs()[0]
    assert pasted.data.params["tracking.run_name"] == "pasted"
    assert pasted.data.metrics["val/accuracy"] == study().best_value
    assert any(run.data.tags["config_id"] == pasted.data.tags["config_id"] for run in runs()[1:])


@pytest.mark.long
@pytest.mark.slow
def test_a_study_that_goes_on_with_other_settings_names_the_best_runs_own(search, train, study, runs):
    mine = "hydra.sweeper.study_name=mine"
    assert search(mine, "hydra.sweeper.n_trials=3", "init.scale=0.5").returncode == 0
    first = {run.info.run_id for run in runs()}
    result = search(mine, "hydra.sweeper.n_trials=5", "init.scale=0.5", "model.hidden=[1]", "trainer.epochs=1")
    assert study().best_trial.user_attrs["run_id"] in first
    assert f"run {study().best_trial.user_attrs['run_id']}" in result.stdout
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("to run it: ")]
    before = {run.info.run_id: run for run in runs()}
    pasted = train(*shlex.split(line.removeprefix("to run it: "))[2:])
    assert pasted.returncode == 0, pasted.stderr
    (again,) = [run for run in runs() if run.info.run_id not in before]
    best = before[study().best_trial.user_attrs["run_id"]]
    assert again.data.tags["config_id"] == best.data.tags["config_id"]
    assert again.data.metrics["val/accuracy"] == best.data.metrics["val/accuracy"]


@pytest.mark.slow
def test_settings_of_one_option_are_searched_only_with_it(train, journal, study):
    arguments = (
        "optimizer=momentum,adam",
        "optimizer.momentum=interval(0.5,0.95)",
        "optimizer.lr=tag(log,interval(1e-3,1e-1))",
    )
    result = train(
        "-m",
        "hydra/sweeper=optuna",
        *arguments,
        *SMALL,
        f"hydra.sweeper.storage={journal}",
        "hydra.sweeper.n_trials=8",
        "hydra.sweeper.sampler=random",
    )
    assert result.returncode == 0, result.stderr
    tried = [trial.params for trial in study().trials]
    assert {params["optimizer"] for params in tried} == {"momentum", "adam"}
    for params in tried:
        assert ("optimizer.momentum" in params) == (params["optimizer"] == "momentum")


@pytest.mark.slow
def test_trials_that_diverge_raise_or_lose_their_worker_do_not_end_the_study(train, journal, study, runs, tmp_path):
    breaking = f"""
import os, sys
sys.path.insert(0, {str(PROJECT / "src")!r})
from zerosweep.runs import assemble as a
whole = a.assemble
def broken(settings):
    if settings.seed == 1: raise RuntimeError("broken on purpose")
    if settings.seed == 2: os.kill(os.getpid(), 9)
    return whole(settings)
a.assemble = broken
"""
    (tmp_path / "sitecustomize.py").write_text(breaking)
    arguments = ("seed=0,1,2,3", "optimizer.lr=1e38,0.1", "hydra.sweeper.sampler=grid", "hydra.sweeper.n_trials=8")
    result = train(
        "-m", "hydra/sweeper=optuna", *arguments, *SMALL, f"hydra.sweeper.storage={journal}", PYTHONPATH=str(tmp_path)
    )
    assert result.returncode == 1
    ended = {(trial.params["seed"], trial.params["optimizer.lr"]): trial for trial in study().trials}
    assert len(ended) == 8
    for (seed, lr), trial in ended.items():
        works = seed in (0, 3) and lr == 0.1
        assert trial.state == TrialState.COMPLETE if works else trial.state in (TrialState.FAIL, TrialState.PRUNED), (
            seed,
            lr,
        )
    assert "broken on purpose" in result.stderr
    assert "SIGKILL" in result.stderr
    assert {run.info.status for run in runs()} <= {"FINISHED", "FAILED", "KILLED"}


@pytest.mark.slow
def test_a_diverged_trial_may_count_as_a_value(train, journal, study):
    arguments = (
        "optimizer.lr=1e38,0.1",
        "hydra.sweeper.sampler=grid",
        "hydra.sweeper.diverged_value=0",
        "hydra.sweeper.pruner=none",
    )
    result = train("-m", "hydra/sweeper=optuna", *arguments, *SMALL, f"hydra.sweeper.storage={journal}")
    assert result.returncode == 0, result.stderr
    assert sorted(states(study())) == ["COMPLETE", "COMPLETE"]  # and no more than the grid holds
    assert min(trial.value for trial in study().trials) == 0


@pytest.mark.slow
def test_a_repeat_of_known_parameters_is_answered_from_the_record(train, journal, study, runs):
    def search(trials: int) -> None:
        arguments = ("optimizer=sgd,adam", f"hydra.sweeper.n_trials={trials}", "hydra.sweeper.pruner=none")
        result = train("-m", "hydra/sweeper=optuna", *arguments, *SMALL, f"hydra.sweeper.storage={journal}")
        assert result.returncode == 0, result.stderr
        assert states(study()) == ["COMPLETE"] * trials
        name = study().study_name
        assert len(runs()) == 2
        tags = [run.data.tags for run in runs()]
        numbers = [number for tag in tags for number in [tag["trial"], *tag[f"trial.{name}"].split(",")]]
        assert sorted(map(int, numbers)) == [*range(trials)]

    search(8)
    (before,) = runs("summary")
    search(10)
    (after,) = runs("summary")
    assert after.info.run_id != before.info.run_id, "a summary of other trials, though of the same runs"


@pytest.mark.slow
def test_two_objectives_make_a_front(train, journal, study):
    arguments = (
        "model.hidden=[5],[50]",
        "optimizer.lr=tag(log,interval(1e-2,1))",
        "hydra.sweeper.metrics=[val/accuracy,time/seconds]",
    )
    result = train(
        "-m",
        "hydra/sweeper=optuna",
        *arguments,
        "trainer.epochs=2",
        "tracking.figures=false",
        f"hydra.sweeper.storage={journal}",
        "hydra.sweeper.direction=[maximize,minimize]",
        "hydra.sweeper.n_trials=5",
    )
    assert result.returncode == 0, result.stderr
    assert all(len(trial.values) == 2 for trial in study().trials)
    assert study().best_trials


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler",
    [
        *("tpe", "random", "cmaes", "qmc", "nsgaii", "nsgaiii", "{name:tpe,n_startup_trials:2}"),
        "{_target_:optuna.samplers.PartialFixedSampler,fixed_params:{init.scale:0.5},base_sampler:random}",
    ],
)
def test_every_sampler_works(sampler, search, study):
    result = search(f"hydra.sweeper.sampler={sampler}", "hydra.sweeper.n_trials=4", "trainer.epochs=1")
    assert result.returncode == 0, result.stderr
    assert len(study().trials) == 4


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    "pruner",
    [
        *("halving", "hyperband", "wilcoxon", "{name:median,n_startup_trials:1}", "{name:percentile,percentile:25}"),
        *("{name:threshold,lower:0.2}", "{_target_:optuna.pruners.PatientPruner,patience:1,wrapped_pruner:null}"),
    ],
)
def test_every_pruner_works(pruner, search, study):
    result = search(f"hydra.sweeper.pruner={pruner}", "hydra.sweeper.n_trials=4")
    assert result.returncode == 0, result.stderr
    assert len(study().trials) == 4


MISTAKES = {
    "nothing to search": (["optimizer.lr=0.1", "init.scale=0.1"], "nothing to search over", ""),
    "an unknown sampler": (
        ["hydra.sweeper.sampler=tpes"],
        "hydra.sweeper.sampler=tpes: must be one of",
        "did you mean tpe?",
    ),
    "an unknown argument": (
        ["hydra.sweeper.sampler={name:tpe,startup:3}"],
        "hydra.sweeper.sampler.startup=3: no such setting",
        "",
    ),
    "an unknown pruner": (
        ["hydra.sweeper.pruner=mediam"],
        "hydra.sweeper.pruner=mediam: must be one of",
        "did you mean median?",
    ),
    "no trials": (["hydra.sweeper.n_trials=0"], "hydra.sweeper.n_trials=0: must be >= 1", ""),
    "an unknown storage": (["hydra.sweeper.storage=here"], "hydra.sweeper.storage=here: must begin with journal:", ""),
    "bounds that cannot be": (["optimizer.lr=interval(-1,1)"], "optimizer.lr=-1.0: must be > 0", ""),
    "bounds the wrong way round": (
        ["optimizer.lr=interval(1,0.1)"],
        "optimizer.lr=interval(1,0.1): needs two numbers",
        "",
    ),
    "a setting of no option": (["optimizer.momentum=interval(0,1)"], "optimizer.momentum", "optimizer has lr"),
    "an unknown direction": (["hydra.sweeper.direction=up"], "hydra.sweeper.direction=up: must be one of", ""),
    "one direction of two": (
        ["hydra.sweeper.metrics=[val/accuracy,val/loss]", "hydra.sweeper.direction=[minimize]"],
        "hydra.sweeper.direction=[minimize]: must be a list of 2",
        "",
    ),
    "a sampler without a name": (
        ["hydra.sweeper.sampler={n_startup_trials:5}"],
        "hydra.sweeper.sampler={n_startup_trials:5}: name is missing",
        "",
    ),
    "an argument of another type": (
        ["hydra.sweeper.sampler={name:tpe,n_startup_trials:abc}"],
        "hydra.sweeper.sampler.n_startup_trials=abc: must be an integer",
        "",
    ),
    "a study in memory": (["hydra.sweeper.storage=sqlite://"], "hydra.sweeper.storage=sqlite://: ", "sqlite:///"),
    "directions missing": (
        ["hydra.sweeper.metrics=[val/accuracy,val/loss]"],
        "hydra.sweeper.direction=null: must be a list of 2",
        "",
    ),
    "a grid of intervals": (["hydra.sweeper.sampler=grid"], "hydra.sweeper.sampler=grid: needs values or ranges", ""),
    "a launcher of others": (["hydra/launcher=basic"], "hydra/launcher=basic: a search needs local or dask", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_no_run(mistake, search, runs):
    arguments, begins, says = MISTAKES[mistake]
    check_refused(search(*arguments), begins, says)
    assert runs() == []


def test_a_plan_tells_and_runs_nothing(search, runs):
    result = search("plan=true", "hydra.sweeper.n_trials=7")
    assert result.returncode == 0
    assert "7 to do" in result.stdout
    assert runs() == []


@pytest.mark.long
@pytest.mark.slow
def test_other_ways_of_drawing_begin_other_studies(search):
    def planned(*more):
        result = search("plan=true", "hydra.sweeper.n_trials=2", *more)
        assert result.returncode == 0, result.stderr
        return result.stdout.split()[1]

    names = [planned(), planned("hydra.sweeper.sampler=random"), planned("hydra.sweeper.pruner=none")]
    names += [planned("hydra.sweeper.seed=1"), planned("hydra.sweeper.diverged_value=0")]
    assert len(set(names)) == 5
    assert planned("hydra.sweeper.timeout=60", "hydra.launcher.workers=1") == names[0]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["worker", "all"])
def test_killed_and_repeated_it_ends_with_all_its_trials(who, environment, experiment, journal, study, runs, tmp_path):
    arguments = [*PLANE, *SMALL, f"hydra.sweeper.storage={journal}", "hydra.sweeper.n_trials=10", "trainer.epochs=30"]
    command = train_command(*arguments, experiment=experiment)
    for moment in (3.0, 4.0, 5.0, None):
        with subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            if moment is None:
                process.wait(timeout=300)
                assert process.returncode == 0
                break
            time.sleep(moment)
            family = psutil.Process(process.pid).children(recursive=True)
            targets = {
                "worker": [one.pid for one in family[-1:]],
                "all": [process.pid, *(one.pid for one in family)],
            }
            for pid in targets[who]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    assert pid != process.pid or process.poll() is not None
            if who == "worker":
                process.wait(timeout=300)
            psutil.wait_procs(family, timeout=30)
    trials = [trial for trial in study().trials if not trial.user_attrs.get("orphan")]
    assert len(trials) == 10
    assert {trial.state for trial in study().trials} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    assert {run.info.status for run in runs()} <= {"FINISHED", "KILLED"}
    finished = [run for run in runs() if run.info.status == "FINISHED"]
    seen = {
        (t.number, t.state.name, t.user_attrs.get("error"), t.user_attrs.get("run_id", "")[:6]) for t in study().trials
    }
    tagged = {(run.data.tags["trial"], run.info.run_id[:6]) for run in finished}
    assert {run.data.tags["trial"] for run in finished} == {str(trial.number) for trial in trials}, (
        sorted(seen),
        sorted(tagged),
    )
    assert len(finished) == 10


@pytest.mark.slow
def test_a_study_has_one_owner(search, environment, experiment, journal, tmp_path, runs):
    arguments = [*PLANE, *SMALL, f"hydra.sweeper.storage={journal}", "trainer.epochs=3000"]
    command = train_command(*arguments, experiment=experiment)
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while not runs():
            assert time.monotonic() < deadline
            time.sleep(0.2)
        second = search("trainer.epochs=3000")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert second.returncode == 2
    assert "is being searched by another process" in second.stderr
    assert {run.info.status for run in runs()} == {"KILLED"}
