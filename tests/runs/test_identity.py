"""The config_id: settings that change it, and settings that do not."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from zerosweep.config.read import to_settings
from zerosweep.config.schemas import register
from zerosweep.runs.identity import config_id

CONF = Path(__file__).resolve().parents[2] / "conf"


@pytest.fixture
def identity():
    register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield lambda *overrides: config_id(to_settings(compose("config", list(overrides))))


@pytest.mark.parametrize(
    "other",
    ["seed=1", "bn=true", "optimizer=adam", "optimizer.lr=0.02", "trainer.eval_every=5", "regularizer=l1", "init=xavier",
     "trainer.frozen=[output]", "trainer.reduction=sum", "regularizer.dropout_scaling=test", "model.bn_affine=false",
     "model.bn_momentum=1", "dataset.train_size=100", "dataset=mnist", "trainer.dtype=float64", "model.hidden=[3]", "task=surface"],
)  # fmt: skip
def test_a_setting_that_numbers_depend_on_is_another_run(other, identity):
    assert identity(other) != identity()


@pytest.mark.parametrize(
    "other",
    ["tracking.run_name=x", "tracking.figures=false", "tracking.model=true", "diagnose.verify=true", "objective.metric=train/accuracy",
     "trainer.trace=true",
     "trainer.epochs=10", "trainer.frozen=[]", "trainer.reduction=mean", "regularizer=none", "hydra.verbose=true"],
)  # fmt: skip
def test_a_setting_that_no_number_depends_on_is_the_same_run(other, identity):
    assert identity(other) == identity()


def test_where_the_data_lie_does_not_matter(identity):
    assert identity("dataset=mnist", "dataset.dir=/here") == identity("dataset=mnist", "dataset.dir=/there")


def test_two_names_for_one_network_are_one_run(identity):
    spelled = identity("model=mlp", "model.hidden=[50]", "model.activation=sigmoid")
    assert spelled == identity("model=two_layer")


def test_the_first_step_of_adagrad_matters_unless_it_is_the_default(identity):
    plain = identity("optimizer=adagrad")
    assert identity("optimizer=adagrad", "optimizer.first_step=accumulated") == plain
    assert identity("optimizer=adagrad", "optimizer.first_step=published") != plain


def test_two_rules_with_the_same_settings_are_two_runs(identity):
    assert identity("optimizer=momentum") != identity("optimizer=nesterov")
