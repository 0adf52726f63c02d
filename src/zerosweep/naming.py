"""Names for people: of settings, of their values and of runs.

Figures, tables, reports, progress lines and MLflow all take their texts from here. The words are in a table of their
own and not in the metadata of the recipes' fields: those sources determine the `code_id`, and another word for a
setting must not make recorded runs obsolete. A setting without an entry, such as a plugin's, is called by its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zerosweep.masking import masked

DIGITS = 3
"""Significant digits of a number in a name."""

MORE_DIGITS = (4, 6, 9, 17)
"""Significant digits that are tried, one after the other, where `DIGITS` do not tell the runs of a sweep apart."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
"""Pattern of a finite number as text."""

INTEGER = re.compile(r"[+-]?\d+")
"""Pattern of an integer as text. Its digits all stay: it may be a seed or a count."""

GROUPS = {
    "task": "task",
    "dataset": "data set",
    "model": "model",
    "optimizer": "optimizer",
    "schedule": "schedule",
    "regularizer": "regularizer",
    "init": "weight init",
    "loss": "loss",
}
"""The config groups in words. In the name of a run the option of a group stands alone: "adam"."""

COUNTS = {
    "dataset.train_size": "training images",
    "dataset.val_size": "validation images",
    "dataset.test_size": "test images",
    "dataset.classes": "classes",
    "trainer.epochs": "epochs",
    "trainer.iterations": "iterations",
    "trainer.eval_rows": "rows in an evaluation",
}
"""The settings that count something, in words. In a title the number comes first: "300 training images"."""

WORDS = {
    **GROUPS,
    **COUNTS,
    "bn": "batch normalization",
    "seed": "seed",
    "task.function": "surface",
    "task.start": "start",
    "dataset.normalize": "normalized inputs",
    "dataset.one_hot": "one-hot labels",
    "dataset.path": "data file",
    "dataset.dir": "data folder",
    "model.hidden": "hidden layers",
    "model.activation": "activation",
    "model.slope": "leaky slope",
    "model.bn_epsilon": "batch-normalization ε",
    "model.bn_momentum": "batch-normalization momentum",
    "model.bn_affine": "γ and β behind batch normalization",
    "model.absorb_bias": "absorbed biases",
    "model.kernel": "kernel size",
    "optimizer.lr": "learning rate",
    "optimizer.beta1": "β₁",
    "optimizer.beta2": "β₂",
    "optimizer.epsilon": "ε",
    "optimizer.epsilon_inside": "ε inside the root",
    "optimizer.first_step": "first step",
    "schedule.every": "steps between drops",
    "schedule.gamma": "factor of each drop",
    "schedule.floor": "lowest learning rate",
    "regularizer.l1": "L1 penalty",
    "regularizer.l2": "L2 penalty",
    "regularizer.dropout": "dropout",
    "regularizer.dropout_scaling": "dropout scaled in",
    "regularizer.output": "penalty on the output layer",
    "init.scale": "weight scale",
    "loss.clip": "clip of probabilities",
    "trainer.batch_size": "batch size",
    "trainer.sampling": "sampling",
    "trainer.eval_every": "steps between evaluations",
    "trainer.dtype": "number type",
    "trainer.gradient": "gradient",
    "trainer.frozen": "frozen layers",
    "trainer.reduction": "gradients of a mini-batch as",
    "trainer.trace": "traces of single units",
}
"""The settings in words."""

SELF_EVIDENT = {*GROUPS, "task.function", "model.activation", "trainer.dtype"}
"""The settings whose value tells which setting it is: "relu" is an activation."""

USUALLY_ON = {"dataset.normalize", "model.absorb_bias", "model.bn_affine", "regularizer.output"}
"""The switches that are true by default. All others are false by default."""

OPTIONS = {
    "adagrad": "AdaGrad",
    "adam": "Adam",
    "adamw": "AdamW",
    "cnn": "CNN",
    "cross_entropy": "cross-entropy",
    "csv": "CSV",
    "dropout_l1": "dropout and L1",
    "he": "He",
    "he_uniform": "He uniform",
    "idx": "IDX",
    "kaggle": "Kaggle",
    "l1": "L1",
    "l2": "L2",
    "leaky_relu": "leaky ReLU",
    "mlp": "MLP",
    "mnist": "MNIST",
    "momentum": "momentum",
    "mse": "squared error",
    "nesterov": "Nesterov momentum",
    "npz": "NPZ",
    "relu": "ReLU",
    "rmsprop": "RMSProp",
    "sgd": "SGD",
    "two_layer": "two-layer MLP",
    "xavier": "Xavier",
    "xavier_uniform": "Xavier uniform",
}
"""The proper names of options. Any other option is called as it is on the command line."""

NOUNS = {"init": "weights", "schedule": "schedule", "loss": "loss"}
"""The noun after the option of a group, without which its title would say too little: "He weights"."""

ABSENT = ("none", "null")
"""The options of a group that stand for nothing."""

DEFAULT = "default"
"""The name of a run that differs from the defaults in nothing."""


def words(setting: str) -> str:
    """Return the name of a setting in words.

    >>> words("init.scale"), words("optimizer"), words("optimizer.warm_up")
    ('weight scale', 'optimizer', 'warm up')
    """
    return WORDS.get(setting) or short(setting).replace("_", " ")


