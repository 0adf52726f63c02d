"""The steps of docs/extending.md, followed literally in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PROJECT

from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.training.remedy import MATCHED

TEXT = (PROJECT / "docs" / "extending.md").read_text()

RECIPES = {
    title: body
    for title, body in re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", TEXT, re.MULTILINE)
    if "```" in body
}  # fmt: skip
"""The body of each section, by its title."""

STEP = re.compile(r"^(Create|Append to|Change) `([^`]+)`(?:.*\n)+?\n?```(?:\w+)\n((?:.*\n)*?)```$", re.MULTILINE)
"""A step: what to do, the file, and the block that says how."""

COMMANDS = re.compile(r"^Run .*\n\n```sh\n((?:.*\n)*?)```$", re.MULTILINE)

COPIED = ("conf", "docs", "src", "sweeps", "tests", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md",
          "Makefile", "pyproject.toml", "benchmarks")  # fmt: skip

every_recipe = pytest.mark.parametrize("title", RECIPES)


def follow(title: str, folder: Path) -> list[Path]:
    """Apply all steps of a recipe to the files in `folder`, and return the files."""
    steps = STEP.findall(RECIPES[title])
    for action, name, block in steps:
        file = folder / name
        assert file.exists() == (action != "Create"), name
        if action == "Create":
            file.write_text(block)
        elif action == "Append to":
            file.write_text(f"{file.read_text().rstrip()}\n\n\n{block}")
        else:
            file.write_text(patched(file.read_text(), block, name))
    return [folder / name for _, name, _ in steps]


def patched(text: str, diff: str, name: str) -> str:
    """Return `text` with each hunk of `diff` applied at the only place where it fits."""
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = [(line[:1] or " ", line[1:]) for line in hunk.splitlines()]
        before, after = ("\n".join(text for sign, text in lines if sign in signs) for signs in (" -", " +"))
        assert f"\n{text}".count(f"\n{before}\n") == 1, f"{name} has not exactly one place for\n{before}"
        text = f"\n{text}".replace(f"\n{before}\n", f"\n{after}\n")[1:]
    return text


def copied(folder: Path) -> Path:
    """Return a copy of the project, without its record and its caches."""
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, folder / name)
    return folder


def test_the_recipes_are_there():
    parts = ("optimizer", "activation", "dataset", "metric", "figure", "finding")
    assert len(RECIPES) == len(parts)
    for part, title in zip(parts, RECIPES, strict=True):
        assert part in title


@every_recipe
def test_every_block_is_a_step_or_the_commands_at_the_end(title):
    body = RECIPES[title]
    assert len(COMMANDS.findall(body)) == 1
    assert 2 * (len(STEP.findall(body)) + 1) == len(re.findall(r"^```", body, re.MULTILINE))


@every_recipe
def test_every_step_fits_the_files_of_today(title, tmp_path):
    for _, name, _ in STEP.findall(RECIPES[title]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).exists():
            shutil.copy(PROJECT / name, tmp_path / name)
    for file in follow(title, tmp_path):
        if file.suffix == ".py":
            compile(file.read_text(), file, "exec")
            assert len(file.read_text().splitlines()) <= 300
    assert max(len(line) for _, _, block in STEP.findall(RECIPES[title]) for line in block.splitlines()) <= 121


@pytest.mark.long
@pytest.mark.slow
@every_recipe
def test_the_commands_of_a_recipe_succeed_in_a_copy(title, tmp_path, environment):
    project = copied(tmp_path)
    follow(title, project)
    own = {name: value for name, value in environment.items() if not name.startswith("PYTEST")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
    places = own | {"PATH": path, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    for command in COMMANDS.findall(RECIPES[title])[0].splitlines():
        done = subprocess.run(
            command, shell=True, cwd=project, env=places, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        assert not (PROJECT / "src" / "zerosweep" / "optim" / "lion.py").exists()


def test_every_activation_has_a_matching_init():
    """A step of the recipe that nothing else would miss."""
    assert MATCHED.keys() == ACTIVATIONS.keys()
