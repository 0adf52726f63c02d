"""Writing the page of the published experiments."""

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import RunMode
from tests.conftest import PROJECT

import zerosweep.experiments.findings  # noqa: F401  registers them
from zerosweep.config.arguments import chosen_by_sweep
from zerosweep.config.grid import grid
from zerosweep.config.read import from_yaml, to_settings
from zerosweep.config.schemas import register
from zerosweep.config.sweep_head import head
from zerosweep.errors import RunsFailed, UserError
from zerosweep.experiments import document
from zerosweep.experiments.document import EXPERIMENTS, LARGEST, REGIMES, Section, write
from zerosweep.places import SWEEPS
from zerosweep.report.finding import FINDINGS
from zerosweep.runs.assemble import validate

FILES = {file.stem: from_yaml(file.read_text()) for file in (PROJECT / "sweeps").glob("*.yaml")}
ROW = {"finding": "a", "expected": "up", "seen": "a | b", "reproduced": "yes"}


def test_every_sweep_with_findings_is_on_the_page_and_every_finding_in_a_sweep():
    named = {name: content.get("report", {}).get("findings", []) for name, content in FILES.items()}
    assert {name for name, findings in named.items() if findings} == set(EXPERIMENTS)
    assert sorted(one for findings in named.values() for one in findings) == sorted(FINDINGS)


@pytest.mark.parametrize("name", [*EXPERIMENTS, *REGIMES])
def test_a_sweep_file_begins_with_a_title_and_what_one_sees(name):
    title, about = head((SWEEPS / f"{name}.yaml").read_text())
    assert title[0] == "E"
    assert " · " in title
    assert 40 <= len(about.split()) <= 220


@pytest.mark.parametrize("name", [*EXPERIMENTS, *REGIMES])
def test_an_experiment_can_be_had_on_digits_which_need_no_download(name):
    typed = [f"sweeps={name}", "dataset=digits"]
    register()
    Plugins.instance()  # the sweepers that sweeps choose
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration("config", [*typed, *chosen_by_sweep(typed)], RunMode.MULTIRUN)
        sweeper = master.hydra.sweeper
        if "n_trials" in sweeper:
            jobs = [[*typed, *chosen_by_sweep(typed)]]
        else:
            jobs = grid(loader, sweeper.params or {}, typed, sweeper.cases or [], sweeper.when or {}).jobs
        for job in (jobs[0], jobs[-1]):
            assert validate(to_settings(compose("config", job))).steps > 0


def test_the_page_has_picture_command_and_findings(tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "old.png").touch()
    command = "python src/train.py sweeps=one dataset=digits"
    write([Section("one", command, "E0 · Title", "What one sees.", {"curves": b"png"}, [ROW])], tmp_path)
    text = (tmp_path / "experiments.md").read_text()
    assert f"## E0 · Title\n\nWhat one sees.\n\n    {command}\n" in text
    assert "![E0 · Title](experiments/one_curves.png)" in text
    assert "| up | a \\| b | yes |" in text
    assert [file.name for file in (tmp_path / "experiments").iterdir()] == ["one_curves.png"]


def test_the_page_of_the_regimes_has_the_maps_in_a_folder_of_its_own(monkeypatch, tmp_path):
    section = Section("one", "python src/train.py sweeps=one", "E6 · A map", "What one sees.", {"heat_map": b"png"}, [])
    monkeypatch.setattr(document, "_run", lambda names, arguments: [section] * len(names))
    assert document.regimes([], tmp_path) == f"3 maps; {tmp_path / 'regimes.md'}"
    text = (tmp_path / "regimes.md").read_text()
    assert text.startswith("# The regime of E6\n")
    assert text.count("![E6 · A map](regimes/one_heat_map.png)") == 3
    assert [file.name for file in (tmp_path / "regimes").iterdir()] == ["one_heat_map.png"]
    assert not (tmp_path / "experiments").exists()


def test_a_picture_too_large_for_git_is_refused_before_the_old_ones_go(tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "old.png").touch()
    with pytest.raises(UserError, match=f"one: its curves takes {LARGEST + 1} bytes"):
        write([Section("one", "", "E0", "", {"fine": b"x", "curves": b"x" * (LARGEST + 1)}, [])], tmp_path)
    assert [file.name for file in (tmp_path / "experiments").iterdir()] == ["old.png"]


@pytest.fixture
def one_experiment(environment, experiment, monkeypatch, tmp_path):
    """Overrides with which the command runs one experiment only, in the store of the test."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(document, "EXPERIMENTS", ("learning_rate_surface",))
    return [f"hydra.sweep.dir={tmp_path / 'logs'}", f"tracking.experiment={experiment}"]


@pytest.mark.long
@pytest.mark.slow
def test_an_experiment_is_run_and_written(one_experiment, tmp_path):
    said = document.experiments(one_experiment, tmp_path)
    assert said.startswith("3 of 3 findings reproduced")
    assert (tmp_path / "experiments" / "learning_rate_surface_trajectories.png").stat().st_size < LARGEST
    assert (tmp_path / "experiments.md").read_text().count("| yes |") == 3


@pytest.mark.long
@pytest.mark.slow
def test_the_page_has_the_sweep_that_was_run_though_another_of_its_name_was_reported_later(one_experiment, tmp_path):
    """Run a whole sweep, a part of it, and the whole again, which is answered from the record, with its report."""
    steps = [*one_experiment, "trainer.iterations=5", "tracking.figures=false"]

    def of_0_1():
        rows = (tmp_path / "experiments.md").read_text().splitlines()
        return next(row for row in rows if row.startswith("| with a learning rate of 0.1 "))

    document.experiments(steps, tmp_path)
    whole, picture = of_0_1(), (tmp_path / "experiments" / "learning_rate_surface_trajectories.png").read_bytes()
    assert "ends at" in whole
    document.experiments([*steps, "optimizer.lr=10,1e-10"], tmp_path)
    assert "not measured" in of_0_1()
    assert (
        f"    python src/train.py sweeps=learning_rate_surface {' '.join(steps)} optimizer.lr=10,1e-10"
        in (tmp_path / "experiments.md").read_text()
    )
    document.experiments(steps, tmp_path)
    assert of_0_1() == whole
    assert (tmp_path / "experiments" / "learning_rate_surface_trajectories.png").read_bytes() == picture


@pytest.mark.long
@pytest.mark.slow
def test_a_command_that_writes_no_summary_is_refused(one_experiment, tmp_path):
    with pytest.raises(UserError, match=r"sweeps=learning_rate_surface .*plan=true: writes no summary"):
        document.experiments([*one_experiment, "plan=true"], tmp_path)


@pytest.mark.long
@pytest.mark.slow
def test_one_that_fails_leaves_the_page(one_experiment, tmp_path, capsys):
    with pytest.raises(RunsFailed):
        document.experiments([*one_experiment, "optimizer.lr=-1"], tmp_path)
    assert "learning_rate_surface failed; the page is not changed" in capsys.readouterr().err
    assert not (tmp_path / "experiments.md").exists()
