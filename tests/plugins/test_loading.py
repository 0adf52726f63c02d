"""Loading of plugins: once, anew after a change, and in processes that have no file."""

import os
import pickle
import subprocess
import sys

import pytest
from tests.conftest import PROJECT
from tests.plugins.conftest import DOCUMENTED

from zerosweep.config.plugin_files import load_files
from zerosweep.config.schemas import GROUPS
from zerosweep.errors import UserError
from zerosweep.plugins.loading import Shipment, load, loaded, plugin_of, read
from zerosweep.plugins.parts import PARTS
from zerosweep.plugins.sources import closure, packages_of

OPTIMIZERS = GROUPS["optimizer"]


def names(sources):
    return [source.module for source in sources]


def test_local_modules_belong_to_a_plugin_and_others_do_not(tmp_path):
    (tmp_path / "pack").mkdir()
    files = {
        "mine.py": "import json, numpy as np, zerosweep\nfrom pack.one import x\n\n\ndef f():\n    import late\n",
        "late.py": "import helper\n",
        "helper.py": "import mine\n",
        "unused.py": "",
        "json.py": "",
        "pack/__init__.py": "",
        "pack/one.py": "from . import two\nfrom ..too import far\n",
        "pack/two.py": "from .three import y\n",
        "pack/three.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = closure("mine", tmp_path / "mine.py")
    assert names(found) == ["mine", "helper", "late", "pack", "pack.one", "pack.three", "pack.two"]
    assert [source.module for source in found if source.is_package] == ["pack"]
    inside = closure("pack.one", tmp_path / "pack" / "one.py")
    assert names(inside) == ["pack.one", "pack", "pack.three", "pack.two"]


def test_the_versions_of_packages_count_that_are_imported_at_the_top(tmp_path):
    import numpy

    (tmp_path / "mine.py").write_text("import numpy, json, zerosweep, missing\n\n\ndef f():\n    import scipy\n")
    assert packages_of(closure("mine", tmp_path / "mine.py")) == {"numpy": numpy.__version__}


def test_a_plugin_is_executed_once_and_anew_after_a_change(folder):
    (folder / "lion.py").write_text(DOCUMENTED["lion.py"].replace("zs.number(1e-4,", "zs.number(HELPED,", 1))
    text = (
        (folder / "lion.py")
        .read_text()
        .replace("import zerosweep as zs", "import zerosweep as zs\nfrom helper import HELPED")
    )
    (folder / "lion.py").write_text(text)
    (folder / "helper.py").write_text("HELPED = 0.5\n")
    load_files("lion.py")
    first = OPTIMIZERS["lion"]
    load_files(["lion.py", "lion.py"])
    assert OPTIMIZERS["lion"] is first
    assert first().lr == 0.5
    (folder / "helper.py").write_text("HELPED = 0.25\n")
    load_files("lion.py")
    assert OPTIMIZERS["lion"] is not first
    assert OPTIMIZERS["lion"]().lr == 0.25


def test_what_a_failed_change_leaves_is_nothing_and_the_next_one_works(folder):
    load_files("lion.py")
    (folder / "lion.py").write_text(DOCUMENTED["lion.py"] + "1 / 0\n")
    with pytest.raises(UserError, match="division by zero"):
        load_files("lion.py")
    assert "lion" not in OPTIMIZERS
    assert "lion" not in sys.modules
    (folder / "lion.py").write_text(DOCUMENTED["lion.py"])
    load_files("lion.py")
    assert "lion" in OPTIMIZERS


def test_two_plugins_may_share_a_module_and_one_may_import_the_other(folder):
    (folder / "tiger.py").write_text(
        "from dataclasses import dataclass\nimport zerosweep as zs\nfrom lion import Lion\n"
        '@zs.optimizer("tiger")\n@dataclass\nclass Tiger(Lion):\n    pass\n'
    )
    load_files(["tiger.py", "lion.py"])
    assert OPTIMIZERS["tiger"].__mro__[1] is OPTIMIZERS["lion"]
    assert [plugin.module for plugin in loaded()] == ["lion", "tiger"]
    assert names(plugin_of("tiger").sources) == ["tiger", "lion"]


def test_an_ordinary_import_is_enough_in_python(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    import lion

    try:
        assert OPTIMIZERS["lion"] is lion.Lion
        assert plugin_of("lion") == read("lion.py")
        load(read("lion.py"))
        assert OPTIMIZERS["lion"] is lion.Lion
    finally:
        PARTS["optimizer", "lion"].withdraw()
        del PARTS["optimizer", "lion"], sys.modules["lion"]


def test_a_part_of_a_notebook_can_be_defined_again_but_not_recorded():
    cell = compile(DOCUMENTED["lion.py"], "<cell>", "exec")
    scope = {"__name__": "__main__"}
    main, had = sys.modules["__main__"], sys.modules["__main__"].__dict__.pop("__file__", None)
    try:
        for _ in range(2):
            eval(cell, scope)
            assert OPTIMIZERS["lion"] is scope["Lion"]
        with pytest.raises(UserError, match=r"^optimizer=lion: is defined in a notebook, .* move it into a file"):
            plugin_of("__main__")
    finally:
        PARTS["optimizer", "lion"].withdraw()
        del PARTS["optimizer", "lion"]
        if had:
            main.__file__ = had


RECEIVE = """
import pickle, sys
shipped, optimizer = pickle.load(open(sys.argv[1], "rb"))
from zerosweep.config.schemas import GROUPS
import inspect
print(type(optimizer) is GROUPS["optimizer"]["lion"], optimizer.lr, "def rule" in inspect.getsource(type(optimizer)))
"""


def test_a_process_without_the_file_gets_the_plugin_with_the_value_that_needs_it(folder):
    (folder / "helper.py").write_text("HELPED = 0.5\n")
    (folder / "lion.py").write_text("import helper\n" + DOCUMENTED["lion.py"])
    load_files("lion.py")
    (folder / "shipment").write_bytes(pickle.dumps((Shipment(), OPTIMIZERS["lion"](lr=0.125))))
    for name in ("lion.py", "helper.py"):
        (folder / name).unlink()
    done = subprocess.run(
        [sys.executable, "-c", RECEIVE, "shipment"],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src")}, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "0.125", "True"], done.stderr
