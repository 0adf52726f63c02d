"""A journal in the test's folder, and the study in it."""

import optuna
import pytest

from zerosweep.search.storage import open_storage


@pytest.fixture
def journal(tmp_path):
    return f"journal:{tmp_path / 'study.log'}"


@pytest.fixture
def study(journal):
    """Return a function that reads the only study in the journal, as Optuna does."""

    def read() -> optuna.Study:
        storage = open_storage(journal)
        (name,) = optuna.get_all_study_names(storage)
        return optuna.load_study(study_name=name, storage=storage)

    return read
