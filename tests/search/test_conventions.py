"""What users of Optuna, and of Hydra's own Optuna sweeper, expect of a search."""

import optuna
import pytest
import yaml

from zerosweep.search.storage import open_storage
from zerosweep.tracking.store import open_store


@pytest.mark.slow
def test_a_search_is_as_users_of_optuna_and_of_hydras_sweeper_know_it(train, journal, study, store, tmp_path):
    """Classes of Optuna as targets, constraints, typed choices, one line a warning, and Hydra's file of results."""
    arguments = (
        "bn=true,false",
        "trainer.batch_size=50,100",
        "trainer.eval_every=null,10",
        "optimizer.lr=tag(log,interval(1e-2,1))",
        "hydra.sweeper.sampler={_target_:optuna.samplers.NSGAIIISampler,population_size:4}",
        "hydra.sweeper.pruner={_target_:optuna.pruners.PatientPruner,patience:9,wrapped_pruner:median}",
        'hydra.sweeper.constraints=["time/steps <= 30","update_ratio >= 0"]',  # batches of 50 take 50 steps
    )
    command = ("-m", "hydra/sweeper=optuna", *arguments, "trainer.epochs=2", "tracking.figures=false")
    more = (f"hydra.sweeper.storage={journal}", "hydra.sweeper.n_trials=8", "hydra.sweeper.diverged_value=0")
    result = train(*command, *more, PYTHONWARNINGS="default")
    assert result.returncode == 0, result.stderr
    warned = [line for line in result.stderr.splitlines() if "is experimental" in line]
    assert [line.split()[1] for line in warned] == ["NSGAIIISampler", "PatientPruner"]
    found = study()
    assert found.metric_names == ["val/accuracy"]
    assert found.user_attrs["command"].startswith("python ")
    for trial in found.trials:
        assert (type(trial.params["bn"]), type(trial.params["trainer.batch_size"])) == (bool, int)
        assert trial.params["trainer.eval_every"] in (None, 10)
        assert (trial.constraints["time/steps <= 30"] > 0) == (trial.params["trainer.batch_size"] == 50)
    feasible = [trial for trial in found.trials if trial.params["trainer.batch_size"] == 100]
    best = max(feasible, key=lambda trial: trial.value)
    assert found.best_trial.number == best.number  # Optuna's own opinion
    saved = yaml.safe_load((tmp_path / "logs" / "a-sweep" / "optimization_results.yaml").read_text())
    assert saved == {"name": "optuna", "best_params": best.params, "best_value": best.value}
    assert f", run {best.user_attrs['run_id']}" in result.stdout

    open_store(store).delete_run(best.user_attrs["run_id"])
    again = train(*command, *more)
    assert again.returncode == 0, again.stderr
    lost = f"trial {best.number} is the best (val/accuracy={best.value:.4g}), but its run is not in the store; it has "
    assert [line.startswith(lost) for line in again.stdout.splitlines()].count(True) == 1


@pytest.mark.slow
def test_a_study_that_an_earlier_version_began_with_text_goes_on(train, journal, study):
    begun = optuna.create_study(storage=open_storage(journal), study_name="old", direction="maximize")
    trial = begun.ask()
    trial.suggest_categorical("bn", ["true", "false"])
    begun.tell(trial, 0.5)
    command = ("-m", "hydra/sweeper=optuna", "bn=true,false", "trainer.iterations=5", "tracking.figures=false")
    more = (f"hydra.sweeper.storage={journal}", "hydra.sweeper.study_name=old", "hydra.sweeper.n_trials=3")
    result = train(*command, *more, "hydra.sweeper.pruner=none")
    assert result.returncode == 0, result.stderr
    assert {trial.params["bn"] for trial in study().trials} <= {"true", "false"}
    assert len(study().trials) == 3
