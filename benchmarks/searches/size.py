"""Size: what a trial costs the process that asks Optuna for it and reports it, as the study grows.

Nothing is trained. The project's own supply of trials (`search/supply.py`) is asked for jobs, of which `WORKERS` are
always running; each reports `EVALUATIONS` values to the study and asks its pruner, as a worker does, and then ends with
a made-up objective. The floor is Optuna itself: `ask`, one `suggest` a setting, `report`, `should_prune` and `tell` of
a study with the same sampler, pruner, space and storage. What the project does beyond that is in its figures: the
trial's owner and attributes, the count of trials, its configuration, its checks and its identity.

The study is filled to each size with complete trials. Then `WARM` trials are done, and `WINDOW` more, whose median is
reported in milliseconds, of wall time and of this process's CPU time. CPU time hardly depends on the load of the
machine, and leaves out the work of a database server. The phases are:

- ask: from a free worker to its next job. For Optuna alone: to the values of all settings.
- tell: from the end of a run to the end of its trial.
- watch: what a worker spends on a trial: it opens the study, and reports and asks the pruner at each evaluation.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Protocol

import numpy as np

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "src"))

WORKERS, EVALUATIONS, WARM, WINDOW = 8, 3, 10, 30

SIZES = (100, 1000, 2000)

SPACE = ("optimizer.lr=tag(log,interval(1e-4,1))", "init.scale=tag(log,interval(1e-4,1))", "bn=true,false")

METRIC = "val/accuracy"

PHASES = ("ask", "tell", "watch")

CLOCKS = {"": perf_counter, "_cpu": process_time}

Figures = dict[str, float]


class Arm(Protocol):
    """One way of asking for trials, watching them and ending them.

    Attributes:
        study: The study.
    """

    study: Any

    def ask(self) -> tuple[Any, tuple[float, float, bool]]:
        """Return a new trial, and the values of its settings in the order of `SPACE`."""
        ...

    def watch(self, trial: Any, value: float) -> None:
        """Report `EVALUATIONS` values of a running trial, and ask the pruner at each."""
        ...

    def tell(self, trial: Any, value: float) -> None:
        """End a trial with its value."""
        ...


class Optuna:
    """Optuna alone.

    Args:
        url: URL of the storage.
        name: Name of the study.
        trials: Number of trials; not needed.
    """

    def __init__(self, url: str, name: str, trials: int):
        self._url, self._name = url, name

    def __enter__(self) -> Optuna:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.study, self._worker = self._opened(), self._opened()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _opened(self) -> Any:
        from optuna import create_study, pruners, samplers
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        kind, _, file = self._url.partition(":")
        storage = JournalStorage(JournalFileBackend(file)) if kind == "journal" else self._url
        sampler, pruner = samplers.TPESampler(seed=0), pruners.MedianPruner()
        how = {"sampler": sampler, "pruner": pruner, "direction": "maximize", "load_if_exists": True}
        return create_study(storage=storage, study_name=self._name, **how)

    def ask(self) -> tuple[Any, tuple[float, float, bool]]:
        trial = self.study.ask()
        lr, scale = (trial.suggest_float(name, 1e-4, 1, log=True) for name in ("optimizer.lr", "init.scale"))
        return trial, (lr, scale, trial.suggest_categorical("bn", [True, False]))

    def watch(self, trial: Any, value: float) -> None:
        from optuna import Trial

        watched = Trial(self._worker, trial._trial_id)
        for step in range(1, EVALUATIONS + 1):
            watched.report(value, step)
            watched.should_prune()

    def tell(self, trial: Any, value: float) -> None:
        self.study.tell(trial, value)


class Supply:
    """The supply of trials of a search.

    Args:
        url: URL of the storage.
        name: Name of the study.
        trials: Number of trials.
    """

    def __init__(self, url: str, name: str, trials: int):
        self._url, self._name, self._trials, self._open = url, name, trials, ExitStack()

    def __enter__(self) -> Supply:
        from searches.race import composed
        from zerosweep.jobs.display import Display, Tally
        from zerosweep.search.opening import open_study
        from zerosweep.search.owner import Owner
        from zerosweep.search.samplers import pruner_of, sampler_of
        from zerosweep.search.settings import Search
        from zerosweep.search.storage import close_storage, open_storage, silenced
        from zerosweep.search.supply import TrialSupply

        space, targets = composed(SPACE), {METRIC: "maximize"}
        how = Search(n_trials=self._trials)
        self._open.enter_context(silenced())
        owner = self._open.enter_context(Owner(self._url, self._name))
        self._open.callback(close_storage, storage := open_storage(self._url))
        sampler, pruner = sampler_of(how.sampler, how.seed, None), pruner_of(how.pruner)
        self.study = open_study(storage, self._name, [*targets.values()], sampler, pruner, space)
        display = Display(Tally(METRIC, True), self._trials, quiet=True)
        self._supply = TrialSupply(
            self.study, storage, self._url, owner, space, how, (), self._trials, targets, display
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def ask(self) -> tuple[Any, tuple[float, float, bool]]:
        job = self._supply.next()
        assert job is not None
        settings = job.config.settings
        return job, (settings.optimizer.lr, settings.init.scale, settings.bn)

    def watch(self, job: Any, value: float) -> None:
        from zerosweep.training.records import Evaluation, History

        watch, history = job.trial.watch(), History(classes=10)
        for step in range(1, EVALUATIONS + 1):
            history.add(Evaluation(step, {METRIC: value}))
            watch(history)

    def tell(self, job: Any, value: float) -> None:
        from zerosweep.jobs.job import Outcome

        self._supply.done(job, Outcome("finished", "0" * 32, "learned", value, "", False, {METRIC: value}))


ARMS = {"optuna": Optuna, "zerosweep": Supply}


def measure(storages: Mapping[str, str], sizes: Sequence[int], show: Callable[[str], None]) -> Figures:
    """Return the figures of all storages, by name.

    Args:
        storages: The URL of each storage, by name.
        sizes: The numbers of trials at which times are reported, in ascending order.
        show: Called with a line of progress before each size.
    """
    figures: Figures = {"workers": WORKERS, "evaluations": EVALUATIONS}
    for (storage, url), arm in product(storages.items(), ARMS):
        name = f"{arm}-{np.random.default_rng().integers(1 << 40):x}"  # a database may have one from another time
        with ARMS[arm](url, name, sizes[-1] + WORKERS) as opened:
            for size in sizes:
                show(f"{storage}, {arm}: {size} trials")
                for phase, times in grown(opened, size).items():
                    figures[f"{storage}_{arm}_{phase}_{size}_ms"] = round(times, 2)
    return figures


def grown(arm: Arm, size: int) -> Figures:
    """Fill the study to `size` trials, and return the median time of each phase, by phase and clock."""
    done = len(arm.study.get_trials(deepcopy=False))
    fill(arm.study, done, size - WARM - WINDOW)
    times: dict[str, list[float]] = {phase + clock: [] for phase, clock in product(PHASES, CLOCKS)}

    @contextmanager
    def timed(phase: str) -> Iterator[None]:
        began = {clock: read() for clock, read in CLOCKS.items()}
        yield
        for clock, read in CLOCKS.items():
            times[phase + clock].append(1e3 * (read() - began[clock]))

    running: deque[tuple[Any, float]] = deque()
    for number in range(WARM + WINDOW + WORKERS):
        if number < WARM + WINDOW:
            with timed("ask"):
                trial, values = arm.ask()
            running.append((trial, value_of(*values)))
        if number >= WORKERS:
            trial, value = running.popleft()
            with timed("watch"):
                arm.watch(trial, value)
            with timed("tell"):
                arm.tell(trial, value)
    return {name: median(each[-WINDOW:]) for name, each in times.items()}


def fill(study: Any, begin: int, end: int) -> None:
    """Add complete trials with the numbers from `begin` to `end` - 1, as a search leaves them."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution
    from optuna.trial import create_trial

    plane = FloatDistribution(1e-4, 1, log=True)
    distributions = {"optimizer.lr": plane, "init.scale": plane, "bn": CategoricalDistribution((True, False))}
    for number in range(begin, end):
        rng = np.random.default_rng(number)
        lr, scale, bn = *map(float, 10 ** rng.uniform(-4, 0, 2)), bool(rng.integers(2))
        value = value_of(lr, scale, bn)
        params = {"optimizer.lr": lr, "init.scale": scale, "bn": bn}
        attributes = {"owner": "dead", "sampler": "tpe", "run_id": f"{number:032x}", "verdict": "learned"}
        steps = dict.fromkeys(range(1, EVALUATIONS + 1), value)
        study.add_trial(create_trial(
            params=params, distributions=distributions, value=value, intermediate_values=steps, user_attrs=attributes
        ))  # fmt: skip


