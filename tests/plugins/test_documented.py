"""Each plugin of docs/plugins.md does what it says, and each of its commands composes."""

import re
import shlex

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from tests.plugins.conftest import DOCUMENTED, PAGE

from zerosweep.config.grid import grid
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import GROUPS
from zerosweep.data.digits import Digits
from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.nn.dense import Dense
from zerosweep.nn.gradcheck import numerical_gradient, relative_error
from zerosweep.nn.layer import Mode, Parameter
from zerosweep.nn.network import Network
from zerosweep.places import CONF
from zerosweep.plugins.parts import PARTS
from zerosweep.runs.assemble import assemble, recordable
from zerosweep.training.loop import train
from zerosweep.training.records import Evaluation

COMMANDS = sorted(set(re.findall(r"^    python src/train\.py([^\n#]*)", PAGE, re.M)))

pytestmark = pytest.mark.usefixtures("every_part")


def settings_of(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return to_settings(compose("config", list(overrides)))


def test_there_is_a_part_of_every_kind():
    kinds = set(re.findall(r"^\| `@zs\.(\w+)\(", PAGE, re.M))
    assert {*GROUPS, "layer", "metric", "figure", "finding"} == kinds
    assert {kind for kind, _ in PARTS} == kinds
    assert len(DOCUMENTED) == len(re.findall("^```python", PAGE, re.M))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_composes(command):
    words = [word for word in shlex.split(command) if "=" in word]
    Plugins.instance()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        jobs = grid(GlobalHydra.instance().config_loader(), {}, words).jobs
        assert all(to_settings(compose("config", list(job))) for job in jobs)


def test_two_steps_of_lion_by_hand():
    """c = 0.25 · 0.4 > 0 and m = 0.5 · 0.4 = 0.2; then c = 0.75 · 0.2 - 0.25 · 0.8 < 0."""
    lion = GROUPS["optimizer"]["lion"](lr=0.1, beta1=0.75, beta2=0.5)
    theta, state = np.array([1.0]), lion.init(1, np.float64)
    lion.update(theta, np.array([0.4]), state)
    assert theta == pytest.approx([0.9])
    assert state.accumulators["m"] == pytest.approx([0.2])
    lion.update(theta, np.array([-0.8]), state)
    assert theta == pytest.approx([1.0])


def test_the_warm_up_reaches_the_full_rate():
    factor = GROUPS["schedule"]["warmup"](over=4).factor
    assert [factor(step, 6) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_the_gradient_of_the_penalty_is_that_of_its_value():
    cubic, w = GROUPS["regularizer"]["cubic"](l3=0.3), np.array([-1.5, 0.2, 2.0])
    gradient, numerical = np.zeros(3), np.zeros(3)
    cubic.add_gradient(w, gradient)
    numerical_gradient(lambda: cubic.penalty(w), w, numerical)
    assert relative_error(gradient, numerical) < 1e-7


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (4, 2, 3, 3)])
def test_the_rows_or_columns_of_the_weights_are_orthonormal(shape):
    drawn = GROUPS["init"]["orthogonal"](scale=2.0).draw(Parameter(shape, "weight", 1, 1), np.random.default_rng(0))
    w = drawn.reshape(shape[0], -1)
    product = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    assert drawn.shape == shape
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_the_hinge_loss_by_hand_and_its_gradient():
    hinge, targets = GROUPS["loss"]["hinge"](margin=1.0), np.array([0, 2])
    outputs = np.array([[2.0, 1.5, 0.0], [0.3, -0.4, 0.1]])
    gradient, numerical = np.empty_like(outputs), np.empty_like(outputs)
    value = hinge.value_and_gradient(outputs, targets, gradient)
    assert value == pytest.approx((0.5 + 1.2 + 0.5) / 2)
    numerical_gradient(lambda: hinge.value(outputs, targets), outputs.ravel(), numerical.ravel())
    assert relative_error(gradient.ravel(), numerical.ravel()) < 1e-7
    one_hot = np.eye(3)[targets]
    assert hinge.value(outputs, one_hot) == value


