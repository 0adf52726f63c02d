"""The commands that are struck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from tests.chaos.place import Place

VARIED = ("optimizer", "bn", "seed")
"""The settings by which the runs of all scenarios are told apart."""

Key = tuple[str, ...]

TINY = (
    "model.hidden=[20]", "trainer.iterations=20", "trainer.eval_every=5", "trainer.eval_rows=100",
    "tracking.figures=false",
)  # fmt: skip

LOCAL = ("hydra.launcher.workers=2",)

STUDY = "hydra.sweeper.study_name=chaos"

SEARCHED = ("-m", "hydra/sweeper=optuna", STUDY, "optimizer=sgd,momentum,adam", "bn=true,false", "seed=0,1")


def keys(**values: str) -> frozenset[Key]:
    """Every combination of comma-separated values, as keys of runs."""
    return frozenset(product(*(values[name].split(",") for name in VARIED)))


ALL = keys(optimizer="sgd,momentum,adam", bn="true,false", seed="0,1")

EIGHT = keys(optimizer="sgd,adam", bn="true,false", seed="0,1")


@dataclass(frozen=True)
class Scenario:
    """A command and what it must leave.

    Args:
        arguments: of `src/train.py`; {journal} and the like are filled in for the place.
        expected: the runs that must be finished in the end; None for a search that chooses its own.
        repeats: whether the same command makes the run again, as a single run does.
        trials: the size of the study; None without one.
        services: what must be running beside: dask, server (MLflow's) or postgresql.
        length: how long the command takes, relative to the undisturbed one.
        weight: how often it is drawn, relative to the others.
        storage: of its study: journal, sqlite, postgresql or "".
    """

    name: str
    arguments: tuple[str, ...]
    expected: frozenset[Key] | None
    repeats: bool = False
    trials: int | None = None
    services: tuple[str, ...] = ()
    length: float = 1.0
    weight: float = 1.0
    storage: str = ""

    def command(self, place: Place, filled: Mapping[str, str]) -> list[str]:
        """The arguments of the command in this place. filled: what services are reached by."""
        names = {"mlruns": str(place.mlruns), **filled}
        return [argument.format_map(names) if "{" in argument else argument for argument in self.arguments]


GRID = ("-m", "optimizer=sgd,adam", "bn=true,false", "seed=0,1", *TINY)

UNDISTURBED = Scenario(
    "undisturbed", ("-m", "optimizer=sgd,momentum,adam", "bn=true,false", "seed=0,1", *TINY, *LOCAL), ALL
)
"""What the runs of all scenarios are compared with."""

SCENARIOS = (
    Scenario("grid", (*GRID, *LOCAL), EIGHT, weight=3),
    Scenario(
        "named sweep with figures and report",
        ("sweeps=optimizers_bn", "seed=0,1", *TINY[:-1], "report.y=[val/accuracy,train/loss]", *LOCAL),
        ALL, length=1.6, weight=1.5,
    ),
    Scenario("single run", ("optimizer=adam", "bn=true", "seed=1", *TINY),
             keys(optimizer="adam", bn="true", seed="1"), repeats=True, length=0.4),
    Scenario(
        "search, journal",
        (*SEARCHED, *TINY, *LOCAL, "hydra.sweeper.n_trials=10", "hydra.sweeper.pruner=median",
         "hydra.sweeper.storage=journal:{mlruns}/studies/chaos.log"),
        None, trials=10, length=1.2, weight=2, storage="journal",
    ),
    Scenario(
        "search, SQLite",
        (*SEARCHED, *TINY, *LOCAL, "hydra.sweeper.n_trials=12", "hydra.sweeper.sampler=grid",
         "hydra.sweeper.storage=sqlite:///{mlruns}/studies/chaos.db"),
        ALL, trials=12, length=1.4, storage="sqlite",
    ),
    Scenario(
        "search, PostgreSQL",
        (*SEARCHED, *TINY, *LOCAL, "hydra.sweeper.n_trials=10", "hydra.sweeper.sampler=random",
         "hydra.sweeper.storage={postgresql}"),
        None, trials=10, services=("postgresql",), length=1.4, storage="postgresql",
    ),
    Scenario("grid on Dask", (*GRID, "hydra/launcher=dask", "hydra.launcher.scheduler_file={dask}"), EIGHT,
             services=("dask",), length=1.6),
    Scenario("grid, tracking server", (*GRID, *LOCAL), EIGHT, services=("server",), length=1.2),
)  # fmt: skip
