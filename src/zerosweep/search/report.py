"""The summary run of a study: figures, a table of its runs, and the best configurations as commands to paste."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from zerosweep.config.change import command
from zerosweep.config.read import Config, from_yaml
from zerosweep.config.schemas import Objective
from zerosweep.config.space import Space
from zerosweep.jobs.display import Display
from zerosweep.metrics import to_compare
from zerosweep.report.live import Beginning
from zerosweep.report.outcome import INFEASIBLE, best
from zerosweep.report.summary import Context, Summary, summarise
from zerosweep.runs.run import FLAGS
from zerosweep.search.constraints import violated
from zerosweep.search.study import ORPHAN, RUN_ID, SAMPLER
from zerosweep.tracking.params import as_typed
from zerosweep.tracking.record import Recorded, by_ids, content, curve, files
from zerosweep.tracking.store import open_experiment, open_store

BEST = 20
"""Number of best runs that have a panel each. A study with fewer complete trials has no such figure."""

FEWEST = 4
"""The fewest complete trials for which importances are computed."""


def beginning(
    name: str, targets: Mapping[str, str], swept: Sequence[str], configs: Sequence[Config], command: str
) -> Beginning:
    """Return what is known of a search before its first run ends."""
    settings = configs[0].settings
    return Beginning(
        uri=settings.tracking.uri,
        experiment=settings.tracking.experiment,
        sweep=settings.tracking.sweep or name,
        command=command,
        objective=Objective(*next(iter(targets.items()))),
        metrics=settings.report.metrics,
        swept=swept,
        configs=configs,
        tags={"study": name},
    )


def report(
    study: optuna.Study,
    space: Space,
    targets: Mapping[str, str],
    first: Config,
    display: Display,
    command_line: str,
    continued: str = "",
    title: str = "",
) -> Summary:
    """Record the summary run of the study, print where it is and what is best, and return it.

    Args:
        targets: The direction of each metric that the study optimises.
        first: The configuration of any trial.
        command_line: The command that is reported on.
        continued: The id of the summary run that exists since the beginning of the search; "" if there is none.
        title: The title of the report; "" for one that says what varied.
    """
    tracking = first.settings.tracking
    store = open_experiment(tracking.uri, tracking.experiment)
    trials = [trial for trial in study.get_trials(deepcopy=False) if not trial.user_attrs.get(ORPHAN)]
    ids = dict.fromkeys(trial.user_attrs[RUN_ID] for trial in trials if RUN_ID in trial.user_attrs)
    runs = [_marked(run, trials) for run in by_ids(store.client, [store.id], [*ids])]
    known = {run.run_id for run in runs}
    front = best_trials(study)
    (metric, direction), *others = targets.items()
    objective = Objective(metric, direction)
    if len(targets) == 1:
        ahead = [run.run_id for run in [best(runs, objective)] if run]
    else:
        ahead = [run_id for trial in front if (run_id := trial.user_attrs.get(RUN_ID)) in known]
    context = Context(
        uri=store.uri,
        experiment=tracking.experiment,
        sweep=tracking.sweep or study.study_name,
        command=command_line,
        title=title,
        objective=objective,
        report=first.settings.report,
        swept=space.names,
        failed={f"trial {trial.number}": trial.user_attrs["error"] for trial in trials if _failed_without_run(trial)},
        best_commands=[command_of(store.client, run_id) for run_id in ahead],
        continues=continued,
        pictures=partial(pictures, store.uri, known, study, trials, targets),
        tags={"study": study.study_name, "sampler": " ".join(sorted(_samplers(trials)))},
        others=dict(others),
        extra_inputs=[
            f"{each.number} {each.state.name} {each.values} {each.user_attrs.get(RUN_ID)}" for each in trials
        ],
    )
    lost = [without_run(trial, targets) for trial in front if trial.user_attrs.get(RUN_ID) not in known]
    summary = summarise(context, runs)
    for line in [*lost, *summary.lines]:
        display.out.print(line, markup=False)
    return summary


def without_run(trial: FrozenTrial, targets: Mapping[str, str]) -> str:
    """Return a line about a best trial whose run is not in the store."""
    values = " ".join(f"{metric}={value:.4g}" for metric, value in zip(targets, trial.values, strict=True))
    settings = " ".join(f"{name}={as_typed(value)}" for name, value in trial.params.items())
    return f"trial {trial.number} is the best ({values}), but its run is not in the store; it has {settings}"


def _marked(run: Recorded, trials: Sequence[FrozenTrial]) -> Recorded:
    """Return the run, with the tag `INFEASIBLE` for the report if it violates constraints of the search."""
    of_run = (trial for trial in trials if trial.user_attrs.get(RUN_ID) == run.run_id)
    beyond = next((names for trial in of_run if (names := violated(trial))), [])
    return replace(run, tags={**run.tags, INFEASIBLE: ", ".join(beyond)}) if beyond else run


def optimization_results(study: optuna.Study) -> dict[str, Any]:
    """Return the best trial, or the solutions of several metrics, as Hydra's own Optuna sweeper saves them.

    Returns:
        `name`, and `best_params` and `best_value`, which are None where no trial is complete and feasible; for several
        metrics `solutions`, each with `params` and `values`.
    """
    front = best_trials(study)
    if len(study.directions) > 1:
        solutions = [{"params": trial.params, "values": list(trial.values)} for trial in front]
        return {"name": "optuna", "solutions": solutions}
    first = front[0] if front else None
    return {"name": "optuna", "best_params": first and first.params, "best_value": first and first.value}


def best_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the best feasible trial, if there is one; of several metrics, the trials on the Pareto front."""
    if len(study.directions) > 1:
        return pareto_trials(study)
    return [study.best_trial] if study.best_trials else []


