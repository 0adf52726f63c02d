"""Imports run one way, and each third party has one door."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "zerosweep"

FOUNDATION = {"errors", "importing", "interruption", "recipe", "randomness"}
FLOORS = [
    {"nn", "optim", "data"},
    {"tasks"},
    {"training"},
    {"figures", "tracking"},
    {"config"},
    {"assemble", "identity", "lesson", "memory"},
    {"run"},
    {"sweep"},
]
"""From the ground up: a part may import from its own floor and from those below it."""

DOORS = {
    "mlflow": {"tracking"},
    "matplotlib": {"figures"},
    "hydra": {"config"},
    "omegaconf": {"config"},
    "optuna": {"sweep"},
    "pooch": {"data"},
    "pebble": {"sweep"},
    "distributed": {"sweep"},
    "rich": {"sweep"},
    "scipy": {"figures", "sweep"},
    "jinja2": {"sweep"},
    "torch": set(),
    "jax": set(),
    "sklearn": set(),
}

FILES = sorted(PACKAGE.rglob("*.py"))


def part(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(file: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def floor(name: str) -> int:
    return -1 if name in FOUNDATION else next(i for i, parts in enumerate(FLOORS) if name in parts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_go_downwards(file):
    own = part(file)
    if own == "__init__":
        return
    for module in imported(file):
        path = module.split(".")
        if path[0] == "zerosweep" and len(path) > 1 and path[1] != "PROJECT":
            assert floor(path[1]) <= floor(own), f"{own} imports {module}"
    assert own not in FOUNDATION or not any(m.startswith("hydra") for m in imported(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_each_third_party_has_one_door(file):
    for module in imported(file):
        allowed = DOORS.get(module.split(".")[0])
        assert allowed is None or part(file) in allowed, f"{part(file)} imports {module}"


def test_every_part_has_a_floor():
    assert {part(file) for file in FILES} - {"__init__"} <= FOUNDATION.union(*FLOORS)


def test_files_are_rooms_and_not_halls():
    lines = {file: len(file.read_text().splitlines()) for file in FILES}
    assert max(lines.values()) <= 300
    assert len((PACKAGE.parent / "train.py").read_text().splitlines()) <= 40
