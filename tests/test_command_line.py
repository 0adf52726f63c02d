"""The program as a person meets it: what works, and one line for what does not."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import PROJECT, check_refused, train_command

MISTAKES = {
    "an unknown option": (["optimizer=adm"], "optimizer=adm: must be one of adagrad, adam,", "did you mean adam?"),
    "an unknown option in a sweep": (["-m", "optimizer=sgd,adm"], "optimizer=adm: must be", "did you mean adam?"),
    "an unknown group": (["optmizer=adam"], "optmizer=adam: no such setting", "did you mean optimizer?"),
    "an unknown setting": (["trainer.batchsize=5"], "trainer.batchsize=5: no such", "did you mean batch_size?"),
    "a setting of another option": (["optimizer.momentum=.9"], "optimizer.momentum=.9", "optimizer has lr"),
    "a setting without its group": (["epochs=3"], "epochs=3: no such setting; did you mean trainer.epochs?", ""),
    "a setting without its group in a sweep": (
        ["-m", "lr=0.1,1"],
        "lr=0.1: no such setting; did you mean optimizer.lr?",
        "",
    ),
    "a sweeper's setting without its group": (
        ["n_trials=5"],
        "n_trials=5: no such setting; did you mean hydra.sweeper.n_trials with hydra/sweeper=optuna?",
        "",
    ),
    "metrics without their group": (["metrics=[val/loss]"], "metrics=[val/loss]: no", "mean hydra.sweeper.metrics"),
    "an added setting": (["+optimizer.lrx=1"], "optimizer.lrx=1: no such setting", "optimizer has lr"),
    "an added group": (["+optimiser=adam"], "optimiser", "did you mean optimizer?"),
    "a word for a number": (["optimizer.lr=fast"], "optimizer.lr=fast: must be a number", ""),
    "a fraction for a count": (["seed=1.5"], "seed=1.5: must be an integer", ""),
    "a word for a switch": (["bn=maybe"], "bn=maybe: must be true or false", ""),
    "a number for a list": (["model.hidden=5"], "model.hidden=5: must be a list", ""),
    "null where there must be a value": (["seed=null"], "seed=null: must not be null", ""),
    "out of range": (["optimizer.lr=-1"], "optimizer.lr=-1.0: must be > 0", ""),
    "not a number": (["optimizer.lr=nan"], "optimizer.lr=nan: must be > 0", ""),
    "infinite": (["optimizer.lr=inf"], "optimizer.lr=inf: must be > 0 and finite", ""),
    "out of range in a sweep": (["-m", "optimizer.lr=0.1,-1"], "optimizer.lr=-1.0: must be > 0", ""),
    "a word that is none of the choices": (["trainer.sampling=shufle"], "trainer.sampling=shufle", "mean shuffle?"),
    "both epochs and iterations": (["trainer.epochs=1", "trainer.iterations=9"], "trainer.epochs=1", "give one of"),
    "several values without -m": (["optimizer=sgd,adam"], "optimizer=sgd,adam: several values need -m", ""),
    "a sweep without values": (["-m", "seed=range(2,2)"], "seed=range(2,2): has no values", ""),
    "an interval in a grid": (["-m", "optimizer.lr=interval(0,1)"], "optimizer.lr=interval(0,1): a grid", ""),
    "no equals sign": (["adam"], "adam: cannot be read", "write setting=value"),
    "an added setting of the launcher": (
        ["-m", "seed=1,2", "+hydra.launcher.worker=3"],
        "hydra.launcher.worker=3: no such setting; hydra.launcher has retries, timeout, workers",
        "did you mean workers?",
    ),
    "an added setting of the sweeper": (
        ["-m", "seed=1,2", "+hydra.sweeper.trials=3"],
        "hydra.sweeper.trials=3: no such setting; hydra.sweeper has cases, max_batch_size, params, when",
        "",
    ),
    "an unknown function": (
        ["optimizer.lr=log(1e-3,1)"],
        "optimizer.lr=log(1e-3,1): Unknown function 'log'",
        "interval",
    ),
    "an open bracket": (["model.hidden=[1,"], "model.hidden=[1,: cannot be read: a bracket is not closed", ""),
    "signs in a text": (
        ["tracking.run_name=a: b=c"],
        "tracking.run_name=a: b=c: cannot be read: it contains special characters",
        "'tracking.run_name=\"a: b=c\"'",
    ),
    "a quote in a text": (
        ["tracking.run_name=my run's name"],
        "tracking.run_name=my run's name: cannot be read: it contains",
        "as in 'tracking.run_name=\"my run'",
    ),
    "an unknown flag": (["--multirn"], "--multirn: no such flag", "did you mean --multirun?"),
    "an unknown sweep": (["sweeps=bn_weight_scal"], "sweeps=bn_weight_scal: must be", "did you mean bn_weight_scale?"),
    "two sweeps": (
        ["-m", "sweeps=optimizers,dying_relu"],
        "sweeps=optimizers,dying_relu: takes one name; run them",
        "",
    ),
    "two sweeps without -m": (["sweeps=optimizers,dying_relu"], "sweeps=optimizers,dying_relu: takes one name", ""),
    "a sweep and another": (
        ["sweeps=optimizers", "sweeps=dying_relu"],
        "sweeps=optimizers sweeps=dying_relu: takes one",
        "",
    ),
    "a list of sweeps": (["sweeps=[optimizers,dying_relu]"], "sweeps=[optimizers,dying_relu]: takes one name", ""),
    "a run's folder under a file": (
        ["hydra.run.dir=/dev/null/x"],
        "hydra.run.dir=/dev/null/x: cannot be made",
        "Not a directory",
    ),
    "a file as the run's folder": (
        ["hydra.run.dir=/dev/null"],
        "hydra.run.dir=/dev/null: cannot be made",
        "File exists",
    ),
    "a file as a sweep's folder": (
        ["-m", "hydra.sweep.dir=/dev/null"],
        "hydra.sweep.dir=/dev/null: cannot be made",
        "exists",
    ),
    "a rerun of nothing": (["rerun="], "rerun=: is no run of this store; must be a run id", ""),
    "a sweep of reruns of nothing": (["-m", "rerun="], "rerun=: is for one run; leave out -m", ""),
    "an unknown reference": (["optimizer.lr=${nope}"], "optimizer.lr: Interpolation key 'nope' not found", ""),
    "a batch larger than the data": (["trainer.batch_size=5000"], "trainer.batch_size=5000: must be <= 1257", ""),
    "more rows than there are": (["dataset.train_size=5000"], "dataset.train_size=5000: must be <= 1257", ""),
    "images without room for a CNN": (
        ["model=cnn"],
        "model.channels=[32, 64]: leave nothing of 8×8",
        "model.channels=[32]",
    ),
    "no such folder": (["dataset=mnist", "dataset.dir=nowhere"], "dataset.dir=nowhere: no such folder", ""),
    "no path": (["dataset=kaggle"], "dataset.path=null: must be the Digit Recognizer's train.csv", ""),
    "a metric that is not measured": (["objective.metric=val/acc"], "objective.metric=val/acc", "mean val/accuracy?"),
    "a choice by test data": (
        ["objective.metric=test/accuracy"],
        "objective.metric=test/accuracy: test figures are recorded, never optimised",
        "",
    ),
    "a search by test data": (
        [
            "-m",
            "hydra/sweeper=optuna",
            "optimizer.lr=interval(0.1,1)",
            "hydra.sweeper.metrics=[val/accuracy,test/accuracy]",
            "hydra.sweeper.direction=[maximize,maximize]",
        ],
        "hydra.sweeper.metrics=test/accuracy: test figures are recorded, never optimised",
        "",
    ),
    "a figure of what is not measured": (
        ["-m", "bn=true,false", "report.y=[train/loss,val/acuracy]"],
        "report.y=val/acuracy: is not measured in these runs; must be one of train/loss,",
        "did you mean val/accuracy?",
    ),
    "a folder as the store": (["tracking.uri=./mlruns"], "tracking.uri=./mlruns: must begin with sqlite:///", ""),
    "a store that cannot be": (["tracking.uri=sqlite:////proc/no.db"], "sqlite:////proc/no.db: cannot be", ""),
    "a server that is not there": (["tracking.uri=http://127.0.0.1:9"], "http://127.0.0.1:9: nothing answers", ""),
    "no experiment": (["tracking.experiment="], "tracking.experiment=: must be the name", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_no_run(mistake, train, runs):
    arguments, begins, says = MISTAKES[mistake]
    check_refused(train(*arguments), begins, says)
    assert runs() == []


def test_a_mistake_shows_its_traceback_on_request(train):
    result = train("optimizer.lr=-1", HYDRA_FULL_ERROR="1")
    assert "Traceback" in result.stderr
    assert "optimizer.lr=-1.0: must be > 0" in result.stderr
    assert result.returncode == 1


def test_help_lists_groups_and_sweeps(train):
    result = train("--help")
    assert result.returncode == 0
    assert "optimizer: adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd (default)\n" in result.stdout
    assert "bn_weight_scale" in result.stdout
    assert "schema" not in result.stdout


def test_cfg_shows_every_setting(train, runs):
    result = train("--cfg", "job", "optimizer=adam", "--resolve")
    assert result.returncode == 0
    for line in ("beta1: 0.9", "epochs: 10", "sampling: shuffle", "metric: val/accuracy"):
        assert line in result.stdout
    assert runs() == []


def test_the_shell_completes_groups_options_and_settings(train, environment, experiment, tmp_path):
    def completions(line):
        command = train_command("--help", experiment=experiment)[:2]
        asked = environment | {"COMP_LINE": f"train.py {line}", "COMP_POINT": str(9 + len(line))}
        command = [*command, "-sc", "query=bash"]
        done = subprocess.run(command, env=asked, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert "optimizer=" in completions("opti")
    assert "optimizer=adam" in completions("optimizer=ad")
    assert "optimizer.beta1=" in completions("optimizer=adam optimizer.be")
    assert "sweeps=bn_weight_scale" in completions("sweeps=bn")


@pytest.mark.slow
def test_it_runs_from_any_folder_and_leaves_nothing_there(train, tmp_path):
    assert train("trainer.iterations=1").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


@pytest.fixture
def started(environment, experiment, tmp_path):
    """Start a run that would take hours; it does not outlive the test."""
    command = train_command("trainer.epochs=100000", experiment=experiment)
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stopped_run_is_killed_and_keeps_what_it_had(name, code, started, runs):
    wait_for(lambda: runs() and runs()[0].data.metrics)
    started.send_signal(getattr(signal, name))
    _, stderr = started.communicate(timeout=60)
    assert started.returncode == code, stderr
    assert "Traceback" not in stderr
    (run,) = runs()
    assert run.info.status == "KILLED"
    assert "train/loss" in run.data.metrics


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells by Linux's /proc when the process is ready")
def test_a_run_stopped_before_the_store_is_open_is_killed_too(started, runs):
    wait_for(lambda: handles(started.pid, signal.SIGTERM))
    time.sleep(0.3)  # training, or about to; MLflow takes longer to import
    started.send_signal(signal.SIGTERM)
    started.communicate(timeout=60)
    assert started.returncode == 143
    assert [run.info.status for run in runs()] in ([], ["KILLED"])


def handles(pid, number):
    """Whether the process has a handler for the signal, as Linux tells."""
    status = Path("/proc", str(pid), "status").read_text()
    return bool(int(re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)[1], 16) >> (number - 1) & 1)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_python_without_assertions_is_refused(environment, experiment, tmp_path):
    command = train_command("-m", "seed=range(2)", experiment=experiment)
    result = subprocess.run(
        command, env=environment | {"PYTHONOPTIMIZE": "1"}, cwd=tmp_path, capture_output=True, text=True
    )
    check_refused(result, "python -O, or PYTHONOPTIMIZE: leave it out", "Hydra")


def test_two_sweeps_of_one_second_have_folders_of_their_own(environment, tmp_path):
    show = [
        sys.executable,
        str(PROJECT / "src" / "train.py"),
        "--cfg",
        "hydra",
        "--resolve",
        "--package",
        "hydra.sweep",
    ]
    shown = subprocess.run(show, env=environment, cwd=tmp_path, capture_output=True, text=True).stdout
    assert re.search(r"dir: .*/mlruns/logs/[-\d]+_[-\d]+_\d{6}$", shown, re.MULTILINE), shown
