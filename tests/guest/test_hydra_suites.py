"""Hydra's own test suites of launchers and sweepers hold for the plugins of this project.

`hydra.test_utils.launcher_common_tests` runs them in apps of its own, which know nothing of this project.
"""

import pytest
from hydra.test_utils.launcher_common_tests import BatchedSweeperTestSuite, IntegrationTestSuite, LauncherTestSuite

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize(("launcher_name", "overrides"), [("local", []), ("local", ["hydra/sweeper=grid"])])
class TestLocal(LauncherTestSuite):
    """All cases, with Hydra's sweeper and with ours."""


@pytest.mark.parametrize(
    ("launcher_name", "overrides"),
    [
        ("local", ["hydra.sweeper.max_batch_size=2"]),
        ("local", ["hydra/sweeper=grid", "hydra.sweeper.max_batch_size=2"]),
        ("basic", ["hydra/sweeper=grid", "hydra.sweeper.max_batch_size=2"]),
    ],
)
class TestBatches(BatchedSweeperTestSuite):
    """All cases."""


def launcher_config(launcher: str, sweeper: str) -> dict:
    return {"defaults": [{"override hydra/launcher": launcher}, {"override hydra/sweeper": sweeper}]}


@pytest.mark.long
@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    [
        (launcher_config("local", "basic"), ["-m", "hydra.launcher.workers=1"]),
        (launcher_config("local", "grid"), ["-m"]),
    ],
)
class TestIntegration(IntegrationTestSuite):
    """All cases."""
