"""One or several examples of every figure that the project draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from tests.figures.comparisons import failed, product, run
from tests.figures.search.conftest import tried

from zerosweep.config.schemas import Settings
from zerosweep.data.digits import Digits
from zerosweep.figures.drawing.compared import ComparedRun
from zerosweep.figures.drawing.histograms import as_arrays, histograms
from zerosweep.figures.run.predictions import predictions
from zerosweep.figures.run.registry import run_figures
from zerosweep.figures.search.best_panels import best_panels
from zerosweep.figures.search.registry import search_figures
from zerosweep.figures.sweep.registry import comparison_figures
from zerosweep.nn.cnn import CNN
from zerosweep.nn.initializers import He
from zerosweep.nn.losses import CrossEntropy
from zerosweep.nn.mlp import MLP
from zerosweep.optim.descent import SGD
from zerosweep.optim.regularizers import Regularizer
from zerosweep.optim.schedules import Constant
from zerosweep.runs.assemble import assemble
from zerosweep.tasks.classification import Classification, ClassificationProblem
from zerosweep.tasks.surface import Surface
from zerosweep.training.loop import Trainer, train
from zerosweep.training.records import History
from zerosweep.training.traces import traces

OPTIMIZERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]

RUNS = {
    "mlp": {"trainer": Trainer(epochs=3)},
    "ten layers": {"model": MLP(hidden=[8] * 10), "trainer": Trainer(iterations=5)},
    "diverged": {"optimizer": SGD(lr=1e6)},
    "traced": {"trainer": Trainer(iterations=20, trace=True)},
    "cnn": {"model": CNN(channels=[4]), "bn": True, "trainer": Trainer(iterations=10)},
    "surface": {"task": Surface()},
}


def trained(**changes) -> tuple[ClassificationProblem, History, dict]:
    """Return a problem after a short training, its history, and its hidden outputs before."""
    network = {"dataset": Digits(), "model": MLP(hidden=[20, 10]), "init": He(), "loss": CrossEntropy()}
    always = {"task": Classification(), "optimizer": SGD(lr=0.1), "schedule": Constant(), "regularizer": Regularizer()}
    settings = Settings(**always | network | {"trainer": Trainer(epochs=1)} | changes)
    problem = assemble(settings)
    before = {layer: outputs.copy() for layer, outputs in problem.activations().items()}
    history = History(problem.classes)
    for record in train(problem, settings.optimizer, settings.schedule, settings.trainer):
        history.add(record)
    return problem, history, before


def figures_of_runs() -> Iterator[tuple[str, Figure]]:
    """Yield each figure of several kinds of runs."""
    for name, changes in RUNS.items():
        problem, history, before = trained(**changes)
        counted = predictions(problem) if isinstance(problem, ClassificationProblem) and not history.diverged else None
        outputs = histograms(before), histograms(problem.activations())
        for figure, draw in run_figures(history, problem, *outputs, f"{name}: learned", counted):
            yield f"run/{figure} of {name}", draw()


def curve(top: float, end: int = 200, fast: float = 60.0) -> tuple[list[int], list[float]]:
    """Return steps and values of a curve that rises to nearly `top`."""
    steps = [*range(0, end + 1, 10)]
    return steps, [0.1 + (top - 0.1) * (1 - float(np.exp(-step / fast))) for step in steps]


def optimizers() -> list[ComparedRun]:
    """Return runs of each optimizer with and without batch normalization, three seeds, of which some diverge."""
    runs = []
    for i, levels in enumerate(product(optimizer=OPTIMIZERS, bn=["true", "false"])):
        for seed in range(3):
            steps, values = curve(0.97 - 0.05 * i / 14 - 0.02 * seed, fast=20 + 15 * i)
            verdict = "diverged" if levels == {"optimizer": "momentum", "bn": "false"} and seed == 2 else "learned"
            cut = 8 if verdict == "diverged" else None
            runs.append(ComparedRun(levels, str(seed), verdict, values[:cut][-1], steps[:cut], values[:cut], {}, 13))
    return runs


def weight_scales() -> list[ComparedRun]:
    """Return the runs of a grid like that of experiment E1."""
    runs = []
    for levels in product(init__scale=[f"{10**x:.4g}" for x in np.linspace(-4, 0, 16)], bn=["true", "false"]):
        scale, bn = float(levels["init.scale"]), levels["bn"] == "true"
        if scale == 1 and not bn:
            runs.append(failed(levels, "diverged"))
            continue
        steps, values = curve(0.9 if bn else 0.1 + 0.8 * (scale > 0.1))
        verdict = "diverged" if scale > 0.5 and not bn else "learned" if values[-1] > 0.5 else "stuck"
        cut = 3 if verdict == "diverged" else None
        runs.append(ComparedRun(levels, "", verdict, values[:cut][-1], steps[:cut], values[:cut]))
    return runs


def heat(repeats: int = 1) -> list[ComparedRun]:
    """Return the runs of two grids of learning rates and weight scales."""
    lrs, scales = ["0.0001", "0.001", "0.01", "0.1", "1"], ["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"]
    runs = []
    for i, levels in enumerate(product(optimizer__lr=lrs, init__scale=scales, bn=["true", "false"])):
        for seed in range(repeats):
            value = 0.5 + 0.4 * float(np.sin(i))
            verdict = ("learned", "learned", "slow", "stuck", "learned", "dying", "diverged")[i % 7]
            runs.append(ComparedRun(levels, str(seed), verdict, value, [0, 10], [0.1, value]))
    return runs


def scattered() -> list[ComparedRun]:
    """Return the runs of a random search."""
    rng = np.random.default_rng(0)
    return [
        ComparedRun(
            {"optimizer.lr": f"{10 ** rng.uniform(-4, 0):.6g}", "init.scale": f"{10 ** rng.uniform(-4, 0):.6g}"},
            "", "stuck" if i % 5 == 1 else "learned", float(rng.uniform()), [0, 10], [0.1, float(rng.uniform())],
        )
        for i in range(30)
    ]  # fmt: skip


def with_arrays() -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a comparison that are drawn from saved arrays."""
    rng = np.random.default_rng(0)
    layers = {f"hidden{i + 1}": rng.standard_normal((50, 20)) for i in range(5)}
    saved = as_arrays(histograms(layers), histograms(layers))
    levels = product(model__activation=["relu", "sigmoid"], init__scale=["0.01", "1"])
    rows = [ComparedRun(each, "", "learned", 0.9, [], [], saved) for each in levels]
    yield from comparison_figures(rows, ["model.activation", "init.scale"], "val/accuracy", "a", figure="histograms")
    problem, history, _ = trained(trainer=Trainer(iterations=20, trace=True))
    both = product(optimizer=["sgd", "adam"], bn=["true", "false"])
    traced = [ComparedRun(each, "", "learned", 0.9, [], [], traces(problem, history)) for each in both]
    yield from comparison_figures(traced, ["optimizer", "bn"], "val/accuracy", "a", figure="traces")
    paths = []
    for i, each in enumerate(product(optimizer=["sgd", "momentum", "adagrad", "adam"])):
        turn = np.linspace(0, 3 + i, 30)
        path = np.stack([-7 * np.exp(-turn), 2 * np.exp(-turn) * np.cos(4 * turn)], axis=1)
        arrays = {"path": path, "coefficients": np.array([0.05, 1.0])}
        paths.append(ComparedRun(each, "", "learned", 0.1, [], [], arrays))
    yield from comparison_figures(paths, ["optimizer"], "surface/value", "a", figure="trajectories")
    x = np.linspace(-3, 3, 9)
    gradient = np.stack(np.meshgrid(2 * x, 2 * x), axis=-1)
    field = {"x0": x, "x1": x, "gradient": gradient, "coefficients": np.array([1.0, 1.0])}
    one = [ComparedRun({"trainer.gradient": by}, "", "learned", 0.1, [], [], field) for by in ("backprop", "numerical")]
    yield from comparison_figures(one, ["trainer.gradient"], "surface/value", "a", figure="gradient_field")
    derivatives = rng.standard_normal(500) / 100
    pair = {"backprop": derivatives, "numerical": derivatives + 1e-9}
    two = [ComparedRun(each, "", "learned", 0.1, [], [], pair) for each in product(model__activation=["relu", "tanh"])]
    yield from comparison_figures(two, ["model.activation"], "val/accuracy", "a", figure="gradients")


