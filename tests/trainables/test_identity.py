"""The identity of a trainable's run: its settings, its sources, the packages that they import, its data."""

import pytest

from zerosweep.config.plugin_files import load_files
from zerosweep.plugins import sources as plugin_sources
from zerosweep.runs import sources
from zerosweep.runs.identity import identify


def test_settings_and_seed_make_the_config_id(odd):
    ids = [identify(odd(*overrides)).config_id for overrides in ([], ["task.rate=0.7"], ["seed=1"])]
    assert len(set(ids)) == 3
    assert identify(odd("task.rate=0.5", "objective.metric=gap", "tracking.figures=false")).config_id == ids[0]


def test_settings_that_it_does_not_use_are_null(odd):
    settings = odd("tracking.run_name=x")
    unused = ("dataset", "model", "regularizer", "init", "loss", "optimizer", "schedule", "trainer", "bn")
    assert {getattr(settings, name) for name in unused} == {None}


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("odd.py", "loss**2", "loss**3", True),
        ("odd.py", "A loss that falls", "A loss which falls", False),
        ("local.py", "START = 2", "START = 3", True),
        ("odd.py", "import math\n", "import math\nimport sklearn\n", True),
        ("odd.py", "import math\n", "import math\nimport json\n", True),
        ("odd.py", "import math\n", "# words\nimport math\n", False),
    ],
    ids=["its source", "a docstring", "a local module", "a package", "an import", "a comment"],
)
def test_a_change_counts_unless_it_is_of_words(file, old, new, changes, folder, odd):
    before = identify(odd()).code_id
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    load_files("odd.py")
    assert (identify(odd()).code_id != before) is changes


def test_the_version_of_a_package_that_a_function_imports_counts(folder, monkeypatch):
    (folder / "odd.py").write_text("def train():\n    import sklearn.linear_model, numpy, math, no_such_package\n")
    found = plugin_sources.packages_of(plugin_sources.closure("odd", folder / "odd.py"))
    import numpy as np
    import sklearn

    assert found == {"numpy": np.__version__, "sklearn": sklearn.__version__}


@pytest.mark.parametrize("builds_on_ours", [True, False])
def test_our_own_sources_count_where_it_imports_them(builds_on_ours, folder, odd, monkeypatch):
    if builds_on_ours:
        text = (folder / "odd.py").read_text()
        (folder / "odd.py").write_text(text.replace("import math\n", "import math\nfrom zerosweep.nn import losses\n"))
        load_files("odd.py")
    before = identify(odd()).code_id
    changed = sources.numeric_sources() | {"nn.losses": sources.ast.parse("changed = 1")}
    monkeypatch.setattr(sources, "numeric_sources", lambda: changed)
    sources._code_id.cache_clear()
    assert (identify(odd()).code_id != before) is builds_on_ours
    monkeypatch.undo()
    sources._code_id.cache_clear()


def test_what_identifies_its_data_is_recorded_as_it_is(odd):
    assert identify(odd()).data_id == "v3"
