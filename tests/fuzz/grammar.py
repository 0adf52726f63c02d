"""Command lines drawn from the project's own grammar: groups, options and settings with their types, and mistakes."""

from __future__ import annotations

import typing
from dataclasses import fields

from hypothesis import strategies as st
from tests.conftest import PROJECT

from zerosweep.config.schemas import GROUPS, Settings
from zerosweep.figures.names import report_figures

SECTIONS = {
    one.name: one.default_factory
    for one in fields(Settings)
    if one.name not in GROUPS and callable(one.default_factory)
}


def kinds(schema):
    """Return the type of each setting of a recipe as text, followed by its allowed values if they are listed."""
    hints = typing.get_type_hints(schema)
    return {one.name: " ".join([str(hints[one.name]), *one.metadata.get("choices", ())]) for one in fields(schema)}


OPTIONS = {group: sorted(file.stem for file in (PROJECT / "conf" / group).glob("*.yaml")) for group in GROUPS}

OPTIONS["dataset"].remove("mnist")  # it would be downloaded

SETTINGS = {
    **{f"{group}.{name}": kind for group, kinds_ in GROUPS.items() for one in kinds_.values() for name, kind in kinds(one).items()},
    **{f"{name}.{inner}": kind for name, make in SECTIONS.items() for inner, kind in kinds(type(make())).items()},
    "seed": "int", "bn": "bool", "plan": "bool", "reuse": "bool", "rerun": "str | None",
}  # fmt: skip

OF_HYDRA = {
    "hydra.sweeper.n_trials": "int", "hydra.sweeper.timeout": "float | None", "hydra.sweeper.study_name": "str | None",
    "hydra.sweeper.metrics": "list[str]", "hydra.sweeper.direction": "str", "hydra.sweeper.sampler": "str",
    "hydra.sweeper.pruner": "str", "hydra.sweeper.seed": "int | None", "hydra.sweeper.diverged_value": "float | None",
    "hydra.sweeper.storage": "str | None", "hydra.sweeper.params": "dict", "hydra.sweeper.cases": "list", "hydra.sweeper.when": "dict",
    "hydra.sweeper.max_batch_size": "int | None", "hydra.launcher.workers": "int | None",
    "hydra.launcher.timeout": "float | None", "hydra.launcher.retries": "int | None",
    "hydra.sweep.subdir": "str", "hydra.job.name": "str", "hydra.verbose": "bool", "hydra.mode": "str",
}  # fmt: skip

NOT_TYPED = ("tracking.uri", "plan", "hydra.sweep.dir", "hydra.run.dir", "trainer.iterations", "trainer.epochs")
"""Settings that the tests themselves set: where files are written, and how long a run takes."""

WHOLE = ["0", "1", "2", "3", "5", "-1", "7.0", "1e2", "0x10", "1_000", "99999999999999999999", "-0"]

REAL = [
    "0.1",
    "1e-3",
    "1",
    ".5",
    "1.",
    "0",
    "-1e-9",
    "1e308",
    "1e309",
    "1e-320",
    "inf",
    "-inf",
    "nan",
    "5e-324",
    "1e30",
]

SWITCH = ["true", "false", "True", "FALSE", "yes", "no", "on", "off", "0", "1", "2", "t", "null"]

TEXT = [
    "", "a", "a b", "'a b'", '"a: b=c"', "ä€𝔘", "null", "'null'", "true", "1", "1e5", "<script>alert(1)</script>", "a,b", "[a]", "{a:1}",
    "a'b", '"', "'", "\\", "\\'", "a\\,b", "$HOME", "~", "../x", "/", "%d", "%(x)s", "{0}", "#", "a#b", "${seed}", "${nope}", "${oc.env:HOME}",
    "${options:}", "${hydra:job.num}", "${.x}", "${", "}", "x" * 300, "val/accuracy", "train/loss", "optimizer", "optimizer.lr", "\t", "a\nb", "\x07", "::", "@", "+", "?",
    "tpe", "random", "grid", "cmaes", "maximize", "minimize", "median", "none", "RUN", "MULTIRUN", "float64", "both", "with_replacement",
    *report_figures(),
]  # fmt: skip

LISTS = ["[]", "[3]", "[3,2]", "[0]", "[-1]", "[1.5]", "[a]", "[[1]]", "[null]", "[val/accuracy,train/loss]", "[1,", "{}", "{a:1}",
         "{name:tpe,n_startup_trials:2}", "{name:x}", "{name:random,seed:1}", "[true,false]", "[seed=1]", "[[seed=1,bn=true],[seed=2]]", "{seed:'1,2'}", "{bn=true:[seed=3]}"]  # fmt: skip

