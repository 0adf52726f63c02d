"""What a study has found: its summary run, with figures and the best configuration as a command to paste."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from zerosweep.config.arguments import command_line
from zerosweep.config.change import command
from zerosweep.config.read import Config, from_yaml
from zerosweep.config.schemas import Objective
from zerosweep.config.space import Numbers, Space
from zerosweep.jobs.display import Display
from zerosweep.metrics import to_compare
from zerosweep.report.outcome import best
from zerosweep.report.summary import Context, summarise
from zerosweep.runs.run import FLAGS
from zerosweep.search.study import ORPHAN, RUN_ID, SAMPLER
from zerosweep.tracking.record import by_ids, content, curve, files
from zerosweep.tracking.store import open_experiment, open_store

BEST = 20
"""So many of the best runs are drawn one by one, where there are as many."""

FEWEST = 4
"""Complete trials below which importances would say nothing."""


def report(study: optuna.Study, space: Space, targets: Mapping[str, str], first: Config, display: Display) -> None:
    """Keep the summary run of the study, and say where it is and what is best. first: the configuration of any trial."""
    tracking = first.settings.tracking
    store = open_experiment(tracking.uri, tracking.experiment)
    trials = [trial for trial in study.get_trials(deepcopy=False) if not trial.user_attrs.get(ORPHAN)]
    ids = dict.fromkeys(trial.user_attrs[RUN_ID] for trial in trials if RUN_ID in trial.user_attrs)
    runs = by_ids(store.client, [store.id], [*ids])
    metric, direction = next(iter(targets.items()))
    objective = Objective(metric, direction)
    if len(targets) == 1:
        ahead = [one.run_id for one in [best(runs, objective)] if one]
    else:
        ahead = [trial.user_attrs[RUN_ID] for trial in front(study)]
    context = Context(
        uri=store.uri,
        experiment=tracking.experiment,
        sweep=tracking.sweep or study.study_name,
        command=command_line(),
        objective=objective,
        report=first.settings.report,
        swept=space.names,
        failed={f"trial {trial.number}": trial.user_attrs["error"] for trial in trials if _left_nothing(trial)},
        best_commands=[command_of(store.client, run_id) for run_id in ahead],
        pictures=partial(pictures, store.uri, study, trials, space, targets),
        tags={"study": study.study_name, "sampler": " ".join(sorted(_samplers(trials)))},
        extra_inputs=[f"{one.number} {one.state.name} {one.values} {one.user_attrs.get(RUN_ID)}" for one in trials],
    )
    for line in summarise(context, runs).lines:
        display.out.print(line, markup=False)


def front(study: optuna.Study) -> list[FrozenTrial]:
    """Of several metrics, the trials that no other beats in all of them, the best by the first metric first. Of equal settings
    one."""
    sign = 1 if study.directions[0] == StudyDirection.MINIMIZE else -1
    unbeaten = sorted(study.best_trials, key=lambda trial: (sign * trial.values[0], trial.number))
    distinct = {tuple(sorted(trial.params.items())): trial for trial in reversed(unbeaten)}
    return [*distinct.values()][::-1]


def command_of(client: Any, run_id: str) -> str:
    """The command that does a recorded run again, by itself: with its own settings, as a study may go on with others."""
    kept = set(files(client, run_id, "config"))
    overrides, flags = (
        from_yaml(content(client, run_id, path).decode()) if path in kept else []
        for path in ("config/overrides.yaml", FLAGS)
    )
    return command(overrides, flags)


def pictures(
    uri: str, study: optuna.Study, trials: list[FrozenTrial], space: Space, targets: Mapping[str, str], title: str
) -> Iterator[tuple[str, Any]]:
    """(name, figure) of each figure that tells something of the study."""
    from zerosweep.figures.search.best_panels import best_panels
    from zerosweep.figures.search.registry import search_figures

    tried = [_tried(trial) for trial in trials]
    log = {name for name, dimension in space.everywhere().items() if isinstance(dimension, Numbers) and dimension.log}
    yield from search_figures(tried, targets, frozenset(log), importances(study, trials), title)
    metric, direction = next(iter(targets.items()))
    few = sorted(_complete(trials), key=lambda trial: trial.values[0], reverse=direction == "maximize")[:BEST]
    if len(targets) == 1 and len(few) == BEST:
        curves = {trial.number: _curves(uri, trial.user_attrs[RUN_ID], metric) for trial in few}
        yield "best", best_panels(tried, curves, metric, title=title, direction=direction, count=BEST)


def _curves(uri: str, run_id: str, metric: str) -> dict[str, tuple[list[int], list[float]]]:
    """Return the metric's curve, with its counterpart on training or validation data where there is one."""
    client = open_store(uri)
    return {name: curve(client, run_id, name) for name in to_compare(metric)}


def importances(study: optuna.Study, trials: list[FrozenTrial]) -> dict[str, float]:
    """Of each setting for good values of the first metric, by Optuna's own evaluator; empty where the trials cannot tell."""
    values = [trial.values[0] for trial in _complete(trials)]
    if len(values) < FEWEST or min(values) == max(values):
        return {}
    sign = 1 if study.directions[0] == StudyDirection.MINIMIZE else -1  # of several, it takes less for better
    with warnings.catch_warnings(action="ignore"):  # and says so; and of a setting that few trials have
        if len(study.directions) == 1:
            return optuna.importance.get_param_importances(study)
        return optuna.importance.get_param_importances(study, target=lambda trial: sign * trial.values[0])


def _complete(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    return [trial for trial in trials if trial.state == TrialState.COMPLETE]


def _samplers(trials: list[FrozenTrial]) -> set[str]:
    return {trial.user_attrs.get(SAMPLER, "unknown") for trial in trials}


def _left_nothing(trial: FrozenTrial) -> bool:
    return "error" in trial.user_attrs and RUN_ID not in trial.user_attrs


def _tried(trial: FrozenTrial) -> Any:
    from zerosweep.figures.search.trials import DrawnTrial

    verdict = trial.user_attrs.get("verdict", "")
    state = trial.state.name.lower()
    if trial.state == TrialState.FAIL:
        state = "diverged" if verdict == "diverged" else "failed"
    values = tuple(trial.values) if trial.state == TrialState.COMPLETE else ()
    return DrawnTrial(
        trial.number, state, trial.params, values, tuple(sorted(trial.intermediate_values.items())), verdict
    )
