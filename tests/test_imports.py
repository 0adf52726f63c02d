"""Imports run one way, and each third party has one door."""

import ast
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "zerosweep"

FOUNDATION = {
    "activity",
    "blas",
    "errors",
    "importing",
    "interruption",
    "masking",
    "output",
    "places",
    "plugins",
    "randomness",
    "recipe",
    "scratch",
    "startup",
    "statistics",
}
FLOORS = [
    {"nn", "optim", "data"},
    {"tasks"},
    {"training"},
    {"metrics", "naming", "predictor"},
    {"figures", "tracking"},
    {"config"},
    {"runs"},
    {"jobs"},
    {"report"},
    {"sweep", "search"},
    {"experiments"},
    {"api"},
    {"cli"},
    {"__main__"},
]
"""From the ground up: a package may import from itself and from the floors below it, never from a neighbour on its own floor."""

FIGURE_FLOORS = [{"names"}, {"drawing"}, {"run", "search"}, {"experiment"}, {"sweep"}]
"""The same for the packages of figures."""

DOORS = {
    "mlflow": {"tracking"},
    "matplotlib": {"figures", "api"},
    "hydra": {"config"},
    "omegaconf": {"config"},
    "optuna": {"search", "api"},
    "pooch": {"data"},
    "distributed": {"jobs"},
    "rich": {"jobs", "report", "sweep"},
    "scipy": {"statistics"},
    "jinja2": {"report"},
    "pandas": {"api"},
    "IPython": {"jobs"},
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


def floor(name: str, floors: list[set[str]]) -> int:
    return -1 if name in FOUNDATION else next(i for i, parts in enumerate(floors) if name in parts)


def ours(file: Path) -> set[str]:
    """The modules of the package that a file imports, as dotted names below `zerosweep`."""
    names = (module.removeprefix("zerosweep.") for module in imported(file) if module.startswith("zerosweep."))
    return {name for name in names if name != "PROJECT"}


def check_downwards(own: str, other: str, floors: list[set[str]]) -> None:
    if own != other:
        assert floor(other, floors) < floor(own, floors) or floor(own, floors) == -1, f"{own} imports {other}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_go_downwards(file):
    own = part(file)
    if own == "__init__":
        return
    for module in ours(file):
        check_downwards(own, module.split(".")[0], FLOORS)
        if own in FOUNDATION:
            assert module.split(".")[0] in FOUNDATION
    assert own not in FOUNDATION or not any(m.startswith("hydra") for m in imported(file))


FIGURES = sorted((PACKAGE / "figures").glob("*/*.py")) + sorted((PACKAGE / "figures").glob("[a-z]*.py"))


@pytest.mark.parametrize("file", FIGURES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_among_figures_go_downwards(file):
    own = file.relative_to(PACKAGE / "figures").parts[0].removesuffix(".py")
    for module in ours(file):
        if module.startswith("figures."):
            check_downwards(own, module.split(".")[1], FIGURE_FLOORS)


def test_no_modules_import_each_other_in_a_circle():
    modules = {
        ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): file for file in FILES
    }
    graph = {
        name: {m for m in map(partial(module_of, modules), ours(file)) if m not in (None, name)}
        for name, file in modules.items()
    }
    graph = {name: {m for m in others if modules[m].name != "__init__.py"} for name, others in graph.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


def module_of(modules: dict[str, Path], name: str) -> str | None:
    """The module that `name` is, or that it is a part of."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


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