SWEEPS = ["range(3)", "range(0)", "range(1,9,3)", "range(3,1)", "range(1,2,0)", "range(a)", "range(0,1,0.25)", "choice(1,2)", "choice()",
          "choice(sgd,adam)", "choice(true,false)", "interval(0,1)", "interval(1e-4,1)", "interval(1,1)", "interval(2,1)", "int(interval(1,3))",
          "tag(log,interval(1e-3,1))", "tag(log,interval(0,1))", "tag(lin,interval(1,2))", "tag(log,choice(1,2))", "tag(log,range(1,5))",
          "sort(3,1,2)", "shuffle(1,2,3)", "glob(*)", "glob(a*)", "1,2", "1,1", "0.1,0.01", "sgd,adam", "true,false", "[3],[2,2]", "a,", ",", "null,1", "extend_list(1)", "str(1)", "float(1)", "bool(1)", "json_str([1])"]  # fmt: skip


GOOD = {
    "int": ["1", "2", "3"],
    "float": ["0.1", "1e-3", "0.5"],
    "bool": ["true", "false"],
    "list[int": ["[3]", "[3,2]"],
    "None": ["null"],
}


def value(kind):
    """Draw a value, which most often suits the type, and sometimes is at its limits or of another type."""
    good = [one for name, values in GOOD.items() if name in kind for one in values]
    good += [
        word
        for word in kind.split()
        if word.isidentifier() and word not in ("int", "str", "float", "bool", "None", "Any", "dict")
    ]
    suited = []
    if "int" in kind:
        suited += WHOLE
    if "float" in kind:
        suited += REAL
    if "bool" in kind:
        suited += SWITCH
    if "list" in kind or "dict" in kind:
        suited += LISTS
    if "str" in kind or "Any" in kind:
        suited += TEXT
    anything = WHOLE + REAL + SWITCH + TEXT + LISTS + SWEEPS
    suited = suited or anything
    strangers = st.one_of(st.sampled_from(SWEEPS), st.sampled_from(anything), st.text(max_size=6))
    return st.integers(0, 9).flatmap(
        lambda way: st.sampled_from(good or suited) if way < 5 else st.sampled_from(suited) if way < 9 else strangers
    )


@st.composite
def setting(draw, settings):
    """Draw setting=value for a known setting."""
    name = draw(st.sampled_from(settings))
    return f"{name}={draw(value({**SETTINGS, **OF_HYDRA}[name]))}"


@st.composite
def choice(draw):
    """Draw group=option, with one or several options."""
    group = draw(st.sampled_from(sorted(OPTIONS)))
    options = draw(st.lists(st.sampled_from([*OPTIONS[group], "null"]), min_size=1, max_size=2))
    return f"{group}={','.join(options)}"


@st.composite
def matching(draw):
    """Draw group=option, with settings of that option."""
    group = draw(st.sampled_from([one for one in sorted(OPTIONS) if one != "dataset"]))
    option = draw(st.sampled_from(OPTIONS[group]))
    schema = GROUPS[group].get(option)
    own = kinds(schema) if schema else {}
    names = draw(st.lists(st.sampled_from(sorted(own)), unique=True, max_size=2)) if own else []
    return [f"{group}={option}", *(f"{group}.{name}={draw(value(own[name]))}" for name in names)]


@st.composite
def misspelt(draw, word):
    """Draw a word with a character left out, doubled or inserted, or with a prefix."""
    text = draw(word)
    at = draw(st.integers(0, len(text)))
    sign = draw(st.sampled_from([*list("=,.+~@:[](){}'\"$ \\-/#%0ae"), "\x00", "é", "\n", "%20", "--"]))
    how = draw(st.sampled_from(["drop", "put", "twice", "cut", "+", "++", "~", "-", "swap", "package"]))
    return {
        "drop": text[:at] + text[at + 1 :], "put": text[:at] + sign + text[at:], "twice": text + text, "cut": text[:at],
        "+": f"+{text}", "++": f"++{text}", "~": f"~{text.partition('=')[0]}", "-": f"-{text}",
        "swap": "=".join(reversed(text.split("=", 1))), "package": text.replace("=", "@x=", 1),
    }[how].replace("\x00", "")  # fmt: skip


NAMES = sorted(name for name in SETTINGS if name not in NOT_TYPED)

OF_DEFAULTS = ["optimizer.lr", "init.scale", "model.hidden", "model.activation", "regularizer.l1", "regularizer.l2", "regularizer.dropout",
               "loss.clip", "dataset.train_size", "dataset.val_size", "dataset.normalize", "seed", "bn", "trainer.batch_size", "trainer.sampling",
               "trainer.eval_every", "trainer.eval_rows", "trainer.dtype", "trainer.trace", "tracking.run_name", "tracking.experiment", "tracking.sweep"]  # fmt: skip

