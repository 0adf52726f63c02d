"""A mistake in a plugin costs one line that names the file and the line in it, and leaves nothing registered."""

import pytest
from omegaconf import OmegaConf
from tests.conftest import check_refused

from zerosweep.config.mistakes import explain
from zerosweep.config.plugin_files import load_plugins
from zerosweep.plugins import parts

HEAD = "from dataclasses import dataclass\nimport zerosweep as zs\n"
RULE = "    def rule(self, *arguments): ...\n"
OPTIMIZER = f"@dataclass\nclass A(zs.Optimizer):\n{RULE}"

IN_FILE = {
    "a built-in name": ('@zs.optimizer("adam")\n' + OPTIMIZER, ':3: optimizer "adam" is built in; choose another name'),
    "the name of a file of conf/": (
        '@zs.model("two_layer")\n@dataclass\nclass A(zs.Model):\n    def layers(self, *arguments): ...\n',
        ':3: model "two_layer" is built in; choose another name',
    ),
    "a name twice": (f'@zs.optimizer("a")\n{OPTIMIZER}' * 2, ':7: optimizer "a" is registered twice'),
    "a name that no command line can have": (
        '@zs.optimizer("a b")\n' + OPTIMIZER,
        ':3: optimizer "a b": the name must',
    ),
    "a name that means nothing": ('@zs.optimizer("null")\n' + OPTIMIZER, ':3: optimizer "null": the name must'),
    "no name": ("@zs.optimizer\n" + OPTIMIZER, ':3: @zs.optimizer takes the name, as in @zs.optimizer("the name")'),
    "no dataclass": (
        f'@zs.optimizer("a")\nclass A(zs.Optimizer):\n{RULE}',
        ':3: optimizer "a": A must be a dataclass; write @dataclass below @zs.optimizer',
    ),
    "no base": ('@zs.optimizer("a")\n@dataclass\nclass A: ...\n', ':3: optimizer "a": A must inherit Optimizer'),
    "no class": ('@zs.optimizer("a")\ndef a(): ...\n', ':3: optimizer "a": must be a class that inherits Optimizer'),
    "no rule": (
        '@zs.optimizer("a")\n@dataclass\nclass A(zs.Optimizer): ...\n',
        ':3: optimizer "a": A must have the method rule or update',
    ),
    "a setting without a default": (
        f'@zs.optimizer("a")\n@dataclass(kw_only=True)\nclass A(zs.Optimizer):\n    x: int\n{RULE}',
        ':3: optimizer "a": the setting x of A needs a default value',
    ),
    "a setting that is no value": (
        f'import numpy\n@zs.optimizer("a")\n@dataclass\nclass A(zs.Optimizer):\n    x: numpy.ndarray = None\n{RULE}',
        ':4: optimizer "a": A cannot be read as settings: ',
    ),
    "a layer that is no activation": (
        '@zs.layer("a")\nclass A(zs.Layer): ...\n',
        ':3: layer "a": must be a class that inherits Activation',
    ),
    "a layer without a gradient": (
        '@zs.layer("a")\nclass A(zs.Activation):\n    def forward(self, x, mode): ...\n',
        ':3: layer "a": A must have the method backward',
    ),
    "a built-in metric": ('zs.metric("dead/hidden1")\n', ':3: metric "dead/hidden1" is built in'),
    "a metric that is better sideways": (
        'zs.metric("a", direction="up")\n',
        ':3: metric "a": the direction must be maximize, minimize or neither',
    ),
    "a built-in figure": ('@zs.figure("traces")\ndef f(): ...\n', ':3: figure "traces" is built in'),
    "a figure of nothing": (
        '@zs.figure("a", of="b")\ndef f(): ...\n',
        ':3: figure "a": must be of="run" or of="sweep"',
    ),
    "a built-in finding": (
        '@zs.finding("claim")\ndef sgd_zigzags(evidence): ...\n',
        ':3: finding "sgd_zigzags" is built in',
    ),
    "nothing": ("x = 1\n", ": registers no part; decorate one, as in"),
    "a failing import": ("import nothing_like_it\n", ":3: ModuleNotFoundError: No module named 'nothing_like_it'"),
    "a misspelt decorator": ('@zs.optimiser("a")\n', ":3: "),
    "an error": (f'@zs.optimizer("a")\n{OPTIMIZER}1 / 0\n', ":7: ZeroDivisionError: division by zero"),
    "an end": ("raise SystemExit(0)\n", ":3: it ends the program"),
    "no Python": ("def f(:\n", ":3: invalid syntax"),
}
"""What a plugin holds after its imports, and what is said of it."""

