"""The study of a round: read it, and judge its trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.chaos.place import Place
from tests.chaos.portrait import Picture

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

NAME = "chaos"


def load(kind: str, place: Place, url: str = "") -> Study:
    """Return the study of a round.

    Args:
        kind: Kind of its storage: journal, sqlite or postgresql.
        url: URL of the PostgreSQL server.
    """
    import optuna
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if kind == "journal":
        return optuna.load_study(study_name=NAME, storage=JournalStorage(JournalFileBackend(str(place.journal))))
    storage = RDBStorage(url if kind == "postgresql" else f"sqlite:///{place.mlruns / 'studies' / 'chaos.db'}")
    try:
        study = optuna.load_study(study_name=NAME, storage=storage)
        trials = study.get_trials()
    finally:
        storage.engine.dispose()
    copy = optuna.create_study(study_name=NAME)  # in memory, so that no connection stays open
    copy.add_trials(trials)
    return copy


def judge(trials: list[FrozenTrial], total: int, runs: list[Picture]) -> Mapping[str, list[str]]:
    """Return what is wrong with the trials of a study, by the column of the table.

    Args:
        total: Number of trials that the study must have.
        runs: The recorded runs.
    """
    counted = [trial for trial in trials if not trial.user_attrs.get("orphan")]
    finished = {run.run_id for run in runs if run.status == "FINISHED"}
    still = [trial for trial in trials if not trial.state.is_finished()]
    ended = [trial for trial in counted if trial.state.is_finished()]
    failed = [trial for trial in ended if trial.state.name == "FAIL"]
    without = [trial for trial in ended if trial not in failed and trial.user_attrs.get("run_id") not in finished]
    return {
        "left_open": [f"trial {trial.number} is {trial.state.name}" for trial in still],
        "lost": [
            *([f"the study has {len(ended)} of {total} trials"] if len(ended) < total else []),
            *(f"trial {trial.number} FAIL: {trial.user_attrs.get('error', '')}" for trial in failed),
            *(f"trial {trial.number} has no finished run" for trial in without),
        ],
        "twice": [f"the study has {len(ended)} trials, not {total}"] if len(ended) > total else [],
    }
