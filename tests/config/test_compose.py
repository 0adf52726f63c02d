"""Composing quickly gives what Hydra itself gives, whatever the overrides."""

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf, read_write
from tests.conftest import PROJECT

from zerosweep.config.compose import Composer
from zerosweep.config.grid import grid
from zerosweep.config.schemas import register
from zerosweep.config.sections import Sections
from zerosweep.errors import SettingError

NAMED = "sweeps=bn_weight_scale"


@pytest.fixture(scope="module")
def hydra():
    """(Hydra's config loader, the configuration of a sweep)."""
    register()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader, loader.load_configuration("config", ["hydra.mode=MULTIRUN", "seed=1,2"], RunMode.MULTIRUN)


def hydras_own(loader, master, overrides, number):
    """The job as Hydra's basic launcher composes it."""
    cfg = loader.load_sweep_config(master, list(overrides))
    with read_write(cfg.hydra):
        cfg.hydra.job.id = cfg.hydra.job.num = number
    return cfg


VALUES = {
    "optimizer": ["sgd", "adam", "momentum"],
    "model": ["mlp", "two_layer"],
    "task": ["surface", "classification"],
    "sweeps": ["bn_weight_scale", "null"],
    "init": ["normal", "he"],
    "optimizer.lr": ["0.1", "1e-3", "5"],
    "bn": ["true", "False"],
    "seed": ["0", "77"],
    "model.hidden": ["[10,20]", "[]"],
    "trainer.epochs": ["3", "null"],
    "trainer.iterations": ["5", "${trainer.batch_size}"],
    "trainer": ["{epochs:2,batch_size:7}"],
    "tracking.run_name": ["a name", "'quoted, with a comma'", "${optimizer.lr}", "${hydra:job.num}"],
    "+init.scale": ["0.5"],
    "++dataset.train_size": ["100"],
    "~tracking.run_name": [None],
    "hydra.sweep.subdir": ["${hydra.job.override_dirname}"],
}


@st.composite
def overrides(draw):
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=7))
    pairs = ((key, draw(st.sampled_from(VALUES[key]))) for key in keys)
    return [key if value is None else f"{key}={value}" for key, value in pairs]


def outcome(compose):
    """All that was composed, resolved where that is possible; or the kind of mistake."""
    running = HydraConfig.instance().cfg
    try:
        cfg = compose()
        HydraConfig.instance().set_config(cfg)
        plain = OmegaConf.to_container(cfg, resolve=False)
        task = {name: OmegaConf.to_yaml(cfg[name], resolve=True) for name in ("trainer", "tracking")}
        return plain, task, cfg.hydra.sweep.subdir
    except ConfigCompositionException as mistake:
        return type(mistake), str(mistake).splitlines()[0]
    except Exception as mistake:
        return type(mistake)
    finally:
        HydraConfig.instance().cfg = running


@pytest.mark.long
@pytest.mark.slow
@settings(max_examples=15)
@given(jobs=st.lists(overrides(), min_size=1, max_size=3))
def test_every_job_is_composed_as_hydra_does_it(hydra, jobs):
    loader, master = hydra
    composer = Composer(loader, master)

    def ours(job, number):
        cfg = composer.compose(job)
        with read_write(cfg.hydra):
            cfg.hydra.job.id = cfg.hydra.job.num = number
        return cfg

    for number, job in enumerate([*jobs, jobs[0]]):  # the first again: what was kept must not have been written to
        assert outcome(lambda n=number, j=job: ours(j, n)) == outcome(
            lambda n=number, j=job: hydras_own(loader, master, j, n)
        )


def test_each_combination_of_groups_is_composed_once(hydra, monkeypatch):
    loader, master = hydra
    composer, asked = Composer(loader, master), []
    monkeypatch.setattr(
        composer,
        "_compose_slowly",
        lambda choices: asked.append(choices) or loader.load_sweep_config(master, [*choices]),
    )
    for number, (optimizer, lr) in enumerate((o, lr) for o in ("sgd", "adam") for lr in range(1, 20)):
        job = composer.job([f"optimizer={optimizer}", f"optimizer.lr={lr}"], number)
        assert job.settings.optimizer.lr == lr
        assert job.folder.name == str(number)
    assert asked == [("optimizer=sgd",), ("optimizer=adam",)]


def test_a_job_knows_what_was_typed_and_chosen(hydra):
    job = Composer(*hydra).job(["optimizer=adam", "bn=True", "tracking.sweep=mine"], 3)
    assert job.overrides == ["optimizer=adam", "bn=true", "tracking.sweep=mine"]
    assert job.choices["optimizer"] == "adam"
    assert job.sweep == "mine"
    assert "hydra" not in job.resolved


def test_a_grid_is_all_combinations_in_hydras_grammar(hydra):
    loader, _ = hydra
    made = grid(loader, {"bn": "true,false"}, ["optimizer=sgd,adam", "seed=range(2)", "trainer.epochs=1"])
    assert made.swept == ["bn", "optimizer", "seed"]
    assert len(made.jobs) == 8
    assert made.jobs[1] == ["bn=True", "optimizer=sgd", "seed=1", "trainer.epochs=1"]


def test_the_command_line_wins_over_the_files_parameters(hydra):
    loader, _ = hydra
    made = grid(loader, {"bn": "true,false", "seed": "1,2"}, ["bn=true"])
    assert made.swept == ["seed"]
    assert [job[0] for job in made.jobs] == ["bn=True", "bn=True"]


CASES = [
    ["optimizer=sgd", "optimizer.lr=0.01"],
    ["optimizer=momentum", "optimizer.lr=0.3", "optimizer.momentum=0.8"],
    ["optimizer=adam", "optimizer.lr=0.01"],
]