RUNS_NAMES = [name for name in NAMES if name != "rerun"]

FLAGS = [["--cfg", "job"], ["--cfg", "hydra"], ["--cfg", "all"], ["--cfg", "x"], ["--resolve"], ["--info"], ["--package", "model"], ["-p", "x"],
         ["--help"], ["--hydra-help"], ["--version"], ["-m"], ["--multirun"], ["-cn", "config"], ["-cn", "nope"], ["-cd", "."],
         ["-cd", "nowhere"], ["-cp", "x"], ["--run"], ["--x"], ["-"], ["--"], ["-x"], ["--info", "defaults"], ["--info", "searchpath"], ["-sc", "x"]]  # fmt: skip


@st.composite
def with_one_misspelt(draw, words, every):
    """Draw words, one of which is misspelt in about one of `every` draws."""
    made = draw(words)
    if made and not draw(st.integers(0, every)):
        at = draw(st.integers(0, len(made) - 1))
        made[at] = draw(misspelt(st.just(made[at])))
    return made


@st.composite
def right_or_nearly(draw, most):
    """Draw the overrides of a run."""
    words = draw(st.one_of(st.just([]), matching()))
    of_defaults = setting(
        [name for name in OF_DEFAULTS if name.partition(".")[0] not in ("".join(words[:1]).partition("=")[0],)]
    )
    word = st.integers(0, 9).flatmap(
        lambda way: of_defaults if way < 7 else choice() if way < 9 else setting(RUNS_NAMES)
    )
    return [*words, *draw(st.lists(word, max_size=most))]


@st.composite
def command_line(draw, most=3):
    """Draw the overrides of a run, which may be right, nearly right or wrong."""
    words = draw(with_one_misspelt(right_or_nearly(most), 5))
    if not draw(st.integers(0, 19)):
        words = [*draw(st.sampled_from(FLAGS)), *words]
    return words


SWEPT = {
    "seed": ["1,2", "range(3)", "0,0", "choice(1,2)"], "bn": ["true,false", "choice(true,false)"], "optimizer": ["sgd,adam", "choice(momentum,sgd)"],
    "optimizer.lr": ["0.1,0.01", "tag(log,interval(1e-3,1))", "interval(0.1,1)", "range(1,3)"], "init": ["he,normal"], "init.scale": ["1,2", "interval(1,2)"],
    "model.hidden": ["[3],[2,2]", "choice([3],[2,2])"], "trainer.batch_size": ["50,100", "range(10,60,10)", "int(interval(10,100))"], "schedule": ["constant,step"],
    "regularizer": ["none,l2"], "trainer.dtype": ["float32,float64"], "dataset.train_size": ["500,1000"], "model": ["mlp,two_layer"], "task": ["classification,surface"],
    "optimizer.momentum": ["0.5,0.9", "interval(0.1,0.9)"], "tracking.experiment": ["a,b"], "objective.metric": ["train/loss,val/loss"],
}  # fmt: skip


@st.composite
def swept(draw):
    name = draw(st.sampled_from(sorted(SWEPT)))
    return f"{name}={draw(st.sampled_from(SWEPT[name] if draw(st.integers(0, 4)) else SWEEPS))}"


@st.composite
def sweep_words(draw):
    words = [draw(swept()) for _ in range(draw(st.integers(1, 3)))]
    others = st.one_of(
        swept(), setting(OF_DEFAULTS), setting(sorted(OF_HYDRA)), setting(sorted(OF_HYDRA)), choice(),
        setting([name for name in NAMES if name.startswith(("report.", "objective.", "diagnose."))]), setting(NAMES),
    )  # fmt: skip
    return [*words, *draw(st.lists(others, max_size=2))]


@st.composite
def many_runs(draw):
    """Draw the overrides of a grid, a named sweep or a search."""
    words = draw(with_one_misspelt(sweep_words(), 5))
    rate = draw(st.sampled_from(SWEPT["optimizer.lr"] + SWEEPS))
    search = ["hydra/sweeper=optuna", f"optimizer.lr={rate}"]
    first = draw(st.sampled_from([[], [], search, search, ["hydra/launcher=basic"], ["hydra/launcher=joblib"]]))
    named = st.sampled_from(sorted(file.stem for file in (PROJECT / "sweeps").glob("*.yaml")))
    if not draw(st.integers(0, 5)):
        first = [*first, f"sweeps={draw(named)}", "dataset=digits"]
    return ["-m", *first, *words] if draw(st.integers(0, 15)) else [*first, *words]
