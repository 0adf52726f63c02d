"""Plugins in commands: in sweeps, searches, reports, on workers, in `rerun`, in `--help` and on Tab."""

import shutil

import pytest
from tests.conftest import PROJECT, check_refused
from tests.plugins.conftest import DOCUMENTED
from tests.sweeps import finished

from zerosweep.tracking.record import content, files
from zerosweep.tracking.store import open_store

SHORT = ("trainer.iterations=20", "hydra.launcher.workers=2")


def saved(store, run):
    return set(files(open_store(store), run.info.run_id))


@pytest.mark.slow
def test_a_sweep_over_parts_of_plugins_on_two_workers_and_its_report(train, runs, store, folder):
    named = "plugins=[lion.py,layers.py,measures.py]"
    varied = ("optimizer=lion,sgd", "model.activation=elu,relu", "report.figure=bars")
    result = train("-m", named, *varied, "report.findings=[every_run_learns]", *SHORT)
    assert result.returncode == 0, result.stderr
    assert "every run learns" in result.stdout
    found = {(run.data.params["optimizer"], run.data.params["model.activation"]): run for run in finished(runs())}
    assert len(found) == 4
    lion, sgd = found["lion", "elu"], found["sgd", "relu"]
    assert lion.data.metrics["parameter_norm"] > 1
    assert {"figures/largest_parameters.png", "plugins/lion.py", "plugins/layers.py"} <= saved(store, lion)
    assert {name for name in saved(store, sgd) if name.startswith("plugins/")} == {"plugins/measures.py"}
    (summary,) = runs("summary")
    assert "figures/bars.png" in saved(store, summary)
    again = train("-m", named, *varied, *SHORT)
    assert again.stdout.count("cached") >= 4
    (folder / "lion.py").write_text(DOCUMENTED["lion.py"].replace("1 - self.beta1", "2 - self.beta1"))
    changed = train("-m", named, *varied, *SHORT, "plan=true")
    assert "2 runs to do" in changed.stdout or "2 to do" in changed.stdout, changed.stdout


@pytest.mark.slow
def test_a_run_is_done_again_only_with_the_plugin_that_the_user_names(train, runs, store, folder):
    assert train("plugins=lion.py", "optimizer=lion", "tracking.figures=false", *SHORT[:1]).returncode == 0
    (run,) = runs()
    identity = run.info.run_id
    refused = train(f"rerun={identity}")
    begins = f"rerun={identity}: the run uses optimizer=lion of a plugin, which is loaded only if you name it"
    check_refused(refused, begins, f"plugins=[{folder.resolve()}/lion.py]")
    assert train(f"rerun={identity}", "plugins=lion.py").stdout.splitlines()[-1].startswith("identical")
    saved_source = folder / "elsewhere" / "lion.py"
    saved_source.parent.mkdir()
    saved_source.write_bytes(content(open_store(store), identity, "plugins/lion.py"))
    (folder / "lion.py").unlink()
    assert train(f"rerun={identity}", f"plugins={saved_source}").stdout.splitlines()[-1].startswith("identical")


@pytest.mark.slow
def test_a_search_over_an_option_of_a_plugin(train, runs, folder):
    space = ("optimizer=choice(lion,sgd)", "optimizer.lr=tag(log,interval(1e-4,1e-2))")
    search = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=4", "hydra.sweeper.storage=journal:study.log")
    result = train("-m", "plugins=lion.py", *search, *space, "tracking.figures=false", *SHORT)
    assert result.returncode == 0, result.stderr
    assert len(finished(runs())) == 4


@pytest.mark.slow
def test_a_file_of_ones_own_with_other_values_and_a_main_file_that_names_the_plugin(train, folder):
    (folder / "own" / "optimizer").mkdir(parents=True)
    (folder / "own" / "optimizer" / "lion.yaml").write_text("defaults: [/schema_optimizer_lion@_here_]\nlr: 0.0003\n")
    (folder / "own" / "mine.yaml").write_text(
        "defaults: [config, override optimizer: lion, _self_]\nplugins: lion.py\n"
    )
    result = train("--config-dir", "own", "--config-name", "mine", "--cfg", "job")
    assert result.stderr == ""
    assert "optimizer:\n  lr: 0.0003\n  beta1: 0.9\n" in result.stdout


