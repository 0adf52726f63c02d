"""The package as a guest: whatever is called, the process of the host is afterwards as it was."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import zerosweep as zs

HOST = Path(__file__).with_name("host.py")


def told(environment, *arguments):
    result = subprocess.run(
        [sys.executable, str(HOST), *arguments], env=environment, capture_output=True, text=True, timeout=300, check=False
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_importing_changes_nothing_and_imports_nothing_heavy(environment):
    assert told(environment, "import") == ["False", "[]"]


def test_importing_takes_no_time_because_it_imports_no_third_party(environment):
    code = (
        "import sys; before = {*sys.modules}; import zerosweep; "
        "print(*{name.partition('.')[0] for name in {*sys.modules} - before} - sys.stdlib_module_names)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).split() == ["zerosweep"]


@pytest.mark.slow
@pytest.mark.parametrize("call", [pytest.param("run", marks=pytest.mark.long), "sweep", "search"])
def test_a_call_leaves_the_process_as_it_was(call, environment, experiment, tmp_path):
    assert told(environment | {"OMP_NUM_THREADS": "2"}, call, experiment)[-1] == "[]"


def test_every_public_name_is_there_and_no_subpackage_hides_one():
    import zerosweep.runs
    import zerosweep.search
    import zerosweep.sweep  # noqa: F401

    for name in zs.__all__:
        assert callable(getattr(zs, name)), name
    assert set(zs.__all__) == set(zs._PUBLIC)
    with pytest.raises(AttributeError, match="nonsense"):
        zs.nonsense  # noqa: B018


def test_names_stay_public_when_a_subpackage_is_imported_first(environment):
    program = "import zerosweep.sweep.plan, zerosweep as zs; print(zs.sweep.__module__, zs.runs.__module__)"
    said = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert said.split() == ["zerosweep.api.sweep", "zerosweep.api.frames"]


def test_a_thread_waits_for_no_lock_that_its_own_call_holds():
    began = time.perf_counter()
    assert zs.compose(seed=1).settings.seed == 1
    assert time.perf_counter() - began < 10
    assert "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT" not in os.environ