def of_experiments() -> Iterator[tuple[str, Figure]]:
    """Yield the figures that single published experiments need."""
    scales = [each for each in weight_scales() if each.values]
    yield from comparison_figures(scales, ["init.scale", "bn"], "train/accuracy", "E1", figure="weight_scales")
    costs = []
    for levels in product(bn=["true", "false"], optimizer__lr=["0.01", "1"], metric=["train/loss", "val/accuracy"]):
        steps, values = curve(0.9)
        costs.append(ComparedRun(levels, "", "learned", values[-1], [10 * step for step in steps], values))
    yield from comparison_figures(costs, ["bn", "optimizer.lr", "metric"], "a", "E2", figure="training_cost")
    weight = np.linspace(-1, 1, 41)
    cut = {"weight": weight, "loss": weight**2, "accuracy": 0.5 + 0.1 * (weight > 0), "at": np.array(0.2)}
    both = [
        ComparedRun({"metric": y}, "", "learned", 0.9, *curve(0.9), cut) for y in ("train/accuracy", "test/accuracy")
    ]
    yield from comparison_figures(both, ["metric"], "accuracy", "E3", figure="two_layer")
    steps = [f"{10.0**-i:g}" for i in range(1, 15)]
    rounded = [
        ComparedRun(each, "", "learned", float(each["trainer.difference_step"]) ** 2 + 1e-12, [], [])
        for each in product(trainer__dtype=["float32", "float64"], trainer__difference_step=steps)
    ]
    yield from comparison_figures(
        rounded, ["trainer.dtype", "trainer.difference_step"], "gradient_difference", "E3", figure="rounding"
    )
    paths = []
    for i, each in enumerate(product(task__function=["bowl", "ravine", "saddle"], optimizer=OPTIMIZERS[:4])):
        turn = np.linspace(0, 3 + i % 4, 30)
        path = np.stack([-7 * np.exp(-turn), 2 * np.exp(-turn) * np.cos(4 * turn)], axis=1)
        arrays = {"path": path, "coefficients": np.array([0.05, 1.0]), "minima": np.zeros((1, 2))}
        paths.append(ComparedRun(each, "", "learned", 0.1, [*range(30)], [*np.exp(-turn)], arrays))
    yield from comparison_figures(paths, ["task.function", "optimizer"], "surface/value", "E4", figure="landscapes")
    batches = {"step": np.arange(1, 201), "accuracy": np.linspace(0, 1, 200)}
    seeds = [replace(each, arrays=batches) for each in optimizers() if each.level("optimizer") in OPTIMIZERS[:5]]
    yield from comparison_figures(seeds, ["optimizer", "bn"], "test/accuracy", "E4", figure="optimizers")
    cases = product(
        regularizer=["none", "l2", "l1", "dropout", "dropout_l1"],
        trainer__frozen=["[]", "[output]"],
        metric=["train/accuracy", "test/accuracy"],
    )
    regularized = [run(each) for each in cases]
    yield from comparison_figures(
        regularized, ["regularizer", "trainer.frozen", "metric"], "accuracy", "E5", figure="regularizers"
    )


