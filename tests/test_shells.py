"""Every command in the documents reaches the program as it is meant, from bash and from zsh."""

import re
import shlex
import shutil
import subprocess

import pytest
from tests.conftest import PROJECT

from zerosweep.report.comparison import HELP

PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
PAGES += sorted((PROJECT / "sweeps").glob("*.yaml"))

PROGRAMS = "python|mlflow|make|pip|dask|optuna-dashboard"

TEXT = "\n".join(page.read_text() for page in PAGES) + f"\n{HELP}\n"

IN_BLOCKS = re.findall(rf"^(?:#|  ) *((?:\w+=\S+ )*(?:{PROGRAMS}) [^\n]*)", TEXT, re.MULTILINE)
"""Commands in a block of their own, with their comments."""

IN_FENCES = [
    line for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
"""Commands in a fenced block, one a line."""

IN_LINES = re.findall(rf"`((?:\w+=\S+ )*(?:{PROGRAMS}) [^`\n]*)`", TEXT)

SETTINGS = re.findall(r"`('?[\w./]+=[^`\n…]*[\[({][^`\n…]*)`", TEXT)
"""Arguments within a line that a shell could take for patterns."""

COMMANDS = sorted(
    command
    for command in {*IN_BLOCKS, *IN_FENCES, *IN_LINES, *(f"python src/train.py {words}" for words in SETTINGS)}
    if "[setting=value ...]" not in command  # a usage, and no command
)

SHELLS = {"bash": ["bash", "--norc", "-O", "failglob", "-c"], "zsh": ["zsh", "-f", "-c"]}


def typed(shell, command):
    """Return the arguments that the program gets: each program is a shell function that prints its arguments."""
    functions = "; ".join(rf"{name}() {{ printf '%s\0' '{name}' \"$@\"; }}" for name in PROGRAMS.split("|"))
    functions = functions.replace('\\"', '"')
    done = subprocess.run([*SHELLS[shell], f"{functions}; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\0")[:-1]


def test_there_are_commands():
    assert len(COMMANDS) > 40
    assert any("mlflow models serve" in command for command in COMMANDS)


def test_no_comment_has_a_quote_that_an_interactive_zsh_would_wait_to_see_closed():
    assert not [command for command in COMMANDS if re.search(r"# .*['\"`]", command)]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_arrives_as_it_is_written(shell, tmp_path, monkeypatch):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: say apt-get install {shell}")
    monkeypatch.chdir(tmp_path)  # where no file matches a pattern
    for command in COMMANDS:
        words = shlex.split(command, comments=True)
        while re.match(r"\w+=", words[0]):
            words.pop(0)  # a variable of the environment
        assert typed(shell, command) == words, command


def test_the_help_of_comparisons_names_a_sweep_as_sweeps_are_named():
    (sweep,) = re.findall(r"sweep=([a-z]\S*)", HELP)
    name, _, digest = sweep.rpartition("-")
    assert re.fullmatch("[0-9a-f]{8}", digest)
    assert (PROJECT / "sweeps" / f"{name}.yaml").is_file()