def test_cases_are_overrides_that_go_together(hydra):
    loader, _ = hydra
    made = grid(loader, {"bn": "true,false"}, ["seed=range(2)"], CASES)
    assert made.swept == ["optimizer", "bn", "seed"]  # the rates follow from the optimizer
    assert len(made.jobs) == 12
    assert made.jobs[5] == ["optimizer=momentum", "optimizer.lr=0.3", "optimizer.momentum=0.8", "bn=True", "seed=1"]


def test_an_override_of_a_case_narrows_a_sweep_to_such_cases(hydra):
    loader, _ = hydra
    made = grid(loader, {}, ["optimizer=adam"], CASES)
    assert made.jobs == [["optimizer=adam", "optimizer.lr=0.01"]]
    assert made.swept == []
    made = grid(loader, {}, ["optimizer=adam,sgd", "bn=false"], CASES)
    assert made.jobs == [
        ["optimizer=sgd", "optimizer.lr=0.01", "bn=False"], ["optimizer=adam", "optimizer.lr=0.01", "bn=False"],
    ]  # fmt: skip
    assert made.swept == ["optimizer"]


def test_what_no_case_has_is_set_in_all(hydra):
    loader, _ = hydra
    made = grid(loader, {}, ["optimizer.lr=0.02", "seed=3"], CASES)
    assert [job[-2:] for job in made.jobs] == [["optimizer.lr=0.02", "seed=3"]] * 3
    assert [job[0] for job in made.jobs] == ["optimizer=sgd", "optimizer=momentum", "optimizer=adam"]


def test_overrides_come_with_another_where_it_is_typed_and_typed_ones_win(hydra):
    loader, _ = hydra
    when = {"dataset=digits": ["dataset.train_size=100", "seed=1"]}
    made = grid(loader, {"bn": "true,false"}, ["dataset=digits", "seed=2"], when=when)
    assert made.jobs[0] == ["bn=True", "dataset.train_size=100", "seed=2", "dataset=digits"]
    assert grid(loader, {}, ["dataset=mnist"], when=when).jobs == [["dataset=mnist"]]


def test_cases_that_do_not_follow_from_one_another_are_two_factors(hydra):
    loader, _ = hydra
    made = grid(loader, {}, [], [["bn=true", "seed=1"], ["bn=false", "seed=1"], ["bn=true", "seed=2"]])
    assert made.swept == ["bn", "seed"]


def test_a_sweep_in_a_case_is_refused(hydra):
    loader, _ = hydra
    with pytest.raises(
        SettingError, match=r"hydra\.sweeper\.cases=bn=true,false: a case has one value of each setting"
    ):
        grid(loader, {}, [], [["bn=true,false"]])


JOBS_OF_ONE_FAMILY = {
    "optimizer.lr": ["0.1", "1e-3", "5", "-1", "fast"],
    "bn": ["true", "False"],
    "seed": ["0", "77", "-3", "1_000", "007", "1.5"],
    "model.hidden": ["[10,20]", "[]"],
    "trainer.epochs": ["3", "null"],
    "trainer.iterations": ["5", "${trainer.batch_size}"],
    "trainer": ["{epochs:2,batch_size:7}"],
    "tracking.run_name": ["a name", "${optimizer.lr}", "${hydra:job.num}"],
    "report.y": ["[train/loss,val/loss]", "${objective.metric}"],
    "+init.scale": ["0.5"],
    "+init.width": ["0.5"],
    "++dataset.train_size": ["100"],
    "plugins": ["null", "[missing.py]"],
    "hydra.sweep.subdir": ["${hydra.job.override_dirname}"],
    "hydra.job.chdir": ["true"],
}


@st.composite
def jobs_of_one_family(draw):
    keys = draw(st.lists(st.sampled_from(sorted(JOBS_OF_ONE_FAMILY)), unique=True, max_size=4))
    return [f"{key}={draw(st.sampled_from(JOBS_OF_ONE_FAMILY[key]))}" for key in keys]


def configured(compose):
    """The configuration of a job, or its mistake."""
    try:
        return compose()
    except Exception as mistake:
        return type(mistake), str(mistake)


@pytest.mark.parametrize("examples", [pytest.param(4, id="some"), pytest.param(30, id="many", marks=pytest.mark.slow)])
def test_a_job_composed_by_sections_is_the_job_composed_as_a_whole(hydra, examples):
    assert hydra[1].hydra.sweep.dir  # the time in it is read once

    @settings(max_examples=examples, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(jobs=st.lists(jobs_of_one_family(), min_size=2, max_size=4))
    def check(jobs):
        by_sections, whole = Composer(*hydra), Composer(*hydra)
        for number, job in enumerate([["seed=5"], *jobs, jobs[0]]):
            assert configured(lambda n=number, j=job: by_sections.job(j, n)) == configured(
                lambda n=number, j=job: whole._whole(j, n)
            )

    check()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seed", "${trainer.batch_size}"),
        ("model.hidden", "[${trainer.batch_size}]"),
        ("trainer.epochs", "${oc.select:trainer.batch_size,3}"),
        ("hydra.sweep.dir", "logs/${seed}"),
        ("hydra.sweep.subdir", "${seed}"),
        ("+hydra.job.env_set.A", "${seed}"),
        ("hydra.output_subdir", ".hydra"),
    ],
)
def test_sections_that_depend_on_others_are_not_composed_alone(hydra, setting, value):
    composer = Composer(*hydra)
    base = composer.compose([f"{setting}={value}"])
    first = composer._whole([f"{setting}={value}"], 0)
    assert Sections.of(composer.compose([]), composer._whole([], 0), 0) is not None
    assert Sections.of(base, first, 0) is None