def short(setting: str) -> str:
    """Return the shortest usual name of a setting: the last part of its dotted name.

    >>> short("optimizer.lr")
    'lr'
    """
    return setting.rpartition(".")[2]


def short_names(settings: Iterable[str]) -> dict[str, str]:
    """Return the short name of each setting, or its dotted name where two of them have the same short name.

    >>> short_names(["optimizer.lr", "a.size", "b.size"])
    {'optimizer.lr': 'lr', 'a.size': 'a.size', 'b.size': 'b.size'}
    """
    names = [*dict.fromkeys(settings)]
    ends = [short(name) for name in names]
    return {name: end if ends.count(end) == 1 else name for name, end in zip(names, ends, strict=True)}


def value_text(value: Any, digits: int = DIGITS) -> str:
    """Return a value as people read it: numbers rounded, integers whole, all else as on the command line.

    >>> value_text(0.0610000001), value_text("1e-05"), value_text(20170523), value_text([100, 100]), value_text(True)
    ('0.061', '1e-05', '20170523', '[100,100]', 'true')

    Args:
        value: The value, or its text as on the command line or in a param of MLflow.
        digits: Significant digits of numbers that are not whole.
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e6 else f"{value:.{digits}g}"
        case list() | tuple():
            return f"[{','.join(value_text(each, digits) for each in value)}]"
        case dict():
            return f"{{{','.join(f'{name}:{value_text(each, digits)}' for name, each in value.items())}}}"
        case str() if value.startswith("[") and value.endswith("]"):
            return f"[{','.join(value_text(each.strip(), digits) for each in value[1:-1].split(','))}]"
        case str() if NUMBER.fullmatch(value) and not INTEGER.fullmatch(value):
            return value_text(float(value), digits)
    return str(value)


def level_title(setting: str, value: Any) -> str:
    """Return a setting's value as a title: of a panel, of a line in a legend.

    >>> level_title("init.scale", 0.01), level_title("bn", "false"), level_title("optimizer", "adam")
    ('weight scale 0.01', 'without batch normalization', 'Adam')
    >>> level_title("dataset.train_size", 300), level_title("regularizer", "none"), level_title("init", "he")
    ('300 training images', 'no regularizer', 'He weights')

    Args:
        setting: The dotted name of the setting.
        value: The value, or its text; "" where a run does not have the setting.
    """
    text, name = value_text(value), words(setting)
    if text in ("true", "false"):
        return f"{'with' if text == 'true' else 'without'} {name}"
    if not text or (setting in GROUPS and text in ABSENT):
        return f"no {name}"
    if setting in COUNTS and INTEGER.fullmatch(text):
        return f"{text} {name}"
    if setting in SELF_EVIDENT:
        return " ".join(filter(None, (OPTIONS.get(text, text), NOUNS.get(setting))))
    return f"{name} {text}"


def run_name(levels: Mapping[str, Any], digits: int = DIGITS) -> str:
    """Return the name of a run: what differs, short.

    Options come first, then values, switches and the seed. A switch at its default is left out, unless nothing else
    remains. An option is left out where a value has its name.

    >>> run_name({"optimizer": "adam", "bn": "true"}), run_name({"optimizer": "adam", "bn": "false"})
    ('adam bn', 'adam')
    >>> run_name({"optimizer.lr": 0.0610000001, "init.scale": 0.0525}), run_name({"bn": False}), run_name({})
    ('lr=0.061 scale=0.0525', 'no bn', 'default')
    >>> run_name({"regularizer": "l2", "regularizer.l2": 0.1, "seed": 3}), run_name({"regularizer": "none"})
    ('l2=0.1 seed=3', 'no regularizer')

    Args:
        levels: The value, or its text, of each setting that differs; "" where the run does not have the setting.
        digits: Significant digits of numbers that are not whole.

    Returns:
        The name, never empty. Secrets are masked.
    """
    texts = {name: text for name, value in levels.items() if (text := value_text(value, digits))}
    shorts = short_names(texts)
    options: list[str] = []
    values: list[str] = []
    switches: list[str] = []
    usual: list[str] = []
    for name, text in sorted(texts.items(), key=lambda item: item[0] == "seed"):
        if text in ("true", "false"):
            named = shorts[name] if text == "true" else f"no {shorts[name]}"
            (usual if (text == "true") == (name in USUALLY_ON) else switches).append(named)
        elif name in GROUPS and text in ABSENT:
            options.append(f"no {name}")
        elif name in SELF_EVIDENT:
            options.append(text)
        else:
            (switches if name == "seed" else values).append(f"{shorts[name]}={text}")
    named_by_value = {value.partition("=")[0] for value in values}
    parts = [*(option for option in options if option not in named_by_value), *values, *switches]
    return masked(" ".join(parts or usual)) or DEFAULT


def run_names(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the name of each run of a sweep, with more digits where three do not tell the runs apart.

    >>> run_names([{"optimizer.lr": 0.1001}, {"optimizer.lr": 0.1002}])
    ['lr=0.1001', 'lr=0.1002']

    Args:
        runs: The levels of each run, as for `run_name`.
    """
    names = [run_name(run) for run in runs]
    if len(set(names)) < len(names):
        distinct = len({run_name(run, MORE_DIGITS[-1]) for run in runs})
        for digits in MORE_DIGITS:
            if len(set(names)) < distinct:
                names = [run_name(run, digits) for run in runs]
    return names
