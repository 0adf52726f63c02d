"""MLflow's own environment variables are followed as MLflow's client follows them."""

import base64
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from tests.conftest import PROJECT, check_refused

from zerosweep.errors import SettingError, UserError
from zerosweep.metrics import is_clock
from zerosweep.tracking import environment as module
from zerosweep.tracking.environment import DEFAULT, default_experiment, system_metrics_wanted
from zerosweep.tracking.store import experiment_id, open_store

SMALL = ("task=surface", "trainer.iterations=20", "tracking.figures=false")


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in (module.NAME, module.ID, module.SYSTEM_METRICS):
        monkeypatch.delenv(name, raising=False)


def test_the_experiment_of_the_environment_is_the_default(monkeypatch):
    assert default_experiment("nowhere") == DEFAULT
    monkeypatch.setenv(module.NAME, "mine")
    assert default_experiment("nowhere") == "mine"  # without a look at the store
    monkeypatch.setenv(module.NAME, "")
    assert default_experiment("nowhere") == DEFAULT


def test_an_id_stands_for_the_experiment_that_has_it(monkeypatch, store, experiment):
    monkeypatch.setenv(module.ID, experiment_id(open_store(store), store, experiment))
    assert default_experiment(store) == experiment
    monkeypatch.setenv(module.NAME, experiment)
    assert default_experiment(store) == experiment
    monkeypatch.setenv(module.NAME, "another")
    with pytest.raises(UserError, match=f"^MLFLOW_EXPERIMENT_ID=.*: is the experiment {experiment}, but .* is another"):
        default_experiment(store)


@pytest.mark.parametrize("unknown", ["987654321", "x"])
def test_an_unknown_id_is_a_mistake(monkeypatch, store, unknown):
    monkeypatch.setenv(module.ID, unknown)
    with pytest.raises(SettingError, match=f"^MLFLOW_EXPERIMENT_ID={unknown}: must be the id of an experiment"):
        default_experiment(store)


SWITCH = {"true": True, "True": True, "1": True, "false": False, "0": False, "": False}


@pytest.mark.parametrize("value", SWITCH)
def test_system_metrics_are_a_switch_as_mlflow_reads_it(monkeypatch, value):
    from mlflow.environment_variables import MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING

    monkeypatch.setenv(module.SYSTEM_METRICS, value)
    assert system_metrics_wanted() is SWITCH[value]
    if value:
        assert MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING.get() is SWITCH[value]


def test_a_mistake_about_system_metrics_is_one_line(monkeypatch):
    assert system_metrics_wanted() is False
    monkeypatch.setenv(module.SYSTEM_METRICS, "yes")
    with pytest.raises(SettingError, match=r"^MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING=yes: must be true or false$"):
        system_metrics_wanted()
    monkeypatch.setenv(module.SYSTEM_METRICS, "true")
    monkeypatch.setattr(module, "find_spec", lambda package: None)
    with pytest.raises(SettingError, match=r"=true: needs psutil, which is not installed: pip install psutil$"):
        system_metrics_wanted()


def test_system_metrics_are_no_difference_between_two_runs():
    assert is_clock("system/cpu_utilization_percentage")
    assert not is_clock("val/accuracy")


@contextmanager
def forbidding():
    """Yield the address of a server that lets nobody in, and the list of the credentials that it was given."""
    given = []

    class Forbidding(BaseHTTPRequestHandler):
        def do_GET(self):
            given.append(self.headers["Authorization"])
            self.send_response(401)
            self.end_headers()
            self.wfile.write(b"You are not authenticated.")  # as MLflow's own server says it

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Forbidding) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", given
        server.shutdown()


LOGINS = {
    "a token": ({"MLFLOW_TRACKING_TOKEN": "s3cret"}, "Bearer s3cret"),
    "a password": (
        {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "s3cret"},
        f"Basic {base64.b64encode(b'me:s3cret').decode()}",
    ),
}


@pytest.mark.parametrize("kind", LOGINS)
def test_a_server_gets_the_credentials_of_the_environment_and_its_refusal_is_one_line(kind, monkeypatch):
    variables, header = LOGINS[kind]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with forbidding() as (uri, given), pytest.raises(UserError) as caught:
        open_store(uri).get_experiment_by_name("zerosweep")
    assert given == [header]
    says = f"{uri}: the server refuses access (UNAUTHENTICATED); set MLFLOW_TRACKING_USERNAME and "
    assert str(caught.value) == f"{says}MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"


@pytest.fixture
def command(environment, tmp_path):
    """Return a function that runs the program with further environment variables, and without an experiment."""

    def run(*arguments, **variables):
        line = [sys.executable, str(PROJECT / "src" / "train.py"), *SMALL, "hydra.run.dir=logs", "hydra.sweep.dir=logs"]
        return subprocess.run(
            [*line, *arguments], env=environment | variables, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.slow
def test_runs_land_in_the_experiment_of_the_environment_under_its_name(command, experiment, runs):
    variables = {"MLFLOW_EXPERIMENT_NAME": experiment, "MLFLOW_RUN_NAME": "my run"}
    assert command(**variables).returncode == 0
    assert command("-m", "seed=1,2", "tracking.run_name=null", "hydra.launcher.workers=1", **variables).returncode == 0
    assert sorted(run.info.run_name for run in runs())[0] == "my run"
    assert [run.info.run_name == "my run" for run in runs()].count(True) == 1
    assert len(runs()) == 3
    assert {run.data.params["tracking.experiment"] for run in runs()} == {experiment}
    other = command(f"tracking.experiment={experiment}-other", "seed=3", **variables)
    assert other.returncode == 0, other.stderr
    assert len(runs()) == 3, "an experiment on the command line wins"


@pytest.mark.slow
def test_a_mistake_in_the_environment_costs_one_line(command, experiment, runs):
    check_refused(command(MLFLOW_EXPERIMENT_ID="987654321"), "MLFLOW_EXPERIMENT_ID=987654321: must be the id", "")
    wrong = {"MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "yes"}
    for more in ((), ("-m", "seed=1,2")):
        refused = command(*more, f"tracking.experiment={experiment}", **wrong)
        check_refused(refused, "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING=yes: must be true or false", "")
    assert runs() == []


@pytest.mark.slow
def test_workers_record_system_metrics_where_they_are_wanted(train, runs):
    wanted = {"MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "true", "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL": "0.05"}
    long = ("trainer.epochs=60", "model.hidden=[100,100,100]", "tracking.figures=false", "hydra.launcher.workers=1")
    result = train("-m", "seed=1,2", *long, **wanted)
    assert result.returncode == 0, result.stderr
    for run in runs():
        assert run.info.status == "FINISHED"
        assert "system/cpu_utilization_percentage" in run.data.metrics
    again = train(f"rerun={runs()[0].info.run_id}", **wanted)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "identical" in again.stdout + again.stderr
    (summary,) = runs("summary")
    assert not any(name.startswith("system/") for name in summary.data.metrics)
