"""Facts about a run before it is assembled: the metrics that it can record, and the settings that it refuses."""

import pytest

from zerosweep.config.schemas import Settings
from zerosweep.data.digits import Digits
from zerosweep.errors import SettingError
from zerosweep.nn.cnn import CNN
from zerosweep.nn.initializers import He
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.runs.assemble import RUN_METRICS, assemble, recordable
from zerosweep.tasks.classification import Classification
from zerosweep.tasks.surface import Surface
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import Evaluation

TRAINER = Trainer(iterations=1)


def images(model, **more) -> Settings:
    groups = {"init": He(), "loss": CrossEntropy(), "regularizer": Regularizer()} | more
    return Settings(
        task=Classification(),
        dataset=Digits(),
        model=model,
        optimizer=SGD(),
        schedule=Constant(),
        trainer=TRAINER,
        **groups,
    )


RUNS = {
    "relu": images(MLP(hidden=[5, 4, 3], activation="relu")),
    "sigmoid with batch normalization": images(MLP(hidden=[5], activation="sigmoid"), bn=True),
    "no hidden layer": images(MLP(hidden=[])),
    "penalties and dropout": images(MLP(hidden=[5, 4]), regularizer=Regularizer(l2=0.1, dropout=0.5)),
    "a CNN": images(CNN(channels=[2])),
    "a surface": Settings(task=Surface(), optimizer=SGD(), schedule=Constant(), trainer=TRAINER),
}


@pytest.mark.parametrize("kind", RUNS)
def test_what_can_be_recorded_is_what_a_run_records(kind):
    settings = RUNS[kind]
    if isinstance(settings.task, Surface):
        settings.objective.metric = "surface/value"
    records = list(train(assemble(settings), settings.optimizer, settings.schedule, settings.trainer))
    seen = {name for record in records if isinstance(record, Evaluation) for name in record.metrics}
    assert set(recordable(settings)) == {"train/loss", *seen, *RUN_METRICS}
    assert "time/steps_per_second" in seen


def test_what_may_be_optimised_instead_has_no_test_figure():
    settings = images(MLP(hidden=[5]))
    settings.objective.metric = "tst/accuracy"
    with pytest.raises(
        SettingError, match="must be one of train/loss, train/accuracy, val/accuracy, val/loss; did"
    ) as refused:
        recordable(settings)
    assert "test/" not in str(refused.value)
