"""A run is a pure function of its settings, and settings that do not concern chance do not change the draws."""

from __future__ import annotations

import numpy as np
import pytest

from zerosweep.data.digits import Digits
from zerosweep.nn.initializers import He, Normal
from zerosweep.nn.mlp import MLP
from zerosweep.optim.adaptive import Adam
from zerosweep.optim.descent import SGD
from zerosweep.optim.regularizers import Regularizer
from zerosweep.training.loop import Trainer
from zerosweep.training.records import Evaluation

SHORT = Trainer(iterations=20, batch_size=50)


def batches_seen(run) -> list[bytes]:
    """The mini-batches of a run as it trains, inputs and targets."""
    seen, deal = [], run.problem.batches.next

    def spy():
        batch = deal()
        seen.append(batch.x.tobytes() + batch.targets.tobytes())
        return batch

    run.problem.batches.next = spy
    run.train()
    assert len(seen) == run.settings.trainer.iterations
    return seen


SETTINGS = {
    "plain": {},
    "bn, dropout, adam": {"bn": True, "regularizer": Regularizer(l2=0.01, dropout=0.2), "optimizer": Adam()},
    "with replacement": {"trainer": Trainer(iterations=20, batch_size=50, sampling="with_replacement")},
    "float64": {"trainer": Trainer(iterations=20, batch_size=50, dtype="float64")},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_the_same_settings_give_the_same_bits(prepare, settings):
    one, other = (prepare(**{"trainer": SHORT, "seed": 3} | settings).train() for _ in range(2))

    assert one.problem.theta.tobytes() == other.problem.theta.tobytes()
    assert one.losses == other.losses
    for a, b in zip(one.records, other.records, strict=True):
        if isinstance(a, Evaluation):  # all but the clock
            assert {n: v for n, v in a.metrics.items() if "time/" not in n} == {
                n: v for n, v in b.metrics.items() if "time/" not in n
            }


def test_another_seed_gives_other_weights_and_other_batches(prepare):
    one, other = (prepare(trainer=SHORT, seed=seed) for seed in (3, 4))

    assert not np.array_equal(one.problem.theta, other.problem.theta)
    assert batches_seen(one) != batches_seen(other)
    assert one.losses != other.losses


CHANGES = {
    "bn": {"bn": True},
    "optimizer": {"optimizer": Adam(lr=0.05)},
    "rate": {"optimizer": SGD(lr=0.001)},
    "model": {"model": MLP(hidden=[7], activation="tanh")},
    "dropout": {"regularizer": Regularizer(dropout=0.3)},
    "init": {"init": Normal(scale=0.5)},
    "evaluations": {"trainer": Trainer(iterations=20, batch_size=50, eval_every=1)},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_run_that_differs_in_one_setting_sees_the_same_batches(prepare, change):
    plain, changed = prepare(trainer=SHORT), prepare(**{"trainer": SHORT} | change)

    assert batches_seen(plain) == batches_seen(changed)


def test_batch_normalization_leaves_the_initial_weights_alone(prepare):
    plain, normalized = (prepare(bn=bn).problem.network.parameters for bn in (False, True))

    for layer in ("dense1.W", "dense2.W", "dense3.W"):
        assert np.array_equal(plain[layer], normalized[layer])


def test_a_layer_more_leaves_the_draws_of_the_layers_before_it_alone(prepare):
    short, long = (prepare(model=MLP(hidden=hidden)).problem.network.parameters for hidden in ([20], [20, 15]))

    assert np.array_equal(short["dense1.W"], long["dense1.W"])


def test_inits_of_another_kind_scale_the_same_draws(prepare):
    he, normal = (prepare(init=init).problem.network.parameters["dense1.W"] for init in (He(), Normal(scale=0.01)))

    assert np.allclose(he / np.sqrt(2 / 64), normal / 0.01, rtol=1e-5)


def test_the_validation_rows_do_not_depend_on_the_training_rows(prepare):
    every, few = (prepare(dataset=Digits(train_size=size)).problem.data for size in (None, 200))

    assert np.array_equal(every.validation.x, few.validation.x)
    assert np.array_equal(every.train.x[:200], few.train.x)


def test_evaluating_more_often_does_not_change_the_run(prepare):
    dropout = Regularizer(dropout=0.3)
    runs = [
        prepare(trainer=Trainer(iterations=20, eval_every=every), regularizer=dropout, bn=True).train()
        for every in (1, 20)
    ]

    assert runs[0].losses == runs[1].losses
    assert runs[0].problem.theta.tobytes() == runs[1].problem.theta.tobytes()


def test_training_twice_from_the_same_recipes_is_the_same(prepare):
    """State is in the run and not in the recipes: a used optimizer is as good as new."""
    adam = Adam(lr=0.01)
    first = prepare(optimizer=adam, trainer=SHORT).train()
    second = prepare(optimizer=adam, trainer=SHORT).train()

    assert first.losses == second.losses