def pareto_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the trials on the Pareto front of a study with several metrics, the best by the first metric first.

    Of trials with equal settings the first is returned.
    """
    sign = 1 if study.directions[0] == StudyDirection.MINIMIZE else -1
    unbeaten = sorted(study.best_trials, key=lambda trial: (sign * trial.values[0], trial.number))
    distinct = {tuple(sorted(trial.params.items())): trial for trial in reversed(unbeaten)}
    return [*distinct.values()][::-1]


def command_of(client: Any, run_id: str) -> str:
    """Return the command that repeats a recorded run on its own, from its recorded overrides and flags."""
    recorded = set(files(client, run_id, "config"))
    overrides, flags = (
        from_yaml(content(client, run_id, path).decode()) if path in recorded else []
        for path in ("config/overrides.yaml", FLAGS)
    )
    return command(overrides, flags)


def pictures(
    uri: str,
    known: Collection[str],
    study: optuna.Study,
    trials: list[FrozenTrial],
    targets: Mapping[str, str],
    title: str,
) -> Iterator[tuple[str, Any]]:
    """Yield (name, figure) for each figure of the study.

    Args:
        uri: The store that has the runs.
        known: The ids of the runs that it has.
        targets: The direction of each metric that the study optimises.
    """
    from zerosweep.figures.search.best_panels import best_panels
    from zerosweep.figures.search.registry import search_figures

    drawn = [_drawn(trial) for trial in trials]
    log = {name for trial in trials for name, kind in trial.distributions.items() if getattr(kind, "log", False)}
    yield from search_figures(drawn, targets, frozenset(log), importances(study, trials), title)
    metric, direction = next(iter(targets.items()))
    feasible = [trial for trial in _complete(trials) if not violated(trial)]
    top = sorted(feasible, key=lambda trial: trial.values[0], reverse=direction == "maximize")[:BEST]
    if len(targets) == 1 and len(top) == BEST:
        recorded = [trial for trial in top if trial.user_attrs.get(RUN_ID) in known]
        curves = {trial.number: _curves(uri, trial.user_attrs[RUN_ID], metric) for trial in recorded}
        yield "best", best_panels(drawn, curves, metric, title=title, direction=direction, count=BEST)


def _curves(uri: str, run_id: str, metric: str) -> dict[str, tuple[list[int], list[float]]]:
    """Return the metric's curve, with its counterpart on training or validation data where there is one."""
    client = open_store(uri)
    return {name: curve(client, run_id, name) for name in to_compare(metric)}


def importances(study: optuna.Study, trials: list[FrozenTrial]) -> dict[str, float]:
    """Return the importance of each setting for the first metric, by Optuna's default evaluator.

    Returns:
        Importances by setting, which add up to 1; empty for fewer than `FEWEST` complete trials, or where all
        values are equal.
    """
    values = [trial.values[0] for trial in _complete(trials)]
    if len(values) < FEWEST or min(values) == max(values):
        return {}
    sign = 1 if study.directions[0] == StudyDirection.MINIMIZE else -1  # the evaluator minimises the target
    with warnings.catch_warnings(action="ignore"):  # about settings that only few trials have
        if len(study.directions) == 1:
            return optuna.importance.get_param_importances(study)
        return optuna.importance.get_param_importances(study, target=lambda trial: sign * trial.values[0])


def _complete(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    return [trial for trial in trials if trial.state == TrialState.COMPLETE]


def _samplers(trials: list[FrozenTrial]) -> set[str]:
    """Return the names of the samplers that drew the trials, of which commands may have used several."""
    return {trial.user_attrs.get(SAMPLER, "unknown") for trial in trials}


def _failed_without_run(trial: FrozenTrial) -> bool:
    """Return whether the trial failed and no run of it is recorded."""
    return "error" in trial.user_attrs and RUN_ID not in trial.user_attrs


def _drawn(trial: FrozenTrial) -> Any:
    """Return the `DrawnTrial` of a trial."""
    from zerosweep.figures.search.trials import DrawnTrial

    verdict = trial.user_attrs.get("verdict", "")
    state = trial.state.name.lower()
    if trial.state == TrialState.FAIL:
        state = "diverged" if verdict == "diverged" else "failed"
    if trial.state == TrialState.COMPLETE and verdict != "diverged" and violated(trial):
        state = "infeasible"
    params = {
        name: as_typed(value) if isinstance(trial.distributions[name], CategoricalDistribution) else value
        for name, value in trial.params.items()
    }
    values = tuple(trial.values) if trial.state == TrialState.COMPLETE else ()
    return DrawnTrial(trial.number, state, params, values, tuple(sorted(trial.intermediate_values.items())), verdict)