@pytest.mark.slow
def test_the_help_and_the_shell_know_the_parts(train, folder):
    named = "plugins=[lion.py,layers.py]"
    shown = train("--help", named, "optimizer=lion").stdout
    assert "adamw, lion, momentum" in shown
    assert "Of plugins: layer elu" in shown
    assert "optimizer.beta2=0.99" in shown
    for line, offered in {"optimizer=l": "optimizer=lion", "optimizer=lion optimizer.beta": "optimizer.beta1="}.items():
        on_tab = train("-sc", "query=bash", COMP_LINE=f"python train.py {named} {line}")
        assert offered in on_tab.stdout, on_tab
    check = train("optimizer=lino", named)
    check_refused(check, "optimizer=lino: must be one of ", "did you mean lion?")


@pytest.mark.slow
def test_what_a_third_party_launcher_and_a_server_lack_is_said(train, runs, folder):
    launched = train("-m", "plugins=lion.py", "optimizer=lion", "hydra/launcher=joblib", "tracking.figures=false")
    check_refused(
        launched, "hydra/launcher=JoblibLauncher", "its processes have no plugins; must be local, dask or basic"
    )
    served = train("plugins=layers.py", "model.activation=elu", "tracking.model=true")
    check_refused(served, "tracking.model=true: must be false", "layer=elu")
    assert runs() == []


@pytest.fixture
def package(folder):
    """An installed package whose entry point names a plugin."""
    (folder / "site" / "mine").mkdir(parents=True)
    (folder / "site" / "mine" / "__init__.py").write_text("")
    (folder / "lion.py").rename(folder / "site" / "mine" / "parts.py")
    (folder / "site" / "mine-1.0.dist-info").mkdir()
    info = folder / "site" / "mine-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zerosweep.plugins]\nlion = mine.parts\n")
    return folder / "site"


@pytest.mark.slow
def test_a_plugin_of_an_installed_package_is_there_for_every_command(train, runs, store, package):
    path = {"PYTHONPATH": str(package)}
    result = train("-m", "optimizer=lion,sgd", "tracking.figures=false", *SHORT, **path)
    assert result.returncode == 0, result.stderr
    lion = next(run for run in finished(runs()) if run.data.params["optimizer"] == "lion")
    record = content(open_store(store), lion.info.run_id, "config/plugins.yaml").decode()
    assert "module: mine.parts\n  file: null" in record
    shutil.rmtree(package)
    refused = train(f"rerun={lion.info.run_id}")
    check_refused(
        refused, f"rerun={lion.info.run_id}: the run uses optimizer=lion", "mine.parts, which is not installed"
    )


@pytest.mark.slow
def test_a_broken_plugin_of_an_installed_package_is_named(train, package):
    (package / "mine" / "parts.py").write_text("import nothing_like_it\n")
    refused = train("trainer.iterations=1", PYTHONPATH=str(package))
    check_refused(refused, "the plugin mine.parts of the package mine cannot be imported", "nothing_like_it")


@pytest.mark.slow
def test_a_comparison_loads_a_plugin_only_if_it_is_named(train, folder, environment, experiment):
    import subprocess
    import sys

    assert train("-m", "plugins=lion.py", "optimizer=lion,sgd", "tracking.figures=false", *SHORT).returncode == 0
    (folder / "lion.py").write_text("raise SystemExit(9)\n")

    def compare(*words):
        command = [sys.executable, str(PROJECT / "src" / "compare.py"), "", f"tracking.experiment={experiment}", *words]
        return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)

    assert compare("report.figure=none").returncode == 0
    drawn = compare("plugins=measures.py", "report.figure=bars", "report.findings=[every_run_learns]")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert "every run learns" in drawn.stdout


@pytest.mark.long
@pytest.mark.slow
def test_a_dask_worker_gets_the_plugin_with_the_job(train, runs, environment, folder, tmp_path_factory):
    pytest.importorskip("distributed")
    from tests.jobs.executors.test_dask import cluster_in

    with cluster_in(tmp_path_factory.mktemp("cluster"), environment) as cluster:
        on_dask = ("hydra/launcher=dask", f"hydra.launcher.scheduler_file={cluster.file}")
        result = train("-m", "plugins=lion.py", "optimizer=lion,sgd", "tracking.figures=false", SHORT[0], *on_dask)
    assert result.returncode == 0, result.stderr
    assert {run.data.params["optimizer"] for run in finished(runs())} == {"lion", "sgd"}
