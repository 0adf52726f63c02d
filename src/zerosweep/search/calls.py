"""A search over calls of the task function of another person's Hydra app: the same studies, without a record."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from zerosweep.config.arguments import command_line
from zerosweep.config.read import to_yaml
from zerosweep.config.space import Space
from zerosweep.errors import RunsFailed, SettingError, UserError
from zerosweep.jobs.calls import CallJob, CallLog, Unrecorded, job_of_call, value_of
from zerosweep.jobs.engine import Engine
from zerosweep.jobs.executors.interface import Executor
from zerosweep.jobs.job import Outcome
from zerosweep.runs.identity import digest
from zerosweep.search.command import RESULTS, end, opened_storage, orphans_requeued
from zerosweep.search.enqueued import enqueue, read_enqueued
from zerosweep.search.opening import describe, open_study
from zerosweep.search.owner import Owner
from zerosweep.search.points import grid_of, number_of_points
from zerosweep.search.report import optimization_results
from zerosweep.search.samplers import exhausts, pruner_of, sampler_of
from zerosweep.search.settings import Search
from zerosweep.search.storage import check_name, silenced, storage_of
from zerosweep.search.study import counted, rounds, suggest
from zerosweep.search.supply import TrialSupply

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallSearch:
    """A search in another person's app.

    Attributes:
        space: The settings that vary, with their dimensions.
        search: The settings of the sweeper.
        app: What all calls of the app share, pickled.
        name: Name of the app, with which the name of the study begins by default.
        folder: The folder that keeps the journals of studies without a configured storage.
        results: The folder of the sweep, for the file with the best trial.
        retries: How often a failed job starts again; None for the engine's default.
    """

    space: Space
    search: Search
    app: bytes
    name: str
    folder: Path
    results: Path
    retries: int | None


def search_calls(request: CallSearch, executor: Executor) -> list[list[float]]:
    """Do the trials that the study lacks to `n_trials`. The same command resumes the study.

    Returns:
        The values of the best trial; of several directions, the values of each trial on the Pareto front.

    Raises:
        RunsFailed: Trials failed. It is raised at the end, when the others are done.
    """
    space, how = request.space, request.search
    with closing(executor), silenced():
        _check_corners(space)
        try:
            targets = targets_of(how)
            points = number_of_points(space)
            sampler = sampler_of(how.sampler, how.seed, grid_of(space), points)
            enqueued = read_enqueued(how.enqueue or [], space)
        except SettingError as error:
            raise error.within("hydra.sweeper") from None
        total = min(points, how.n_trials) if points and exhausts(how.sampler) else how.n_trials
        name = _name(request, targets)
        url = storage_of(how.storage or f"journal:{request.folder / 'studies' / name}.log", name)
        with Owner(url, name) as owner, opened_storage(url) as (storage, damage):
            if damage:
                log.warning(f"the study's journal {damage}; trials that it has lost are done again")
            study = open_study(storage, name, [*targets.values()], sampler, pruner_of("none"), space)
            describe(study, [*targets], [], command_line())
            log.info(f"study {name} in {url}: {max(0, total - counted(study))} of {total} trials to do")
            with orphans_requeued(study, storage, owner):
                enqueue(study, enqueued)
                calls = CallLog()
                supply = CallTrials(study, storage, url, owner, space, how, (), total, targets, calls)
                supply.app = request.app
                for _ in rounds(study, storage, owner, supply.deadline):
                    Engine(supply, executor, request.retries, Unrecorded()).run()
        for trial in study.best_trials:
            log.info(f"best: {' '.join(f'{key}={value}' for key, value in trial.params.items())}: {trial.values}")
        (request.results / RESULTS).write_text(to_yaml(optimization_results(study)))
        best = [list(trial.values) for trial in study.best_trials]
    if calls.failed:
        raise RunsFailed(f"{calls.failed} trials failed; {calls.first}")
    return best


def targets_of(how: Search) -> dict[str, str]:
    """Return the direction of each value that the task function returns; minimize by default, as Optuna has it.

    Raises:
        SettingError: A direction is unknown, or a setting needs what another person's app does not have.
    """
    if how.metrics is not None:
        raise SettingError("metrics", how.metrics, "must be null: what this app optimises is what its function returns")
    if how.constraints:
        raise SettingError("constraints", how.constraints, "must be null: this app's function records no metrics")
    if how.warm_start:
        raise SettingError("warm_start", "true", "must be false: the runs of this app are not recorded")
    if how.pruner not in (Search().pruner, "none"):
        allowed = "must be none: this app's function reports no intermediate values; it may raise optuna.TrialPruned"
        raise SettingError("pruner", how.pruner, allowed)
    directions = how.direction if isinstance(how.direction, list) else [how.direction or "minimize"]
    return how.targets_of([f"value {i}" for i in range(len(directions))], directions)


class CallTrials(TrialSupply):
    """Supply of calls that asks the study for trials. The returned value, or list of values, is a trial's objective.

    Attributes:
        app: What all calls of the app share, pickled.
    """

    app: bytes

    def _job(self, trial: optuna.Trial) -> Any:
        """Draw the trial's values and return its job; a `UserError` if they do not fit the space."""
        overrides = self.space.overrides(suggest(trial, self.space))
        return job_of_call(self.app, overrides, trial.number, stops=(optuna.TrialPruned,))

    def done(self, job: Any, outcome: Outcome) -> None:
        """End the job's trial in the study with the state and the values of its outcome."""
        trial = self._trials.pop(job.number)
        if outcome.of_machine:
            self._leave_for_later(trial, outcome)
        elif outcome.pruned:
            self.study.tell(trial, state=TrialState.PRUNED)
        else:
            outcome = self._told(trial, job, outcome)
        self._display.done(job, outcome)

    def _told(self, trial: optuna.Trial, job: CallJob, outcome: Outcome) -> Outcome:
        """End a trial with the values that its call has returned, and return the outcome, failed if they are unusable."""
        line, values = outcome.error, []
        if line is None:
            try:
                values = numbers(value_of(job, outcome), len(self.study.directions))
            except UserError as error:
                line = str(error)
        if line is not None:
            trial.set_user_attr("error", line)
            self.study.tell(trial, state=TrialState.FAIL)
            return Outcome("failed", line=line)
        if any(map(math.isnan, values)):
            if self.search.diverged_value is None:
                self.study.tell(trial, state=TrialState.FAIL)
                return outcome
            values = [self.search.diverged_value] * len(values)
        self.study.tell(trial, values)
        return outcome