@pytest.mark.parametrize("shape", [(5,), (2, 3, 3)])
def test_the_gradient_of_the_layer_is_that_of_its_values(shape):
    network = Network([ACTIVATIONS["elu"]()], shape, np.float64)
    x = np.random.default_rng(1).uniform(0.1, 2, (3, *shape)) * np.random.default_rng(2).choice([-1, 1], (3, *shape))
    weights = np.random.default_rng(3).standard_normal(x.shape)
    network.forward(x, Mode.TRAIN)
    dx, numerical = network.layers[0].backward(weights).copy(), np.empty(x.size)
    numerical_gradient(lambda: float((network.forward(x, Mode.REPLAY) * weights).sum()), x.reshape(-1), numerical)
    assert relative_error(dx.reshape(-1), numerical) < 1e-6


def test_the_model_has_its_own_layer():
    layers = GROUPS["model"]["wide"](units=7).layers(3, bn=False, dropout=0)
    assert [type(layer).__name__ for layer in layers] == ["Flatten", "Dense", "ELU", "Dense"]
    assert [layer.units for layer in layers if isinstance(layer, Dense)] == [7, 3]


def test_the_labels_are_the_same_in_another_order():
    digits, shuffled = Digits().source(), GROUPS["dataset"]["random_labels"]().source()
    assert (np.bincount(digits.labels) == np.bincount(shuffled.labels)).all()
    assert 0.05 < np.mean(digits.labels == shuffled.labels) < 0.15
    assert digits.identity != shuffled.identity


@pytest.mark.slow
@pytest.mark.parametrize(
    "override",
    [
        *("optimizer=lion", "schedule=warmup", "regularizer=cubic", "init=orthogonal", "loss=hinge"),
        *("model=wide", "model.activation=elu", "dataset=random_labels"),
    ],
)
def test_every_part_trains(override):
    rate = [] if override == "optimizer=lion" else ["optimizer=adam", "optimizer.lr=0.003"]
    settings = settings_of(override, *rate, "trainer.iterations=40", "trainer.eval_every=40")
    *_, last = train(assemble(settings), settings.optimizer, settings.schedule, settings.trainer)
    assert isinstance(last, Evaluation)
    assert last.metrics["parameter_norm"] > 1
    assert last.metrics["train/accuracy"] > (0.2 if override != "dataset=random_labels" else 0.05)
    assert last.metrics.keys() <= set(recordable(settings))


def test_the_gradient_of_the_function_is_that_of_its_values():
    task, x = GROUPS["task"]["rosenbrock"](dimensions=4), np.array([0.3, -1.2, 0.8, 2.0])
    gradient, numerical = np.empty(4), np.empty(4)
    assert task.value_and_gradient(np.ones(4), np.empty(4)) == 0
    task.value_and_gradient(x, gradient)
    numerical_gradient(lambda: task.value_and_gradient(x, np.empty(4)), x, numerical)
    assert relative_error(gradient, numerical) < 1e-7


def test_a_task_of_ones_own_is_minimised():
    adam = ("optimizer=adam", "optimizer.lr=0.05")
    settings = settings_of("task=rosenbrock", *adam, "trainer.gradient=both", "trainer.dtype=float64")
    assert (settings.objective.metric, settings.trainer.iterations) == ("surface/value", 100)
    assert settings_of("task=rosenbrock", "trainer.epochs=7").trainer.steps(1) == 7
    first, *_, last = (
        record
        for record in train(assemble(settings), settings.optimizer, settings.schedule, settings.trainer)
        if isinstance(record, Evaluation)
    )
    assert first.metrics["surface/value"] == 404
    assert last.metrics["surface/value"] < 4
    assert last.metrics["gradient_difference"] < 1e-6
    assert last.metrics.keys() <= set(recordable(settings))


def test_a_metric_may_be_the_objective():
    assert settings_of("objective.metric=parameter_norm").objective.metric in recordable(settings_of())