ON_THE_LINE = {
    "lino.py": "plugins=lino.py: no such file; did you mean lion.py?",
    "[lion.py,twin.py]": 'twin.py:3: optimizer "lion" is registered by lion already; choose another name',
    "[lion.py,other/lion.py]": "other/lion.py: another module has the name lion (",
    "random.py": "random.py: another module has the name random (",
    "numpy.py": "numpy.py: another module has the name numpy (",
    "lion.py,twin.py": "plugins=lion.py,twin.py: cannot be swept; a list is written plugins=[lion.py,twin.py]",
    "a-lion.py": "plugins=a-lion.py: must be a Python file named with letters, digits and _, as in lion.py",
    "other": "plugins=other: must be a Python file",
    "[3]": "plugins=[3]: must be Python files, as in plugins=[lion.py]",
    "''": "plugins=: must be Python files",
    "{a:b}": "plugins={'a': 'b'}: must be Python files",
    "latin.py": "latin.py:1: ",
    "'~nobody-of-this-name/lion.py'": "plugins=~nobody-of-this-name/lion.py: no such user",
}
"""Values of `plugins`, and what is said of them."""


def refused(value):
    with pytest.raises(Exception) as raised:  # noqa: PT011
        load_plugins([f"plugins={value}"], OmegaConf.create())
    return explain(raised.value)


@pytest.mark.parametrize("mistake", IN_FILE)
def test_a_mistake_in_a_plugin(mistake, folder):
    text, said = IN_FILE[mistake]
    (folder / "mine.py").write_text(HEAD + text)
    line = refused("mine.py")
    assert line.startswith(f"{folder.resolve()}/mine.py{said}")
    assert "\n" not in line
    assert parts.PARTS == {}


@pytest.mark.parametrize("value", ON_THE_LINE)
def test_a_mistake_on_the_command_line(value, folder):
    (folder / "other").mkdir()
    named = [value] if value in ("random.py", "numpy.py") else []  # beside lion.py they would be its local modules
    for name in ("twin.py", "other/lion.py", "a-lion.py", *named):
        (folder / name).write_text(f'{HEAD}@zs.optimizer("lion")\n{OPTIMIZER}')
    (folder / "latin.py").write_bytes(b'x = "\xe9"\n')
    line = refused(value)
    assert ON_THE_LINE[value] in line
    assert "\n" not in line


def test_the_program_says_it_in_one_line_and_records_nothing(train, runs, tmp_path):
    (tmp_path / "mine.py").write_text(f'{HEAD}@zs.optimizer("adam")\n{OPTIMIZER}')
    check_refused(train("plugins=mine.py"), f"{tmp_path.resolve()}/mine.py:3: ", '"adam" is built in')
    check_refused(train("+plugins=[mine.p]"), "plugins=mine.p: must be a Python file", "")
    assert runs() == []


def test_a_plugin_that_is_named_where_it_comes_too_late(train, tmp_path):
    (tmp_path / "optimizer").mkdir()
    (tmp_path / "optimizer" / "mine.yaml").write_text(
        "# @package _global_\ndefaults: [/schema_optimizer_sgd@optimizer]\nplugins: [mine.py]\n"
    )
    result = train("--config-dir", str(tmp_path), "optimizer=mine")
    check_refused(result, "plugins=mine.py: must be named on the command line, in the file of a named sweep", "")
