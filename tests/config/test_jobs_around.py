"""What Hydra's own settings ask for around a job of a sweep."""

import logging
import os
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import OmegaConf

from zerosweep.config.compose import Composer
from zerosweep.config.launching import job_returns
from zerosweep.config.schemas import register
from zerosweep.config.surroundings import Surroundings
from zerosweep.errors import SettingError
from zerosweep.places import CONF


@pytest.fixture
def master(tmp_path):
    """Return (Hydra's config loader, the configuration of a sweep with these overrides of its own)."""
    register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()

        def composed(*overrides: str):
            own = ["hydra.mode=MULTIRUN", f"hydra.sweep.dir={tmp_path}/sweep", *overrides]
            return loader, loader.load_configuration("config", own, RunMode.MULTIRUN)

        yield composed


def around(master, *overrides: str, job: tuple[str, ...] = ()) -> Surroundings | None:
    return Composer(*master(*overrides)).job(job, 1).around


def test_the_defaults_ask_for_nothing(master):
    assert around(master) is None
    assert around(master, "hydra.verbose=false", job=("seed=3",)) is None


def test_each_setting_counts(master, tmp_path):
    assert around(master, "+hydra.job.env_set.MARK=a b").environment == {"MARK": "a b"}
    assert around(master, "hydra.job.chdir=true").folder == tmp_path / "sweep" / "1"
    assert around(master, "hydra.verbose=true").verbose is True
    log = around(master, "hydra.job_logging.root.level=ERROR").log
    assert log["root"]["level"] == "ERROR"
    assert (
        log["handlers"]["file"]["filename"]
        == f"{tmp_path}/sweep/1/{log['handlers']['file']['filename'].split('/')[-1]}"
    )
    saved = around(master, "hydra.output_subdir=.hydra", job=("seed=3",)).files
    texts = {path.relative_to(tmp_path / "sweep" / "1" / ".hydra").name: text for path, text in saved.items()}
    assert set(texts) == {"config.yaml", "hydra.yaml", "overrides.yaml"}
    assert OmegaConf.create(texts["config.yaml"]).seed == 3
    assert OmegaConf.create(texts["overrides.yaml"]) == ["seed=3"]
    assert OmegaConf.create(texts["hydra.yaml"]).hydra.job.num == 1


def test_a_variable_may_depend_on_what_is_swept(master):
    own = "+hydra.job.env_set.DEVICE='${seed}'"
    assert around(master, own, job=("seed=3",)).environment == {"DEVICE": "3"}


def test_runs_of_one_sweep_cannot_land_in_several_stores(master):
    own = "+hydra.job.env_set.MLFLOW_TRACKING_URI='sqlite:////tmp/${seed}.db'"
    with pytest.raises(
        SettingError, match=r"hydra\.job\.env_set\.MLFLOW_TRACKING_URI=sqlite:////tmp/3\.db: must be the"
    ):
        around(master, own, job=("seed=3",))


def test_the_store_does_not_move_with_the_working_directory(master, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///here.db")
    assert around(master, "hydra.job.chdir=true").environment["MLFLOW_TRACKING_URI"] == f"sqlite:///{tmp_path}/here.db"


def test_a_relative_path_is_refused_beside_another_working_directory(master, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("digits.csv").touch()
    with pytest.raises(
        SettingError, match=r"dataset\.path=digits\.csv: must be an absolute path with hydra\.job\.chdir"
    ):
        around(master, "hydra.job.chdir=true", job=("dataset=kaggle", "dataset.path=digits.csv"))


def test_all_of_it_is_there_in_the_block_and_gone_after_it(tmp_path, monkeypatch):
    monkeypatch.setenv("BEFORE", "1")
    (tmp_path / "job").mkdir()
    root, cwd, environment = logging.getLogger(), Path.cwd(), dict(os.environ)
    handlers, level = list(root.handlers), root.level
    file = {"class": "logging.FileHandler", "filename": str(tmp_path / "job.log")}
    log = {"version": 1, "handlers": {"file": file}, "root": {"level": "INFO", "handlers": ["file"]}}
    made = Surroundings(
        {"BEFORE": "2", "MARK": "x"}, tmp_path / "job", log | {"disable_existing_loggers": False}, False,
        {tmp_path / ".hydra" / "config.yaml": "a: 1\n"},
    )  # fmt: skip
    with made.entered():
        assert (os.environ["BEFORE"], os.environ["MARK"], Path.cwd()) == ("2", "x", tmp_path / "job")
        logging.info("said")
    assert (dict(os.environ), Path.cwd(), root.handlers, root.level) == (environment, cwd, handlers, level)
    assert (tmp_path / "job.log").read_text() == "said\n"
    assert (tmp_path / ".hydra" / "config.yaml").read_text() == "a: 1\n"


def test_what_a_launcher_returns_is_what_hydra_s_own_would(master, tmp_path):
    loader, config = master("hydra.job.chdir=true", "hydra/sweeper=basic")
    first, second = job_returns(loader, config, [(0.5, None), (0.0, "lost")], [["seed=3"], ["seed=4"]], 7)
    assert (first.cfg.seed, second.cfg.seed) == (3, 4)
    assert "hydra" not in first.cfg
    assert (first.hydra_cfg.hydra.job.num, second.hydra_cfg.hydra.job.num) == (7, 8)
    assert second.working_dir == str(tmp_path / "sweep" / "8")
    assert first.return_value == 0.5
    assert (first.overrides, first.status.name, second.status.name) == (["seed=3"], "COMPLETED", "FAILED")
