"""The commands that are struck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from tests.chaos.place import Place

VARIED = ("optimizer", "bn", "seed")
"""The settings in which the runs of all scenarios differ."""

Key = tuple[str, ...]
"""The values of the `VARIED` settings of a run."""

TINY = (
    "model.hidden=[20]", "trainer.iterations=20", "trainer.eval_every=5", "trainer.eval_rows=100",
    "tracking.figures=false",
)  # fmt: skip

LOCAL = ("hydra.launcher.workers=2",)

STUDY = "hydra.sweeper.study_name=chaos"

SEARCHED = ("-m", "hydra/sweeper=optuna", STUDY, "optimizer=sgd,momentum,adam", "bn=true,false", "seed=0,1")


def keys(**values: str) -> frozenset[Key]:
    """Return every combination of comma-separated values, as keys of runs."""
    return frozenset(product(*(values[name].split(",") for name in VARIED)))


ALL = keys(optimizer="sgd,momentum,adam", bn="true,false", seed="0,1")

EIGHT = keys(optimizer="sgd,adam", bn="true,false", seed="0,1")


@dataclass(frozen=True)
class Scenario:
    """A command, and what it must record.

    Attributes:
        name: Name of the scenario.
        arguments: Arguments of `src/train.py`. {mlruns} and the names of services are filled in for each place.
        expected: Keys of the runs that must be finished in the end; None for a search, which chooses its own.
        repeats: Whether the same command makes its run again, as a single run does.
        trials: Number of trials of the study; None without one.
        services: The services that must be running: dask, server (MLflow's) or postgresql.
        length: Duration of the command, relative to the undisturbed one.
        weight: How often it is drawn, relative to the others.
        storage: Storage of its study: journal, sqlite, postgresql or "".
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
        """Return the arguments of the command in this place.

        Args:
            filled: The URL or file of each service.
        """
        names = {"mlruns": str(place.mlruns), **filled}
        return [argument.format_map(names) if "{" in argument else argument for argument in self.arguments]


GRID = ("-m", "optimizer=sgd,adam", "bn=true,false", "seed=0,1", *TINY)

UNDISTURBED = Scenario(
    "undisturbed", ("-m", "optimizer=sgd,momentum,adam", "bn=true,false", "seed=0,1", *TINY, *LOCAL), ALL
)
"""The scenario with whose runs those of all others are compared."""

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
