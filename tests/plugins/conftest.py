"""The plugins of docs/plugins.md as files, and a process that ends without plugins."""

import re
from pathlib import Path

import pytest
from tests.conftest import PROJECT

from zerosweep.config.plugin_files import load_files

PAGE = (PROJECT / "docs" / "plugins.md").read_text()

DOCUMENTED = {name: text for text, name in re.findall(r"^```python\n(# (\w+\.py)\n.*?)^```", PAGE, re.M | re.S)}
"""The text of each plugin of the page, by the name of its file."""


@pytest.fixture(autouse=True)
def _without_plugins_at_the_end(no_plugins_left):
    pass


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working directory, with every plugin of the page in it."""
    for name, text in DOCUMENTED.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def every_part(folder):
    """All plugins of the page are loaded."""
    load_files(sorted(DOCUMENTED))