def numbers(returned: Any, count: int) -> list[float]:
    """Return the numbers that a task function has returned.

    Args:
        returned: What it has returned.
        count: How many numbers the study optimises.

    Raises:
        UserError: It is not that many numbers.
    """
    listed: Sequence[Any] = list(returned) if isinstance(returned, list | tuple) else [returned]
    try:
        found = [float(one) for one in listed]
    except (TypeError, ValueError):
        found = []
    if len(found) != count:
        wanted = "a number" if count == 1 else f"a list of {count} numbers"
        raise UserError(f"the task function must return {wanted} for a search, not {returned!r:.80}")
    return found


def _check_corners(space: Space) -> None:
    """Compose the configurations at the ends of all dimensions, so that a wrong type or option fails before any call."""
    for chosen in space.combinations():
        dimensions = space.within(chosen)
        for pick in (0, -1):
            space.compose(chosen | {name: end(dimension, pick) for name, dimension in dimensions.items()})


def _name(request: CallSearch, targets: Mapping[str, str]) -> str:
    """Return the study's name: the configured one, or one derived from everything that decides how trials are drawn.

    It cannot depend on the app's code, of which nothing is known.
    """
    how, space = request.search, request.space
    if how.study_name is not None:
        return check_name("hydra.sweeper.study_name", how.study_name)
    drawn = [space.everywhere(), space.overrides({}), dict(targets), how.sampler, how.seed, how.diverged_value]
    return f"{request.name}-{digest(repr(drawn).encode())[:8]}"