def value_of(lr: float, scale: float, bn: bool) -> float:
    """Return a made-up accuracy in [0.1, 1] of a trial, with a ridge like that of experiment E7."""
    away = (np.log10(lr) + 1.5) ** 2 + (0.2 if bn else 2.0) * (np.log10(scale) + 0.8) ** 2
    return 0.1 + 0.9 * float(np.exp(-away))


def table(figures: Mapping[str, float]) -> str:
    """Return a table with a line for each storage, arm and size."""
    lines = [f"size: ms a trial with {figures['workers']:.0f} running trials, CPU (wall)"]
    lines += ["".join([f"{'storage':>12}{'':>12}{'trials':>8}", *(f"{phase:>20}" for phase in PHASES)])]
    for key in figures:
        storage, _, rest = key.partition("_")
        arm, _, place = rest.partition("_ask_")
        if not place or "cpu" in place or arm not in ARMS:
            continue
        size = place.removesuffix("_ms")
        pairs = ((figures[f"{storage}_{arm}_{phase}{clock}_{size}_ms"] for clock in ("_cpu", "")) for phase in PHASES)
        cells = "".join(f"{f'{cpu:.1f} ({wall:.1f})':>20}" for cpu, wall in pairs)
        lines.append(f"{storage:>12}{arm:>12}{size:>8}{cells}")
    return "\n".join(lines)


@contextmanager
def files() -> Iterator[dict[str, str]]:
    """Yield the URLs of the storages that are files, in a temporary folder."""
    with TemporaryDirectory(prefix="zerosweep-bench-") as folder:
        yield {"journal": f"journal:{folder}/study.log", "sqlite": f"sqlite:///{folder}/study.db"}
