"""What the README and the pages of docs/ say is so: commands compose, files exist, nothing that can be set is left out."""

import re
import shlex
from dataclasses import fields

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import RunMode
from tests.conftest import PROJECT
from tests.test_imports import DOORS, FLOORS, FOUNDATION

from zerosweep.config.arguments import chosen_by_sweep
from zerosweep.config.grid import grid
from zerosweep.config.read import to_settings
from zerosweep.config.schemas import GROUPS, Settings, register
from zerosweep.config.space import Space
from zerosweep.config.words import read_words
from zerosweep.figures.names import report_figures
from zerosweep.nn.activations import ACTIVATIONS
from zerosweep.recipe import Recipe
from zerosweep.runs.diagnosis_page import MEANING
from zerosweep.search.samplers import PRUNERS, SAMPLERS
from zerosweep.search.settings import Search

GENERATED = PROJECT / "docs" / "experiments.md"
"""Written by `make experiments`, from the heads of the sweep files."""

PAGES = {
    page.name: page.read_text()
    for page in (*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"))
    if page != GENERATED
}
"""The text of each page that is written by hand, by file name."""

README, SETTINGS_PAGE, RECORDS_PAGE = (PAGES[name] for name in ("README.md", "settings.md", "records.md"))

TEXT = "\n".join(PAGES.values())

COMMANDS = sorted(
    command
    for command in set(re.findall(r"^    python src/train\.py([^\n#]*)", TEXT, re.MULTILINE))
    if "plugins=" not in command  # tests/plugins/ composes those
)
"""Arguments of each command in an indented block."""

TARGETS = sorted(set(re.findall(r"`make ([a-z]+)|^    make ([a-z]+)", TEXT, re.MULTILINE)))


def test_there_are_commands():
    assert len(COMMANDS) >= 20
    assert len(TARGETS) >= 10


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES)
def test_a_line_of_prose_has_at_most_120_columns(page):
    """Outside of the README a row of a table may be longer, and a line of a diff has its sign besides."""
    lines = re.sub(r"^```diff\n.*?^```", "", PAGES[page], flags=re.MULTILINE | re.DOTALL).splitlines()
    assert [line for line in lines if len(line) > 120 and (page == "README.md" or not line.startswith("|"))] == []


def test_every_option_is_in_the_table_of_its_group():
    group, listed = "", {}
    for first, second in re.findall(r"^\| (\S*?) ?\| ([^|]*) \|", SETTINGS_PAGE, re.MULTILINE):
        group = first.strip("`") or group
        listed.setdefault(group, set()).update(re.findall(r"`(\w+)`", second))
    for name in GROUPS:
        assert {file.stem for file in (PROJECT / "conf" / name).glob("*.yaml")} == listed[name], name


def test_every_setting_is_described():
    parts = {field.name: vars(Settings())[field.name] for field in fields(Settings)}
    nested = {name: part for name, part in parts.items() if isinstance(part, Recipe)}
    dotted = [f"{name}.{field.name}" for name, part in nested.items() for field in fields(part)]
    plain = [name for name in parts if name not in nested]
    of_options = [field.name for schemas in GROUPS.values() for schema in schemas.values() for field in fields(schema)]
    assert [name for name in (*dotted, *plain, *of_options) if f"`{name}`" not in SETTINGS_PAGE] == []


def test_every_activation_is_named():
    assert [name for name in ACTIVATIONS if f"`{name}`" not in SETTINGS_PAGE] == []


def test_the_settings_of_a_search_are_described():
    page = PAGES["searches.md"]
    assert [field.name for field in fields(Search) if f"`{field.name}`" not in page and field.name != "params"] == []
    assert [name for name in (*SAMPLERS, *PRUNERS) if f"`{name}`" not in page] == []


def test_the_figures_of_a_report_are_described():
    assert [name for name in report_figures() if f"`{name}`" not in PAGES["sweeps.md"]] == []


def test_the_verdicts_and_mechanisms_are_described():
    assert [word for word in MEANING if f"| `{word}` |" not in RECORDS_PAGE] == []
    assert all(f"| `{word}` |" in RECORDS_PAGE for word in ("learned", "stuck", "dying", "diverged"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_composes(command):
    words = [word for word in shlex.split(command) if "=" in word]
    words += chosen_by_sweep(words)
    register()
    Plugins.instance()  # the sweepers and launchers that commands name
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        of_hydra = [word for word in words if word.startswith("hydra")]
        if "hydra/sweeper=optuna" in words:
            master = loader.load_configuration("config", words, RunMode.MULTIRUN)
            searched = Space(
                loader, master, master.hydra.sweeper.params, [word for word in words if word not in of_hydra]
            )
            assert len(searched.names) >= 1
            return
        jobs = grid(loader, {}, [word for word in words if word not in of_hydra]).jobs
        assert len(jobs) == 1 or "-m" in command
        for job in (jobs[0], jobs[-1]):
            assert to_settings(compose("config", [*job, *of_hydra]))


def test_the_comparison_can_be_typed():
    (words,) = set(re.findall(r"^    python src/compare\.py (.*)", TEXT, re.MULTILINE))
    read = read_words(shlex.split(words, comments=True))
    assert read.report.lines == "optimizer"
    assert read.rest == ('params.bn = "true" and metrics.`val/accuracy` > 0.9',)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_there(target):
    assert re.search(rf"^{''.join(target)}:", (PROJECT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page):
    named = re.findall(r"`((?:src|conf|tests|benchmarks|docs|sweeps)/[\w/.]*)`", PAGES[page])
    created = re.findall(r"^Create `([^`]+)`", PAGES[page], re.MULTILINE)
    assert [path for path in named if not (PROJECT / path).exists() and path not in created] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    folder = PROJECT if (PROJECT / page).exists() else PROJECT / "docs"
    for path, _, section in (link.partition("#") for link in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGES[page])):
        target = folder / path if path else folder / page
        assert target.exists(), path
        if section:
            titles = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert section in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_leads_to_every_page():
    assert [name for name in PAGES if name != "README.md" and f"{name})" not in README] == []


def test_the_architecture_has_every_package_on_its_floor_with_its_third_parties():
    page = PAGES["architecture.md"]
    rows = re.findall(r"^\| (\d+) \| `(\w+)[/.py]*` \|.*\| ([\w, ]*?) ?\|$", page, re.MULTILINE)
    assert {(int(floor), name) for floor, name, _ in rows} == {
        (number, name) for number, names in enumerate(FLOORS, 1) for name in names
    }
    doors = {name: {package for package, parts in DOORS.items() if name in parts} for _, name, _ in rows}
    assert {name: set(filter(None, entered.split(", "))) for _, name, entered in rows} == doors
    assert [name for name in FOUNDATION if f"`{name}.py`" not in page and f"`{name}/`" not in page] == []


def test_every_module_that_the_architecture_names_is_there():
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", PAGES["architecture.md"])
    assert len(named) > 10
    places = (PROJECT, PROJECT / "src" / "zerosweep")
    assert [path for path in named if not any((place / path).exists() for place in places)] == []