def figures_of_sweeps() -> Iterator[tuple[str, Figure]]:
    """Yield each figure of several sweeps."""
    made = {
        "optimizers": (optimizers(), ["optimizer", "bn"], {"panels": "bn", "lines": "optimizer"}),
        "weight scales": (weight_scales(), ["init.scale", "bn"], {}),
        "two grids": (heat(), ["optimizer.lr", "init.scale", "bn"], {}),
        "two grids of repeats": (heat(3), ["optimizer.lr", "init.scale", "bn"], {"figure": "heat_map"}),
        "a random search": (scattered(), ["optimizer.lr", "init.scale"], {}),
        "forty panels": (
            [
                run(each)
                for each in product(optimizer=OPTIMIZERS[:5], init__scale=["1", "2", "3", "4"], bn=["true", "false"])
            ],
            ["optimizer", "init.scale", "bn"],
            {"figure": "curves"},
        ),
        "a plugin's words": (
            [run(each) for each in product(optimizer=["lion", "sgd"], my_part__warm_up=["1", "2", "3"])],
            ["optimizer", "my_part.warm_up"],
            {},
        ),
        "metrics": (
            [run({"metric": y, "bn": bn}) for y in ("train/accuracy", "val/accuracy") for bn in ("true", "false")],
            ["bn", "metric"],
            {},
        ),
    }
    for name, (runs, factors, choice) in made.items():
        for figure, drawn in comparison_figures(runs, factors, "val/accuracy", f"A sweep of {name}", **choice):
            yield f"sweep/{figure} of {name}", drawn
    for figure, drawn in with_arrays():
        yield f"sweep/{figure}", drawn
    for figure, drawn in of_experiments():
        yield f"experiment/{figure}", drawn


def figures_of_searches() -> Iterator[tuple[str, Figure]]:
    """Yield each figure of a search with two objectives and of one with a single one."""
    rng = np.random.default_rng(0)
    trials, curves = [], {}
    for i in range(60):
        lr, scale, bn = 10 ** rng.uniform(-4, 0), 10 ** rng.uniform(-4, 0), "true" if i % 3 else "false"
        state = "pruned" if i % 4 == 1 else "diverged" if i % 11 == 5 else "failed" if i == 7 else "complete"
        steps, values = curve(rng.uniform(0.3, 1.0))
        numbers = (values[-1], 10 * rng.uniform()) if state == "complete" else ()
        reported = [*zip(steps, values, strict=True)][: 6 if state == "pruned" else None]
        trials.append(
            tried(
                i,
                *numbers,
                state=state,
                verdict="stuck" if values[-1] < 0.4 else "learned",
                curve=reported,
                optimizer__lr=lr,
                init__scale=scale,
                bn=bn,
                optimizer=OPTIMIZERS[i % 3],
            )
        )
        curves[i] = {"train/accuracy": (steps, values), "val/accuracy": (steps, [0.95 * value for value in values])}
    log, importances = frozenset(["optimizer.lr", "init.scale"]), {"optimizer.lr": 0.6, "init.scale": 0.3, "bn": 0.1}
    both = {"val/accuracy": "maximize", "time/seconds": "minimize"}
    for metrics, name in ((both, "two objectives"), ({"val/accuracy": "maximize"}, "one objective")):
        for figure, drawn in search_figures(trials, metrics, log, importances, f"A search with {name}"):
            yield f"search/{figure} with {name}", drawn
    yield "search/best", best_panels(trials, curves, "val/accuracy", title="A search", count=20)


def gallery() -> Iterator[tuple[str, Figure]]:
    """Yield every figure with a name."""
    yield from figures_of_runs()
    yield from figures_of_sweeps()
    yield from figures_of_searches()
